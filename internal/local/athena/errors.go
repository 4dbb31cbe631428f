package athena

import (
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"ticklake/internal/local/athena/execution"
	"ticklake/internal/local/athena/trino"
	"ticklake/internal/local/awsapi"
)

const (
	invalidRequest = "InvalidRequestException"
	metadataError  = "MetadataException"
)

// invalid is the exception for a request that cannot be done as it stands.
func invalid(format string, args ...any) error { return invalidAs("INVALID_INPUT", format, args...) }

func invalidAs(code, format string, args ...any) error {
	e := awsapi.Errorf(invalidRequest, format, args...)
	e.Fields = map[string]any{"AthenaErrorCode": code}
	return e
}

// refused names something that the service has and this one does not do.
func refused(what string) error {
	return invalidAs("NOT_SUPPORTED", "%s is not supported: ticklake's embedded Athena does not do it (Amazon Athena may)", what)
}

// translate gives an execution's error its name on the wire.
func translate(err error, id string) error {
	var statement *trino.Error
	switch {
	case errors.As(err, &statement):
		return malformed(statement)
	case errors.Is(err, execution.ErrNotFound):
		return invalid("QueryExecution %.128s was not found", id)
	case errors.Is(err, execution.ErrBusy):
		e := awsapi.Errorf("TooManyRequestsException", "too many queries wait. hint: wait until some have ended")
		e.Fields = map[string]any{"Reason": "CONCURRENT_QUERY_LIMIT_EXCEEDED"}
		return e
	case errors.Is(err, execution.ErrToken):
		return invalidAs("IDEMPOTENT_PARAMETER_MISMATCH", "Idempotent parameters do not match: another request had this ClientRequestToken")
	case errors.Is(err, execution.ErrClosed):
		return &awsapi.Error{Code: "InternalServerException", Status: 500, Message: "ticklake stops"}
	}
	return err
}

// malformed refuses a statement that is no SQL, as Athena does before it is a query.
func malformed(fault *trino.Error) error {
	message := fmt.Sprintf("line %d:%d: %s", fault.Line, fault.Column, fault.Message)
	if fault.Hint != "" {
		message += " (hint: " + fault.Hint + ")"
	}
	return invalidAs("MALFORMED_QUERY", "%s", message)
}

// noEntity says that Glue has no such thing, in the form in which Athena passes on what Glue says: clients look for it.
func noEntity(format string, args ...any) error {
	return awsapi.Errorf(metadataError, "%s (Service: AmazonDataCatalog; Status Code: 400; Error Code: EntityNotFoundException; Request ID: %s; Proxy: null)",
		fmt.Sprintf(format, args...), uuid.NewString())
}

// refusals say why an operation is not here, by a part of its name.
var refusals = []struct{ part, why string }{
	{"NamedQuer", "it keeps no named queries. hint: keep SQL in files, `ticklake query -f FILE` runs them"},
	{"Notebook", "it has no Apache Spark"},
	{"Session", "it has no Apache Spark"},
	{"Calculation", "it has no Apache Spark"},
	{"Capacity", "it runs on this machine's own capacity"},
	{"WorkGroup", "its one work group, primary, is as it is"},
	{"DataCatalog", "its one data catalog is AwsDataCatalog"},
	{"Resource", "it has no tags"},
}

func refuseUnknown(operation string) string {
	for _, r := range refusals {
		if strings.Contains(operation, r.part) {
			return r.why
		}
	}
	return ""
}
