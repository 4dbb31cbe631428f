package athena

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsathena "github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"
	"github.com/google/go-cmp/cmp"

	"ticklake/internal/local/athena/execution"
	"ticklake/internal/local/athena/trino"
)

// echoEngine answers with the statement that it was given.
type echoEngine struct{ fakeEngine }

func (echoEngine) Query(_ context.Context, _ trino.Catalog, st execution.Statement) (execution.Answer, error) {
	text := fmt.Sprintf("%s %q", st.SQL, st.Parameters)
	return &answer{kind: execution.DML, values: []*string{&text}}, nil
}

// second is the first value behind the header.
func (e *endpoint) second(id string) string {
	e.t.Helper()
	out, err := e.GetQueryResults(e.t.Context(), &awsathena.GetQueryResultsInput{QueryExecutionId: &id})
	if err != nil {
		e.t.Fatal(err)
	}
	return aws.ToString(out.ResultSet.Rows[1].Data[0].VarCharValue)
}

func TestAPreparedStatementIsKeptAndRun(t *testing.T) {
	e := newEndpoint(t, func(c *Config) { c.Engine = echoEngine{} })
	ctx := t.Context()
	name, group := aws.String("By_Symbol"), aws.String("primary")
	create := &awsathena.CreatePreparedStatementInput{StatementName: name, WorkGroup: group, QueryStatement: aws.String("SELECT 1 WHERE x = ?;"), Description: aws.String("d")}
	if _, err := e.CreatePreparedStatement(ctx, create); err != nil {
		t.Fatal(err)
	}
	if _, err := e.CreatePreparedStatement(ctx, create); code(err) != "InvalidRequestException" || !strings.Contains(err.Error(), "already exists") {
		t.Error(err)
	}
	e.close()
	e.open() // it outlives the process
	out := e.run("EXECUTE by_symbol USING 'AAPL', 1 + 1")
	if got := e.second(*out.QueryExecutionId); got != `SELECT 1 WHERE x = ? ["'AAPL'" "1 + 1"]` || aws.ToString(out.Query) != "EXECUTE by_symbol USING 'AAPL', 1 + 1" {
		t.Error(got, aws.ToString(out.Query))
	}
	if diff := cmp.Diff([]string{"'AAPL'", "1 + 1"}, out.ExecutionParameters); diff != "" {
		t.Error(diff)
	}
	id, err := e.StartQueryExecution(ctx, &awsathena.StartQueryExecutionInput{QueryString: aws.String("EXECUTE By_Symbol;"), ExecutionParameters: []string{"2"}})
	if err != nil {
		t.Fatal(err)
	}
	e.ended(*id.QueryExecutionId)
	if got := e.second(*id.QueryExecutionId); got != `SELECT 1 WHERE x = ? ["2"]` {
		t.Error(got)
	}
	if _, err := e.UpdatePreparedStatement(ctx, &awsathena.UpdatePreparedStatementInput{StatementName: name, WorkGroup: group, QueryStatement: aws.String("SELECT 2")}); err != nil {
		t.Fatal(err)
	}
	got, err := e.GetPreparedStatement(ctx, &awsathena.GetPreparedStatementInput{StatementName: name, WorkGroup: group})
	if err != nil || aws.ToString(got.PreparedStatement.QueryStatement) != "SELECT 2" || got.PreparedStatement.LastModifiedTime.IsZero() {
		t.Error(got, err)
	}
	if _, err := e.DeletePreparedStatement(ctx, &awsathena.DeletePreparedStatementInput{StatementName: name, WorkGroup: group}); err != nil {
		t.Fatal(err)
	}
	if _, err := e.GetPreparedStatement(ctx, &awsathena.GetPreparedStatementInput{StatementName: name, WorkGroup: group}); code(err) != "ResourceNotFoundException" {
		t.Error(err)
	}
	if _, err := e.StartQueryExecution(ctx, &awsathena.StartQueryExecutionInput{QueryString: aws.String("EXECUTE by_symbol")}); code(err) != "InvalidRequestException" || !strings.Contains(err.Error(), "PreparedStatement by_symbol was not found in workGroup primary") {
		t.Error(err)
	}
}

func TestPreparedStatementsAreListedInPagesAndBounded(t *testing.T) {
	e := newEndpoint(t, nil)
	ctx := t.Context()
	var want []string
	for i := range 60 {
		want = append(want, fmt.Sprintf("s%02d", i))
		if _, err := e.CreatePreparedStatement(ctx, &awsathena.CreatePreparedStatementInput{StatementName: &want[i], WorkGroup: aws.String("primary"), QueryStatement: aws.String("SELECT 1")}); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	pages := awsathena.NewListPreparedStatementsPaginator(e, &awsathena.ListPreparedStatementsInput{WorkGroup: aws.String("primary"), MaxResults: aws.Int32(25)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range page.PreparedStatements {
			got = append(got, aws.ToString(s.StatementName))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	batch, err := e.BatchGetPreparedStatement(ctx, &awsathena.BatchGetPreparedStatementInput{PreparedStatementNames: []string{"s01", "none", "../x"}, WorkGroup: aws.String("primary")})
	if err != nil || len(batch.PreparedStatements) != 1 || len(batch.UnprocessedPreparedStatementNames) != 2 {
		t.Error(batch, err)
	}
	if _, err := e.server.history.db.ExecContext(ctx, "WITH RECURSIVE n(i) AS (SELECT 60 UNION ALL SELECT i + 1 FROM n WHERE i < 999) INSERT INTO prepared SELECT 's' || i, '', '', 0 FROM n"); err != nil {
		t.Fatal(err)
	}
	_, err = e.CreatePreparedStatement(ctx, &awsathena.CreatePreparedStatementInput{StatementName: aws.String("last"), WorkGroup: aws.String("primary"), QueryStatement: aws.String("SELECT 1")})
	if code(err) != "InvalidRequestException" || !strings.Contains(err.Error(), "1000 prepared statements, the most there may be") {
		t.Error(err)
	}
}

func TestParametersAreToldWithTheQuery(t *testing.T) {
	e := newEndpoint(t, func(c *Config) { c.Engine = echoEngine{} })
	id, err := e.StartQueryExecution(t.Context(), &awsathena.StartQueryExecutionInput{
		QueryString: aws.String("SELECT ?"), ExecutionParameters: []string{"AAPL"}, QueryExecutionContext: &types.QueryExecutionContext{Database: aws.String("`Market`")},
	})
	if err != nil {
		t.Fatal(err)
	}
	out := e.ended(*id.QueryExecutionId)
	if diff := cmp.Diff([]string{"AAPL"}, out.ExecutionParameters); diff != "" || aws.ToString(out.QueryExecutionContext.Database) != "market" {
		t.Error(diff, aws.ToString(out.QueryExecutionContext.Database))
	}
	if got := e.second(*id.QueryExecutionId); got != `SELECT ? ["AAPL"]` {
		t.Error(got)
	}
}
