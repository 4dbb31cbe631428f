package glue

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/go-json-experiment/json"
)

// call sends one operation as JSON text and returns the exception's name and message.
func call(t *testing.T, url, operation, body string) (code, message string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", "AWSGlue."+operation)
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	sum := sha256.Sum256([]byte(body))
	err = v4.NewSigner().SignHTTP(t.Context(), aws.Credentials{AccessKeyID: keys.AccessKeyID, SecretAccessKey: keys.SecretAccessKey},
		r, hex.EncodeToString(sum[:]), "glue", "us-east-1", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	resp, err := httpClient(t).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	doc, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var e struct {
		Type    string `json:"__type"`
		Message string
	}
	if err := json.Unmarshal(doc, &e); err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	return e.Type, e.Message
}

// TestWhatIsWrongIsRefusedByName is the conformance table: operation, input, exception.
func TestWhatIsWrongIsRefusedByName(t *testing.T) {
	url := serve(t, open(t, filepath.Join(t.TempDir(), "catalog.db")))
	market(t, client(t, url, keys))
	const (
		missing = "EntityNotFoundException"
		there   = "AlreadyExistsException"
		bad     = "InvalidInputException"
		unknown = "UnknownOperationException"
		form    = "SerializationException"
	)
	long := strings.Repeat("n", 256)
	for _, tt := range []struct{ operation, in, want string }{
		{"CreateDatabase", `{"DatabaseInput":{"Name":"market"}}`, there},
		{"CreateDatabase", `{"DatabaseInput":{"Name":"MARKET"}}`, there},
		{"CreateDatabase", `{}`, bad},
		{"CreateDatabase", `{"DatabaseInput":{}}`, bad},
		{"CreateDatabase", `{"DatabaseInput":{"Name":"` + long + `"}}`, bad},
		{"CreateDatabase", `{"DatabaseInput":{"Name":"a\u0000b"}}`, bad},
		{"CreateDatabase", `{"DatabaseInput":{"Name":"a","TargetDatabase":{"DatabaseName":"b"}}}`, bad},
		{"CreateDatabase", `{"DatabaseInput":{"Name":"a"},"Tags":{"a":"b"}}`, bad},
		{"CreateDatabase", `{"DatabaseInput":{"Name":7}}`, form},
		{"CreateDatabase", `{"CatalogId":"999999999999","DatabaseInput":{"Name":"a"}}`, missing},
		{"GetDatabase", `{"Name":"none"}`, missing},
		{"GetDatabase", `{}`, bad},
		{"GetDatabases", `{"MaxResults":0}`, bad},
		{"GetDatabases", `{"MaxResults":101}`, bad},
		{"GetDatabases", `{"NextToken":"x"}`, bad},
		{"GetDatabases", `{"CatalogId":"999999999999"}`, missing},
		{"UpdateDatabase", `{"Name":"none","DatabaseInput":{"Name":"none"}}`, missing},
		{"UpdateDatabase", `{"Name":"market","DatabaseInput":{"Name":"other"}}`, bad},
		{"DeleteDatabase", `{"Name":"none"}`, missing},
		{"CreateTable", `{"DatabaseName":"none","TableInput":{"Name":"t"}}`, missing},
		{"CreateTable", `{"DatabaseName":"market","TableInput":{"Name":"ticks"}}`, there},
		{"CreateTable", `{"DatabaseName":"market"}`, bad},
		{"CreateTable", `{"DatabaseName":"market","TableInput":{"Name":"t","Description":"` + strings.Repeat("x", maxTable) + `"}}`, bad},
		{"CreateTable", `{"TableInput":{"Name":"t"}}`, bad},
		{"CreateTable", `{"DatabaseName":"market","TableInput":{"Name":"t","StorageDescriptor":{"Columns":[{"Name":"a"},{"Name":"A"}]}}}`, bad},
		{"CreateTable", `{"DatabaseName":"market","TableInput":{"Name":"t","StorageDescriptor":{"SchemaReference":{"SchemaVersionNumber":1}}}}`, bad},
		{"CreateTable", `{"DatabaseName":"market","TableInput":{"Name":"t"},"OpenTableFormatInput":{"IcebergInput":{}}}`, bad},
		{"CreateTable", `{"DatabaseName":"market","TableInput":{"Name":"t"},"PartitionIndexes":[{"Keys":["dt"],"IndexName":"i"}]}`, bad},
		{"CreateTable", `{"DatabaseName":"market","TableInput":{"Name":"t","TargetTable":{"Name":"x"}}}`, bad},
		{"GetTable", `{"DatabaseName":"market","Name":"none"}`, missing},
		{"GetTable", `{"DatabaseName":"none","Name":"ticks"}`, missing},
		{"GetTable", `{"DatabaseName":"market"}`, bad},
		{"GetTable", `{"DatabaseName":"market","Name":"ticks","QueryAsOfTime":1}`, bad},
		{"GetTables", `{"DatabaseName":"none"}`, missing},
		{"GetTables", `{"DatabaseName":"market","Expression":"("}`, bad},
		{"GetTables", `{"DatabaseName":"market","Expression":"a)|(b"}`, bad},
		{"UpdateTable", `{"DatabaseName":"market","TableInput":{"Name":"none"}}`, missing},
		{"UpdateTable", `{"DatabaseName":"market","TableInput":{"Name":"ticks"},"VersionId":"7"}`, "ConcurrentModificationException"},
		{"UpdateTable", `{"DatabaseName":"market","Name":"ticks","TableInput":{"Name":"tocks"}}`, bad},
		{"DeleteTable", `{"DatabaseName":"market","Name":"none"}`, missing},
		{"BatchDeleteTable", `{"DatabaseName":"none","TablesToDelete":["a"]}`, missing},
		{"GetTableVersions", `{"DatabaseName":"market","TableName":"none"}`, missing},
		{"DeleteTableVersion", `{"DatabaseName":"market","TableName":"ticks","VersionId":"0"}`, bad},
		{"CreatePartition", `{"DatabaseName":"market","TableName":"none","PartitionInput":{"Values":["a","1"]}}`, missing},
		{"CreatePartition", `{"DatabaseName":"market","TableName":"ticks","PartitionInput":{"Values":["a"]}}`, bad},
		{"CreatePartition", `{"DatabaseName":"market","TableName":"ticks","PartitionInput":{"Values":[]}}`, bad},
		{"CreatePartition", `{"DatabaseName":"market","TableName":"ticks"}`, bad},
		{"BatchCreatePartition", `{"DatabaseName":"market","TableName":"ticks","PartitionInputList":[` + strings.Repeat("{},", 100) + `{}]}`, bad},
		{"GetPartition", `{"DatabaseName":"market","TableName":"ticks","PartitionValues":["a","1"]}`, missing},
		{"GetPartitions", `{"DatabaseName":"market","TableName":"ticks","Expression":"symbol = 'A'"}`, bad},
		{"GetPartitions", `{"DatabaseName":"market","TableName":"ticks","Expression":"hour = 'x'"}`, bad},
		{"GetPartitions", `{"DatabaseName":"market","TableName":"ticks","Segment":{"SegmentNumber":3,"TotalSegments":3}}`, bad},
		{"GetPartitions", `{"DatabaseName":"market","TableName":"ticks","MaxResults":1001}`, bad},
		{"UpdatePartition", `{"DatabaseName":"market","TableName":"ticks","PartitionValueList":["a","1"],"PartitionInput":{}}`, missing},
		{"DeletePartition", `{"DatabaseName":"market","TableName":"ticks","PartitionValues":["a","1"]}`, missing},
		{"BatchDeletePartition", `{"DatabaseName":"market","TableName":"ticks","PartitionsToDelete":[` + strings.Repeat("{},", 25) + `{}]}`, bad},
		{"CreateCrawler", `{}`, unknown},
		{"StartJobRun", `{}`, unknown},
		{"UpdateColumnStatisticsForTable", `{}`, unknown},
		{"getTable", `{}`, unknown},
	} {
		code, message := call(t, url, tt.operation, tt.in)
		if code != tt.want || message == "" {
			t.Errorf("%s %.120s\ngot  %s: %s\nwant %s", tt.operation, tt.in, code, message, tt.want)
		}
	}
}

func TestARefusalSaysWhatTheEndpointDoes(t *testing.T) {
	url := serve(t, open(t, filepath.Join(t.TempDir(), "catalog.db")))
	for operation, want := range map[string]string{
		"CreateCrawler": "ticklake crawl", "PutWorkflowRunProperties": "runs no jobs", "GetTags": "it has BatchCreatePartition, ",
	} {
		if _, message := call(t, url, operation, "{}"); !strings.Contains(message, want) || !strings.Contains(message, operation) {
			t.Errorf("%s: %s", operation, message)
		}
	}
}

func TestMinimalAnswersAreTruthful(t *testing.T) {
	url := serve(t, open(t, filepath.Join(t.TempDir(), "catalog.db")))
	market(t, client(t, url, keys))
	for operation, in := range map[string]string{
		"GetCatalogImportStatus": `{}`, "GetUserDefinedFunctions": `{"DatabaseName":"market","Pattern":"*"}`,
		"GetPartitionIndexes": `{"DatabaseName":"market","TableName":"ticks"}`, "GetDatabases": `{"ResourceShareType":"FOREIGN"}`,
	} {
		if code, message := call(t, url, operation, in); code != "" {
			t.Errorf("%s: %s %s", operation, code, message)
		}
	}
}
