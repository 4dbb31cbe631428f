package execution

import (
	"errors"
	"strings"

	"ticklake/internal/local/athena/trino"
)

// Why a statement was broken off, as the cause of its context's end.
var (
	errStopped = errors.New("query cancelled by user")
	errClosing = errors.New("ticklake was stopped while the query ran")
	errTimeout = errors.New("query timed out")
)

// Categories and types of Athena's error catalog.
const (
	categorySystem = 1
	categoryUser   = 2

	typeExhausted = 0
	typeInternal  = 100
	typeTimeout   = 206
	typeResult    = 401 // the result could not be written
	typeData      = 1001
	typeStatement = 1006
)

// statementTypes are the types of user errors, by Trino's name; typeStatement is that of all else.
var statementTypes = map[string]int{
	trino.DivisionByZero: 1001, trino.TypeMismatch: 1002, trino.InvalidCast: 1100, trino.NotSupported: 1200,
	trino.TableNotFound: 1301, trino.SchemaNotFound: 1301, trino.FunctionNotFound: 1303,
}

// resultError says that the answer was there but could not be kept.
type resultError struct{ err error }

func (e *resultError) Error() string { return "the query result could not be written" }

func (e *resultError) Unwrap() error { return e.err }

// explain says what clients learn of a failure. hidden is true for failures of our own: they are not the client's
// business, and may name things of this machine.
func explain(err error) (reason string, fault Fault, hidden bool) {
	var statement *trino.Error
	var result *resultError
	switch {
	case errors.Is(err, errClosing):
		fault = Fault{Category: categorySystem, Type: typeInternal, Message: errClosing.Error() + ": send it again", Retryable: true}
	case errors.Is(err, errTimeout):
		fault = Fault{Category: categoryUser, Type: typeTimeout, Message: "Query timeout"}
	case errors.As(err, &result):
		fault = Fault{Category: categorySystem, Type: typeResult, Message: result.Error() + ": the log of ticklake has the reason", Retryable: true}
		hidden = true
	case errors.As(err, &statement):
		fault = Fault{Category: categoryUser, Type: typeStatement, Message: statement.Error()}
		if statement.Hint != "" {
			fault.Message += " (hint: " + statement.Hint + ")"
		}
		if known, ok := statementTypes[statement.Name]; ok {
			fault.Type = known
		}
		switch {
		case strings.HasPrefix(statement.Name, "HIVE_"):
			fault.Type = typeData
		case strings.HasPrefix(statement.Name, "EXCEEDED_"):
			fault.Type = typeExhausted
		case statement.Name == "GENERIC_INTERNAL_ERROR":
			fault.Category, fault.Type = categorySystem, typeInternal
		}
	default:
		fault = Fault{Category: categorySystem, Type: typeInternal, Message: "GENERIC_INTERNAL_ERROR: internal failure; the log of ticklake has the reason under this query's id"}
		hidden = true
	}
	return fault.Message, fault, hidden
}
