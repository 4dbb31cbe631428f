package athena

import (
	"context"
	"errors"
	"strconv"

	"ticklake/internal/local/athena/execution"
	"ticklake/internal/local/awsapi"
)

const maxRows = 1000 // of a page, as on Athena

type resultsInput struct {
	QueryExecutionID string `json:"QueryExecutionId"`
	MaxResults       *int
	NextToken        string
	QueryResultType  string
}

type resultsOutput struct {
	UpdateCount int64
	ResultSet   resultSet
	NextToken   string `json:",omitzero"`
}

type resultSet struct {
	Rows              []row
	ResultSetMetadata struct{ ColumnInfo []columnInfo }
}

type row struct{ Data []datum }

// datum is a value; NULL is a datum without one.
type datum struct {
	VarCharValue *string `json:",omitzero"`
}

type columnInfo struct {
	CatalogName   string
	SchemaName    string
	TableName     string
	Name          string
	Label         string
	Type          string
	Precision     int
	Scale         int
	Nullable      string
	CaseSensitive bool
}

func (a *api) getResults(ctx context.Context, in *resultsInput) (*resultsOutput, error) {
	n, err := pageSize(in.MaxResults, 1, maxRows)
	if err != nil {
		return nil, err
	}
	if in.QueryResultType != "" && in.QueryResultType != "DATA_ROWS" {
		return nil, refused("QueryResultType " + in.QueryResultType)
	}
	e, err := a.succeeded(ctx, in.QueryExecutionID)
	if err != nil {
		return nil, err
	}
	scope := "GetQueryResults/" + e.ID
	offset, err := offsetOf(scope, in.NextToken)
	if err != nil || offset > e.Stats.BytesWritten {
		return nil, invalid("NextToken is %v", awsapi.ErrToken)
	}
	page, err := a.runner.Page(ctx, e, offset, n)
	switch {
	case errors.Is(err, execution.ErrNoResult):
		return nil, invalidAs("RESULT_NOT_FOUND", "Could not find results: %s is not there any more. hint: run the query again", e.Location)
	case errors.Is(err, execution.ErrForeign):
		return nil, invalidAs("RESULT_CHANGED", "Could not read results: %s has been changed. hint: run the query again", e.Location)
	case err != nil:
		return nil, err
	}
	out := &resultsOutput{ResultSet: resultSet{Rows: make([]row, len(page.Rows))}}
	for i, values := range page.Rows {
		data := make([]datum, len(values))
		for k, v := range values {
			data[k].VarCharValue = v
		}
		out.ResultSet.Rows[i].Data = data
	}
	out.ResultSet.ResultSetMetadata.ColumnInfo = columnInfos(e.Columns)
	if e.Manifest != "" {
		out.UpdateCount = e.Stats.Rows
	}
	if page.Next > 0 {
		out.NextToken = awsapi.PageToken(scope, strconv.FormatInt(page.Next, 10))
	}
	return out, nil
}

// offsetOf reads the place in a result's file that a token holds.
func offsetOf(scope, token string) (int64, error) {
	if token == "" {
		return 0, nil
	}
	position, err := awsapi.ParsePageToken(scope, token, 1)
	if err != nil {
		return 0, err
	}
	offset, err := strconv.ParseInt(position[0], 10, 64)
	if err == nil && offset < 0 {
		err = awsapi.ErrToken
	}
	return offset, err
}

// succeeded returns an execution that has a result.
func (a *api) succeeded(ctx context.Context, id string) (execution.Execution, error) {
	e, err := a.runner.Get(ctx, id)
	switch {
	case err != nil:
		return e, translate(err, id)
	case !e.State.Final():
		return e, invalidAs("INVALID_QUERY_EXECUTION_STATE", "Query has not yet finished. Current state: %s", e.State)
	case e.State == execution.Cancelled:
		return e, invalidAs("RESULT_NOT_FOUND", "Could not find results")
	case e.State != execution.Succeeded:
		return e, invalidAs("INVALID_QUERY_EXECUTION_STATE", "Query did not finish successfully. Final query state: %s", e.State)
	}
	return e, nil
}

func columnInfos(columns []execution.Column) []columnInfo {
	infos := make([]columnInfo, len(columns))
	for i, c := range columns {
		infos[i] = columnInfo{
			CatalogName: execution.CatalogName, Name: c.Name, Label: c.Name, Type: c.Type, Precision: c.Precision, Scale: c.Scale,
			Nullable: "UNKNOWN", CaseSensitive: c.CaseSensitive(),
		}
	}
	return infos
}

type runtimeOutput struct {
	QueryRuntimeStatistics struct {
		Timeline runtimeTimeline
		Rows     runtimeRows
	}
}

type runtimeTimeline struct {
	QueryQueueTimeInMillis           int64
	ServicePreProcessingTimeInMillis int64
	QueryPlanningTimeInMillis        int64
	EngineExecutionTimeInMillis      int64
	ServiceProcessingTimeInMillis    int64
	TotalExecutionTimeInMillis       int64
}

// runtimeRows leaves out the rows read: the engine does not count them.
type runtimeRows struct {
	InputBytes  int64
	OutputBytes int64
	OutputRows  int64
}

func (a *api) getRuntime(ctx context.Context, in *queryID) (*runtimeOutput, error) {
	e, err := a.runner.Get(ctx, in.QueryExecutionID)
	if err != nil {
		return nil, translate(err, in.QueryExecutionID)
	}
	if !e.State.Final() {
		return nil, invalidAs("INVALID_QUERY_EXECUTION_STATE", "Query has not yet finished. Current state: %s", e.State)
	}
	out := &runtimeOutput{}
	s := e.Stats
	out.QueryRuntimeStatistics.Timeline = runtimeTimeline{s.Queue, 0, s.Planning, s.Engine, s.Publish, s.Total}
	out.QueryRuntimeStatistics.Rows = runtimeRows{s.BytesScanned, s.BytesWritten + s.BytesExported, s.Rows}
	return out, nil
}
