package athena

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsathena "github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"
)

func TestWhatCannotBeDoneIsRefusedByItsName(t *testing.T) {
	e := newEndpoint(t, nil)
	start := func(in awsathena.StartQueryExecutionInput) func(context.Context) error {
		return func(ctx context.Context) error {
			if in.QueryString == nil {
				in.QueryString = aws.String("SELECT 1")
			}
			_, err := e.StartQueryExecution(ctx, &in)
			return err
		}
	}
	done := aws.ToString(e.run("SELECT 1").QueryExecutionId)
	for _, tt := range []struct {
		name string
		call func(context.Context) error
		code string
		want string
	}{
		{"an empty statement", start(awsathena.StartQueryExecutionInput{QueryString: aws.String(" \n")}), "InvalidRequestException", "QueryString is empty"},
		{"a long statement", start(awsathena.StartQueryExecutionInput{QueryString: aws.String(strings.Repeat("x", 262_145))}), "InvalidRequestException", "262144"},
		{"a short token", start(awsathena.StartQueryExecutionInput{ClientRequestToken: aws.String("x")}), "InvalidRequestException", "32 to 128"},
		{"another work group", start(awsathena.StartQueryExecutionInput{WorkGroup: aws.String("other")}), "InvalidRequestException", "WorkGroup other is not found"},
		{"another catalog", start(awsathena.StartQueryExecutionInput{QueryExecutionContext: &types.QueryExecutionContext{Catalog: aws.String("x")}}), "InvalidRequestException", "DataCatalog x was not found"},
		{"another bucket", start(awsathena.StartQueryExecutionInput{ResultConfiguration: &types.ResultConfiguration{OutputLocation: aws.String("s3://other/x")}}), "InvalidRequestException", "bucket \"other\" is not here"},
		{"no location", start(awsathena.StartQueryExecutionInput{ResultConfiguration: &types.ResultConfiguration{OutputLocation: aws.String("/tmp/x")}}), "InvalidRequestException", "is not s3://bucket/prefix/"},
		{"a path in the location", start(awsathena.StartQueryExecutionInput{ResultConfiguration: &types.ResultConfiguration{OutputLocation: aws.String("s3://lake/a/../../x")}}), "InvalidRequestException", "between slashes"},
		{"another owner", start(awsathena.StartQueryExecutionInput{ResultConfiguration: &types.ResultConfiguration{ExpectedBucketOwner: aws.String("1")}}), "InvalidRequestException", "ExpectedBucketOwner"},
		{"encryption", start(awsathena.StartQueryExecutionInput{ResultConfiguration: &types.ResultConfiguration{EncryptionConfiguration: &types.EncryptionConfiguration{EncryptionOption: types.EncryptionOptionSseS3}}}), "InvalidRequestException", "EncryptionConfiguration is not supported"},
		{"an empty parameter", start(awsathena.StartQueryExecutionInput{ExecutionParameters: []string{"1", ""}}), "InvalidRequestException", "ExecutionParameters[1] has 0 bytes"},
		{"a long parameter", start(awsathena.StartQueryExecutionInput{ExecutionParameters: []string{strings.Repeat("1", 1025)}}), "InvalidRequestException", "ExecutionParameters[0] has 1025 bytes"},
		{"many parameters", start(awsathena.StartQueryExecutionInput{ExecutionParameters: slices.Repeat([]string{strings.Repeat("1", 1024)}, 257)}), "InvalidRequestException", "263168 bytes together"},
		{"what is no SQL", start(awsathena.StartQueryExecutionInput{QueryString: aws.String("NOSQL")}), "InvalidRequestException", "line 1:1: mismatched input 'NOSQL' (hint: begin with SELECT)"},
		{"results among the ticks", start(awsathena.StartQueryExecutionInput{ResultConfiguration: &types.ResultConfiguration{OutputLocation: aws.String("s3://lake/curated/ticks/")}}), "InvalidRequestException", "results are not written to curated/: it is the lake's own (hint: another folder, such as s3://lake/results/)"},
		{"results among the cuts", start(awsathena.StartQueryExecutionInput{ResultConfiguration: &types.ResultConfiguration{OutputLocation: aws.String("s3://lake/_ticklake")}}), "InvalidRequestException", "results are not written to _ticklake/"},
		{"an unknown query", func(ctx context.Context) error {
			_, err := e.GetQueryExecution(ctx, &awsathena.GetQueryExecutionInput{QueryExecutionId: aws.String("x")})
			return err
		}, "InvalidRequestException", "QueryExecution x was not found"},
		{"stopping an unknown query", func(ctx context.Context) error {
			_, err := e.StopQueryExecution(ctx, &awsathena.StopQueryExecutionInput{QueryExecutionId: aws.String("x")})
			return err
		}, "InvalidRequestException", "QueryExecution x was not found"},
		{"too many rows", func(ctx context.Context) error {
			_, err := e.GetQueryResults(ctx, &awsathena.GetQueryResultsInput{QueryExecutionId: &done, MaxResults: aws.Int32(1001)})
			return err
		}, "InvalidRequestException", "between 1 and 1000"},
		{"a token of another list", func(ctx context.Context) error {
			_, err := e.GetQueryResults(ctx, &awsathena.GetQueryResultsInput{QueryExecutionId: &done, NextToken: aws.String("eA")})
			return err
		}, "InvalidRequestException", "NextToken"},
		{"a manifest", func(ctx context.Context) error {
			_, err := e.GetQueryResults(ctx, &awsathena.GetQueryResultsInput{QueryExecutionId: &done, QueryResultType: types.QueryResultTypeDataManifest})
			return err
		}, "InvalidRequestException", "DATA_MANIFEST is not supported"},
		{"too many ids", func(ctx context.Context) error {
			_, err := e.BatchGetQueryExecution(ctx, &awsathena.BatchGetQueryExecutionInput{QueryExecutionIds: make([]string, 51)})
			return err
		}, "InvalidRequestException", "1 to 50"},
		{"an unknown work group", func(ctx context.Context) error {
			_, err := e.GetWorkGroup(ctx, &awsathena.GetWorkGroupInput{WorkGroup: aws.String("x")})
			return err
		}, "InvalidRequestException", "WorkGroup x is not found"},
		{"an unknown database", func(ctx context.Context) error {
			_, err := e.GetDatabase(ctx, &awsathena.GetDatabaseInput{CatalogName: aws.String("AwsDataCatalog"), DatabaseName: aws.String("x")})
			return err
		}, "MetadataException", "Database x not found (Service: AmazonDataCatalog; Status Code: 400; Error Code: EntityNotFoundException; Request ID: "},
		{"an unknown table", func(ctx context.Context) error {
			_, err := e.GetTableMetadata(ctx, &awsathena.GetTableMetadataInput{CatalogName: aws.String("AwsDataCatalog"), DatabaseName: aws.String("market"), TableName: aws.String("x")})
			return err
		}, "MetadataException", "Entity Not Found: table market.x (Service: AmazonDataCatalog; Status Code: 400; Error Code: EntityNotFoundException; Request ID: "},
		{"a bad expression", func(ctx context.Context) error {
			_, err := e.ListTableMetadata(ctx, &awsathena.ListTableMetadataInput{CatalogName: aws.String("AwsDataCatalog"), DatabaseName: aws.String("market"), Expression: aws.String("(")})
			return err
		}, "InvalidRequestException", "no regular expression"},
		{"named queries", func(ctx context.Context) error {
			_, err := e.ListNamedQueries(ctx, &awsathena.ListNamedQueriesInput{})
			return err
		}, "UnknownOperationException", "ticklake's embedded AmazonAthena endpoint does not do ListNamedQueries"},
		{"another work group's making", func(ctx context.Context) error {
			_, err := e.CreateWorkGroup(ctx, &awsathena.CreateWorkGroupInput{Name: aws.String("x")})
			return err
		}, "UnknownOperationException", "its one work group"},
		{"another secret", func(ctx context.Context) error {
			_, err := e.client("AKID", "other").ListWorkGroups(ctx, &awsathena.ListWorkGroupsInput{})
			return err
		}, "InvalidSignatureException", "signature"},
		{"another key", func(ctx context.Context) error {
			_, err := e.client("OTHER", "secret").ListWorkGroups(ctx, &awsathena.ListWorkGroupsInput{})
			return err
		}, "UnrecognizedClientException", "security token"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.call(t.Context())
			if code(err) != tt.code || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestTooManyQueriesAreRefusedAsAthenaRefusesThem(t *testing.T) {
	e := newEndpoint(t, func(c *Config) { c.MaxRunning = 1 })
	var err error
	for range 102 {
		if _, err = e.StartQueryExecution(t.Context(), &awsathena.StartQueryExecutionInput{QueryString: aws.String("WAIT")}); err != nil {
			break
		}
	}
	if code(err) != "TooManyRequestsException" {
		t.Error(err)
	}
}

func TestAnUnsignedRequestIsRefused(t *testing.T) {
	e := newEndpoint(t, nil)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.server.Endpoint(), strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", "AmazonAthena.ListWorkGroups")
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusBadRequest || resp.Header.Get("X-Amzn-Errortype") != "MissingAuthenticationTokenException" {
		t.Error(resp.Status, resp.Header)
	}
}
