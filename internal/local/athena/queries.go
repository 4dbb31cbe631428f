package athena

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"ticklake/internal/lake"
	"ticklake/internal/local/athena/execution"
	"ticklake/internal/local/awsapi"
)

const (
	maxStatement  = 262_144 // bytes, as on Athena
	maxBatch      = 50
	listPage      = 50
	minToken      = 32
	maxToken      = 128
	maxDatabase   = 255
	maxParameter  = 1024 // bytes
	defaultSchema = "default"
)

type startInput struct {
	QueryString              string
	ClientRequestToken       string
	WorkGroup                string
	QueryExecutionContext    *queryContext
	ResultConfiguration      *resultConfiguration
	ResultReuseConfiguration *resultReuse
	ExecutionParameters      []string
	EngineConfiguration      map[string]any
}

type queryContext struct {
	Catalog  string `json:",omitzero"`
	Database string `json:",omitzero"`
}

type resultConfiguration struct {
	OutputLocation          string         `json:",omitzero"`
	ExpectedBucketOwner     string         `json:",omitzero"`
	EncryptionConfiguration map[string]any `json:",omitzero"`
	ACLConfiguration        map[string]any `json:"AclConfiguration,omitzero"`
}

// resultReuse may be asked for; no result is ever reused, and the statistics say so.
type resultReuse struct {
	ResultReuseByAgeConfiguration *struct {
		Enabled         bool
		MaxAgeInMinutes *int `json:",omitzero"`
	}
}

type queryID struct {
	QueryExecutionID string `json:"QueryExecutionId"`
}

func (a *api) startQuery(ctx context.Context, in *startInput) (*queryID, error) {
	request, err := a.request(ctx, in)
	if err != nil {
		return nil, err
	}
	id, err := a.runner.Start(ctx, request)
	if err != nil {
		return nil, translate(err, "")
	}
	return &queryID{id}, nil
}

// request checks an input and fills in what the work group says.
func (a *api) request(ctx context.Context, in *startInput) (execution.Request, error) {
	r := execution.Request{SQL: in.QueryString, WorkGroup: workGroup, Token: in.ClientRequestToken, Database: defaultSchema, Output: a.config.OutputLocation}
	switch {
	case strings.TrimSpace(in.QueryString) == "":
		return r, invalidAs("MALFORMED_QUERY", "QueryString is empty")
	case len(in.QueryString) > maxStatement:
		return r, invalidAs("QUERY_TOO_LONG", "QueryString has %d bytes, at most %d are allowed", len(in.QueryString), maxStatement)
	case r.Token != "" && (utf8.RuneCountInString(r.Token) < minToken || utf8.RuneCountInString(r.Token) > maxToken):
		return r, invalid("ClientRequestToken must have %d to %d characters", minToken, maxToken)
	case len(in.EngineConfiguration) > 0:
		return r, refused("EngineConfiguration")
	}
	if err := checkWorkGroup(in.WorkGroup); err != nil {
		return r, err
	}
	if c := in.QueryExecutionContext; c != nil {
		if err := checkCatalog(c.Catalog); err != nil {
			return r, err
		}
		r.Catalog = c.Catalog
		if c.Database != "" {
			r.Database = strings.ToLower(unquoted(c.Database))
		}
		if len(r.Database) > maxDatabase {
			return r, invalid("Database has more than %d bytes", maxDatabase)
		}
	}
	if err := checkParameters(in.ExecutionParameters); err != nil {
		return r, err
	}
	r.Parameters = in.ExecutionParameters
	if err := a.execute(ctx, &r); err != nil {
		return r, err
	}
	return r, a.output(in.ResultConfiguration, &r)
}

// unquoted takes a name out of the backquotes that some clients put around it.
func unquoted(name string) string {
	if len(name) > 2 && name[0] == '`' && name[len(name)-1] == '`' {
		return name[1 : len(name)-1]
	}
	return name
}

func checkParameters(parameters []string) error {
	total := 0
	for i, p := range parameters {
		if p == "" || len(p) > maxParameter {
			return invalid("ExecutionParameters[%d] has %d bytes: 1 to %d are allowed", i, len(p), maxParameter)
		}
		total += len(p)
	}
	if total > maxStatement {
		return invalid("ExecutionParameters have %d bytes together, at most %d are allowed", total, maxStatement)
	}
	return nil
}

// output takes the client's folder for the result, if it names one.
func (a *api) output(c *resultConfiguration, r *execution.Request) error {
	if c == nil {
		return nil
	}
	if len(c.EncryptionConfiguration) > 0 {
		return refused("ResultConfiguration.EncryptionConfiguration")
	}
	if len(c.ACLConfiguration) > 0 {
		return refused("ResultConfiguration.AclConfiguration")
	}
	if c.ExpectedBucketOwner != "" && c.ExpectedBucketOwner != a.config.AccountID {
		return invalid("the bucket's owner is %s, not ExpectedBucketOwner %.32s", a.config.AccountID, c.ExpectedBucketOwner)
	}
	if c.OutputLocation == "" {
		return nil
	}
	r.Output = folder(c.OutputLocation)
	if err := a.config.Results.Check(r.Output); err != nil {
		return invalid("Unable to verify/create output bucket: %v", err)
	}
	if zone := zoneOf(r.Output); zone != "" {
		return invalid("results are not written to %s/: it is the lake's own (hint: another folder, such as %s)", zone, a.config.OutputLocation)
	}
	return nil
}

// zoneOf is the lake's own folder that a location lies in, or "".
func zoneOf(location string) string {
	_, key, _ := strings.Cut(strings.TrimPrefix(location, "s3://"), "/")
	first, _, _ := strings.Cut(key, "/")
	if strings.HasPrefix(first, "_") || slices.Contains([]string{string(lake.Raw), string(lake.Curated), string(lake.Dead)}, first) {
		return first
	}
	return ""
}

func (a *api) stopQuery(ctx context.Context, in *queryID) (*awsapi.Empty, error) {
	if err := a.runner.Stop(ctx, in.QueryExecutionID); err != nil {
		return nil, translate(err, in.QueryExecutionID)
	}
	return &awsapi.Empty{}, nil
}

type getQueryOutput struct{ QueryExecution queryExecution }

func (a *api) getQuery(ctx context.Context, in *queryID) (*getQueryOutput, error) {
	e, err := a.runner.Get(ctx, in.QueryExecutionID)
	if err != nil {
		return nil, translate(err, in.QueryExecutionID)
	}
	return &getQueryOutput{describe(&e, a.config.Now())}, nil
}

type batchGetInput struct {
	QueryExecutionIDs []string `json:"QueryExecutionIds"`
}

type batchGetOutput struct {
	QueryExecutions              []queryExecution
	UnprocessedQueryExecutionIDs []unprocessed `json:"UnprocessedQueryExecutionIds"`
}

type unprocessed struct {
	QueryExecutionID string `json:"QueryExecutionId"`
	ErrorCode        string
	ErrorMessage     string
}

func (a *api) batchGetQuery(ctx context.Context, in *batchGetInput) (*batchGetOutput, error) {
	if n := len(in.QueryExecutionIDs); n < 1 || n > maxBatch {
		return nil, invalid("QueryExecutionIds has %d ids: 1 to %d are allowed", n, maxBatch)
	}
	out := &batchGetOutput{}
	for _, id := range in.QueryExecutionIDs {
		e, err := a.runner.Get(ctx, id)
		if err == nil {
			out.QueryExecutions = append(out.QueryExecutions, describe(&e, a.config.Now()))
			continue
		}
		err = translate(err, id)
		if awsapi.Code(err) != invalidRequest {
			return nil, err
		}
		out.UnprocessedQueryExecutionIDs = append(out.UnprocessedQueryExecutionIDs, unprocessed{id, "INVALID_INPUT", "QueryExecution " + id + " was not found"})
	}
	return out, nil
}

type listInput struct {
	MaxResults *int
	NextToken  string
	WorkGroup  string
}

type listQueriesOutput struct {
	QueryExecutionIDs []string `json:"QueryExecutionIds"`
	NextToken         string   `json:",omitzero"`
}

func (a *api) listQueries(ctx context.Context, in *listInput) (*listQueriesOutput, error) {
	if err := checkWorkGroup(in.WorkGroup); err != nil {
		return nil, err
	}
	n, err := pageSize(in.MaxResults, 0, listPage)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		n = listPage
	}
	const scope = "ListQueryExecutions"
	var behind execution.Mark
	if in.NextToken != "" {
		position, err := awsapi.ParsePageToken(scope, in.NextToken, 2)
		if err != nil {
			return nil, invalid("NextToken is %v", err)
		}
		at, err := strconv.ParseInt(position[1], 10, 64)
		if err != nil {
			return nil, invalid("NextToken is %v", awsapi.ErrToken)
		}
		behind = execution.Mark{ID: position[0], Submitted: time.Unix(0, at)}
	}
	marks, err := a.runner.List(ctx, workGroup, behind, n+1)
	if err != nil {
		return nil, err
	}
	out := &listQueriesOutput{QueryExecutionIDs: []string{}}
	if len(marks) > n {
		marks = marks[:n]
		last := marks[n-1]
		out.NextToken = awsapi.PageToken(scope, last.ID, strconv.FormatInt(last.Submitted.UnixNano(), 10))
	}
	for _, m := range marks {
		out.QueryExecutionIDs = append(out.QueryExecutionIDs, m.ID)
	}
	return out, nil
}
