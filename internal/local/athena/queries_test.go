package athena

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsathena "github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ticklake/internal/objects"
)

func TestAQueryIsDescribedAsAthenaDescribesIt(t *testing.T) {
	e := newEndpoint(t, nil)
	out, err := e.StartQueryExecution(t.Context(), &awsathena.StartQueryExecutionInput{
		QueryString:           aws.String("SELECT 3"),
		QueryExecutionContext: &types.QueryExecutionContext{Database: aws.String("Market"), Catalog: aws.String("awsdatacatalog")},
		WorkGroup:             aws.String("primary"),
		ResultConfiguration:   &types.ResultConfiguration{OutputLocation: aws.String("s3://lake/elsewhere"), ExpectedBucketOwner: aws.String("123456789012")},
		ResultReuseConfiguration: &types.ResultReuseConfiguration{
			ResultReuseByAgeConfiguration: &types.ResultReuseByAgeConfiguration{Enabled: true, MaxAgeInMinutes: aws.Int32(60)},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	id := *out.QueryExecutionId
	got := e.ended(id)
	want := &types.QueryExecution{
		QueryExecutionId: &id, Query: aws.String("SELECT 3"), StatementType: types.StatementTypeDml, SubstatementType: aws.String("SELECT"),
		WorkGroup:                aws.String("primary"),
		QueryExecutionContext:    &types.QueryExecutionContext{Database: aws.String("market"), Catalog: aws.String("awsdatacatalog")},
		ResultConfiguration:      &types.ResultConfiguration{OutputLocation: aws.String("s3://lake/elsewhere/" + id + ".csv")},
		ResultReuseConfiguration: &types.ResultReuseConfiguration{ResultReuseByAgeConfiguration: &types.ResultReuseByAgeConfiguration{}},
		EngineVersion:            &types.EngineVersion{SelectedEngineVersion: aws.String("Athena engine version 3"), EffectiveEngineVersion: aws.String("Athena engine version 3")},
		Status:                   &types.QueryExecutionStatus{State: types.QueryExecutionStateSucceeded},
		Statistics: &types.QueryExecutionStatistics{
			DataScannedInBytes: aws.Int64(1 << 30), QueryPlanningTimeInMillis: aws.Int64(1), ServicePreProcessingTimeInMillis: aws.Int64(0),
			ResultReuseInformation: &types.ResultReuseInformation{},
		},
	}
	ignore := cmp.Options{
		cmpopts.IgnoreUnexported(types.QueryExecution{}, types.QueryExecutionContext{}, types.ResultConfiguration{}, types.ResultReuseConfiguration{},
			types.ResultReuseByAgeConfiguration{}, types.EngineVersion{}, types.QueryExecutionStatus{}, types.QueryExecutionStatistics{}, types.ResultReuseInformation{}),
		cmpopts.IgnoreFields(types.QueryExecutionStatus{}, "SubmissionDateTime", "CompletionDateTime"),
		cmpopts.IgnoreFields(types.QueryExecutionStatistics{}, "EngineExecutionTimeInMillis", "TotalExecutionTimeInMillis", "QueryQueueTimeInMillis", "ServiceProcessingTimeInMillis"),
	}
	if diff := cmp.Diff(want, got, ignore); diff != "" {
		t.Error(diff)
	}
	if s := got.Status; time.Since(*s.SubmissionDateTime) > time.Minute || s.CompletionDateTime.Before(*s.SubmissionDateTime) {
		t.Errorf("%v %v", s.SubmissionDateTime, s.CompletionDateTime)
	}
	if _, err := e.store.Head(t.Context(), "elsewhere/"+id+".csv"); err != nil {
		t.Error(err)
	}
}

func TestResultsComeInPagesWithOneHeader(t *testing.T) {
	e := newEndpoint(t, nil)
	id := aws.ToString(e.run("SELECT 25").QueryExecutionId)
	var got []string
	pages := 0
	p := awsathena.NewGetQueryResultsPaginator(e, &awsathena.GetQueryResultsInput{QueryExecutionId: &id, MaxResults: aws.Int32(10)})
	for p.HasMorePages() {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		pages++
		if *page.UpdateCount != 0 {
			t.Error(*page.UpdateCount)
		}
		want := []types.ColumnInfo{{
			CatalogName: aws.String("hive"), SchemaName: aws.String(""), TableName: aws.String(""), Name: aws.String("n"), Label: aws.String("n"),
			Type: aws.String("decimal"), Precision: 18, Scale: 9, Nullable: types.ColumnNullableUnknown,
		}}
		if diff := cmp.Diff(want, page.ResultSet.ResultSetMetadata.ColumnInfo, cmpopts.IgnoreUnexported(types.ColumnInfo{})); diff != "" {
			t.Error(diff)
		}
		for _, row := range page.ResultSet.Rows {
			got = append(got, *row.Data[0].VarCharValue)
		}
	}
	want := []string{"n"}
	for i := range 25 {
		want = append(want, fmt.Sprint(i))
	}
	if diff := cmp.Diff(want, got); diff != "" || pages != 3 {
		t.Error(pages, diff)
	}
}

func TestNULLHasNoValueAndSHOWNoHeader(t *testing.T) {
	e := newEndpoint(t, nil)
	null, err := e.GetQueryResults(t.Context(), &awsathena.GetQueryResultsInput{QueryExecutionId: e.run("SELECT null").QueryExecutionId})
	if err != nil {
		t.Fatal(err)
	}
	if rows := null.ResultSet.Rows; len(rows) != 2 || len(rows[1].Data) != 1 || rows[1].Data[0].VarCharValue != nil {
		t.Errorf("%+v", rows)
	}
	q := e.run("SHOW TABLES")
	if q.StatementType != types.StatementTypeUtility || *q.SubstatementType != "SHOW_TABLES" || !strings.HasSuffix(*q.ResultConfiguration.OutputLocation, ".txt") {
		t.Errorf("%+v", q)
	}
	show, err := e.GetQueryResults(t.Context(), &awsathena.GetQueryResultsInput{QueryExecutionId: q.QueryExecutionId})
	if err != nil {
		t.Fatal(err)
	}
	if rows := show.ResultSet.Rows; len(rows) != 2 || *rows[0].Data[0].VarCharValue != "quotes" || *show.ResultSet.ResultSetMetadata.ColumnInfo[0].Type != "string" {
		t.Errorf("%+v", rows)
	}
	// Nothing comes of a SELECT without rows but its header, and of a SHOW nothing.
	none, err := e.GetQueryResults(t.Context(), &awsathena.GetQueryResultsInput{QueryExecutionId: e.run("SELECT 0").QueryExecutionId})
	if err != nil || len(none.ResultSet.Rows) != 1 || none.NextToken != nil {
		t.Errorf("%+v %v", none, err)
	}
}

func TestAFailureIsToldWithItsReason(t *testing.T) {
	e := newEndpoint(t, nil)
	q := e.run("FAIL")
	reason := "SYNTAX_ERROR: line 1:1: mismatched input 'FAIL' (hint: begin with SELECT)"
	if q.Status.State != types.QueryExecutionStateFailed || *q.Status.StateChangeReason != reason {
		t.Errorf("%+v", q.Status)
	}
	want := &types.AthenaError{ErrorCategory: aws.Int32(2), ErrorType: aws.Int32(1006), ErrorMessage: &reason}
	if diff := cmp.Diff(want, q.Status.AthenaError, cmpopts.IgnoreUnexported(types.AthenaError{})); diff != "" {
		t.Error(diff)
	}
	_, err := e.GetQueryResults(t.Context(), &awsathena.GetQueryResultsInput{QueryExecutionId: q.QueryExecutionId})
	if code(err) != "InvalidRequestException" || !strings.Contains(err.Error(), "Query did not finish successfully. Final query state: FAILED") {
		t.Error(err)
	}
}

func TestARunningQueryIsStopped(t *testing.T) {
	e := newEndpoint(t, nil)
	id := e.start("WAIT")
	e.until(id, func(s types.QueryExecutionState) bool { return s == types.QueryExecutionStateRunning })
	_, err := e.GetQueryResults(t.Context(), &awsathena.GetQueryResultsInput{QueryExecutionId: &id})
	if code(err) != "InvalidRequestException" || !strings.Contains(err.Error(), "Query has not yet finished. Current state: RUNNING") {
		t.Error(err)
	}
	if _, err := e.StopQueryExecution(t.Context(), &awsathena.StopQueryExecutionInput{QueryExecutionId: &id}); err != nil {
		t.Fatal(err)
	}
	if q := e.ended(id); q.Status.State != types.QueryExecutionStateCancelled || q.Status.StateChangeReason == nil {
		t.Errorf("%+v", q.Status)
	}
}

func TestHistoryOutlivesTheServer(t *testing.T) {
	e := newEndpoint(t, nil)
	done := aws.ToString(e.run("SELECT 2").QueryExecutionId)
	broken := e.start("WAIT")
	e.until(broken, func(s types.QueryExecutionState) bool { return s == types.QueryExecutionStateRunning })
	e.close()
	e.open()
	out, err := e.GetQueryResults(t.Context(), &awsathena.GetQueryResultsInput{QueryExecutionId: &done})
	if err != nil || len(out.ResultSet.Rows) != 3 {
		t.Errorf("%+v %v", out, err)
	}
	if q := e.ended(broken); q.Status.State != types.QueryExecutionStateFailed || !q.Status.AthenaError.Retryable {
		t.Errorf("%+v", q.Status)
	}
}

func TestQueriesAreListedNewestFirst(t *testing.T) {
	e := newEndpoint(t, nil)
	var want []string
	for range 7 {
		want = append([]string{aws.ToString(e.run("SELECT 1").QueryExecutionId)}, want...)
	}
	var got []string
	p := awsathena.NewListQueryExecutionsPaginator(e, &awsathena.ListQueryExecutionsInput{MaxResults: aws.Int32(3)})
	for p.HasMorePages() {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, page.QueryExecutionIds...)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	batch, err := e.BatchGetQueryExecution(t.Context(), &awsathena.BatchGetQueryExecutionInput{QueryExecutionIds: []string{want[0], "nobody"}})
	if err != nil || len(batch.QueryExecutions) != 1 || len(batch.UnprocessedQueryExecutionIds) != 1 || *batch.UnprocessedQueryExecutionIds[0].QueryExecutionId != "nobody" {
		t.Errorf("%+v %v", batch, err)
	}
	runtime, err := e.GetQueryRuntimeStatistics(t.Context(), &awsathena.GetQueryRuntimeStatisticsInput{QueryExecutionId: &want[0]})
	if err != nil || *runtime.QueryRuntimeStatistics.Rows.OutputRows != 1 || *runtime.QueryRuntimeStatistics.Rows.InputBytes != 1<<30 {
		t.Errorf("%+v %v", runtime, err)
	}
}

func TestATokenIsUsedOnce(t *testing.T) {
	e := newEndpoint(t, nil)
	in := &awsathena.StartQueryExecutionInput{QueryString: aws.String("SELECT 1"), ClientRequestToken: aws.String(strings.Repeat("t", 32))}
	one, err := e.StartQueryExecution(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	two, err := e.StartQueryExecution(t.Context(), in)
	if err != nil || *two.QueryExecutionId != *one.QueryExecutionId {
		t.Errorf("%v %v", two, err)
	}
	in.QueryString = aws.String("SELECT 2")
	if _, err := e.StartQueryExecution(t.Context(), in); code(err) != "InvalidRequestException" || !strings.Contains(err.Error(), "Idempotent parameters do not match") {
		t.Error(err)
	}
}

func TestAResultThatIsGoneIsSaidToBe(t *testing.T) {
	e := newEndpoint(t, nil)
	id := aws.ToString(e.run("SELECT 1").QueryExecutionId)
	if err := e.store.Delete(t.Context(), "results/"+id+".csv"); err != nil {
		t.Fatal(err)
	}
	_, err := e.GetQueryResults(t.Context(), &awsathena.GetQueryResultsInput{QueryExecutionId: &id})
	if code(err) != "InvalidRequestException" || !strings.Contains(err.Error(), "Could not find results") {
		t.Error(err)
	}
}

func TestOpenRefusesWhatCannotWork(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"an address without a port", func(c *Config) { c.Listen = "127.0.0.1" }, "missing port"},
		{"no keys", func(c *Config) { c.SecretAccessKey = "" }, "no access key"},
		{"no engine", func(c *Config) { c.Engine = nil }, "required"},
		{"another bucket", func(c *Config) { c.OutputLocation = "s3://other/results/" }, "bucket \"other\" is not here"},
		{"a relative folder", func(c *Config) { c.StateDir = "athena" }, "not an absolute path"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := &endpoint{t: t, store: objects.Memory()}
			base := newEndpoint(t, nil)
			e.config = base.config
			tt.change(&e.config)
			if _, err := Open(t.Context(), e.config); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Error(err)
			}
		})
	}
}
