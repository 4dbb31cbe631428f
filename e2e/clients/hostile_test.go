package clients

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	gluetypes "github.com/aws/aws-sdk-go-v2/service/glue/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"ticklake/e2e/program"
	"ticklake/internal/awsclient"
)

// target is a running `up` that is attacked by SQL.
type target struct {
	*program.Place
	server *program.Server
	athena *athena.Client
	s3     *s3.Client
	glue   *glue.Client
}

func newTarget(t *testing.T) *target {
	t.Helper()
	a := &target{Place: program.New(t)}
	a.Write("ticks.csv", dataset())
	a.server = a.Up("--dataset", "ticks.csv", "--granularity", "day", "--max-idle", "200ms")
	r := a.server.Ready
	keys := credentials.NewStaticCredentialsProvider(r.AccessKeyID, r.SecretAccessKey, "")
	client, release := awsclient.New(time.Minute)
	t.Cleanup(release)
	a.athena = athena.New(athena.Options{Region: r.Region, BaseEndpoint: &r.Athena, Credentials: keys, HTTPClient: client, Retryer: aws.NopRetryer{}})
	a.glue = glue.New(glue.Options{Region: r.Region, BaseEndpoint: &r.Glue, Credentials: keys, HTTPClient: client})
	a.s3 = s3.New(s3.Options{Region: r.Region, BaseEndpoint: &r.S3, Credentials: keys, HTTPClient: client, UsePathStyle: true})
	program.Eventually(t, "every tick can be queried", func() bool {
		return a.Run("query", "-o", "csv", "SELECT count(*) AS n FROM ticks").Out == fmt.Sprintf("n\n%d\n", rows)
	})
	return a
}

// start asks for a statement; refusal is what the service says at once.
func (a *target) start(sql string) (id, refusal string) {
	a.T.Helper()
	out, err := a.athena.StartQueryExecution(a.T.Context(), &athena.StartQueryExecutionInput{QueryString: &sql, QueryExecutionContext: &types.QueryExecutionContext{Database: aws.String("market")}})
	var api smithy.APIError
	if errors.As(err, &api) {
		return "", api.ErrorCode() + ": " + api.ErrorMessage()
	}
	if err != nil {
		a.T.Fatal(err)
	}
	return *out.QueryExecutionId, ""
}

// ended waits for a statement's end, for so long.
func (a *target) ended(id string, within time.Duration) *types.QueryExecutionStatus {
	a.T.Helper()
	ctx, cancel := context.WithTimeout(a.T.Context(), within)
	defer cancel()
	for {
		out, err := a.athena.GetQueryExecution(ctx, &athena.GetQueryExecutionInput{QueryExecutionId: &id})
		if err != nil {
			a.T.Fatalf("query %s does not end: %v", id, err)
		}
		if s := out.QueryExecution.Status; s.State != types.QueryExecutionStateQueued && s.State != types.QueryExecutionStateRunning {
			return s
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

// said is all that a client learns of a statement's end.
func (a *target) said(sql string) string {
	a.T.Helper()
	id, refusal := a.start(sql)
	if refusal != "" {
		return refusal
	}
	s := a.ended(id, time.Minute)
	return string(s.State) + " " + aws.ToString(s.StateChangeReason)
}

// memory is what the program and the processes that it started have in memory, in bytes.
func (a *target) memory() (total int64) {
	a.T.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		a.T.Fatal(err)
	}
	for _, stat := range stats {
		b, err := os.ReadFile(stat)
		if err != nil {
			continue // it has ended
		}
		// After the name, which may hold anything: state, parent, …, the 24th field is the resident pages.
		fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
		pid, parent := strings.TrimSuffix(strings.TrimPrefix(stat, "/proc/"), "/stat"), fields[1]
		if own := strconv.Itoa(a.server.Cmd.Process.Pid); pid != own && parent != own {
			continue
		}
		pages, err := strconv.ParseInt(fields[21], 10, 64)
		if err != nil {
			a.T.Fatal(err)
		}
		total += pages * int64(os.Getpagesize())
	}
	return total
}

// quiet checks that a message tells nothing of the machine.
func (a *target) quiet(message string) {
	a.T.Helper()
	for _, secret := range []string{a.Dir, a.server.Ready.DataDir, "/tmp", "/proc", "/root", "/home", "/buckets", "/spill", "goroutine", ".go:", "sql-worker"} {
		if strings.Contains(message, secret) {
			a.T.Errorf("it tells %q: %s", secret, message)
		}
	}
}

const (
	numbers = "UNNEST(sequence(1, 10000)) "
	endless = "SELECT count(*) FROM " + numbers + "a(x) CROSS JOIN " + numbers + "b(y) CROSS JOIN " + numbers + "c(z) WHERE sqrt(x) + sqrt(y) > sqrt(z)"
)

func TestHostileSQL(t *testing.T) {
	a := newTarget(t)
	before := a.memory()
	for _, tt := range []struct{ name, sql, want string }{
		{"a NUL", "SELECT 'a\x00b'", "InvalidRequestException: line 1:10: the statement contains a NUL character"},
		{"what is no UTF-8", "SELECT '\xff'", ""},
		{"10 MB", "SELECT '" + strings.Repeat("x", 10_000_000) + "'", "RequestEntityTooLargeException: the body is larger than"},
		{"a byte too many", "SELECT '" + strings.Repeat("x", 262_144) + "'", "InvalidRequestException: QueryString has 262153 bytes, at most 262144 are allowed"},
		{"as long as may be", "SELECT '" + strings.Repeat("x", 262_000) + "'", "SUCCEEDED"},
		{"10,000 parentheses", "SELECT " + strings.Repeat("(", 10_000) + "1" + strings.Repeat(")", 10_000), "FAILED NOT_SUPPORTED: line 1:106: a statement nested deeper than 200 levels is not supported"},
		{"10,000 subqueries", strings.Repeat("SELECT * FROM (", 10_000) + "SELECT 1" + strings.Repeat(")", 10_000), "FAILED NOT_SUPPORTED: line 1:601: a statement nested deeper than 200 levels is not supported"},
		{"10,000 signs", "SELECT " + strings.Repeat("- ", 10_000) + "1", "FAILED NOT_SUPPORTED"},
		{"100,000 parts of a name", "SELECT 1 FROM " + strings.Repeat("a.", 100_000) + "a", "FAILED NOT_SUPPORTED: line 1:60012: a statement of more than 60000 tokens is not supported"},
		{"quotes", `SELECT "` + strings.Repeat(`"`, 200_000) + `"`, "FAILED NOT_SUPPORTED: line 1:8: a name of more than 1024 bytes is not supported"},
		{"a path for a table", `SELECT * FROM "../../../etc/passwd"`, "FAILED TABLE_NOT_FOUND"},
		{"a path for a database", `SELECT * FROM "/etc"."passwd"`, "FAILED SCHEMA_NOT_FOUND"},
		{"a pattern for a table", `SELECT * FROM "*.parquet"`, "FAILED TABLE_NOT_FOUND"},
		{"a function of files", "SELECT * FROM read_csv('/etc/passwd')", ""},
		{"a list of 50,000", "SELECT 1 WHERE 1 IN (" + strings.Repeat("1,", 50_000) + "1)", "FAILED NOT_SUPPORTED"},
		{"a list of 5,000", "SELECT count(*) FROM ticks WHERE sequence IN (" + strings.Repeat("1,", 4_999) + "1)", "SUCCEEDED"},
		{"a pattern that would go back", "SELECT regexp_like(array_join(repeat('a', 10000), '') || 'b', '^(a+)+$')", "SUCCEEDED"},
		{"a pattern of a billion", "SELECT regexp_like('a', '(((a{1,1000}){1,1000}){1,1000})')", "FAILED NOT_SUPPORTED"},
		{"a deep JSON", "SELECT json_extract('" + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + "', '$[0]')", ""},
		{"5,000 columns", "SELECT " + strings.TrimSuffix(strings.Repeat("1, ", 5_000), ", "), "SUCCEEDED"},
		{"a number of 200,000 digits", "SELECT CAST('" + strings.Repeat("9", 200_000) + "' AS decimal(38, 0))", "FAILED INVALID_CAST_ARGUMENT"},
		{"a table at a path", "CREATE TABLE x WITH (external_location = 's3://ticklake/results/../../../x/') AS SELECT 1 AS a", "FAILED INVALID_TABLE_PROPERTY"},
		{"a repeated repetition", "SELECT cardinality(flatten(repeat(repeat(repeat('x', 10000), 10000), 10000)))", "FAILED EXCEEDED_LOCAL_MEMORY_LIMIT: the statement needs more memory than one may use here: read or build less at a time"},
		{"sequences of sequences", "SELECT transform(sequence(1, 10000), x -> sequence(1, 10000))", "FAILED EXCEEDED_LOCAL_MEMORY_LIMIT"},
		{"an aggregate of a hundred million", "SELECT cardinality(array_agg(x * y)) FROM " + numbers + "a(x) CROSS JOIN " + numbers + "b(y)", "FAILED EXCEEDED_LOCAL_MEMORY_LIMIT"},
		{"a text of texts", "WITH a AS (SELECT array_join(repeat('x', 10000), '') s), b AS (SELECT array_join(repeat(s, 10000), '') s FROM a) SELECT length(array_join(repeat(s, 10000), '')) FROM b", "FAILED EXCEEDED_LOCAL_MEMORY_LIMIT"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := a.said(tt.sql)
			if !strings.HasPrefix(got, tt.want) {
				t.Errorf("%.300s", got)
			}
			a.quiet(got)
		})
	}
	t.Run("four bombs at once", func(t *testing.T) {
		var ids []string
		for range 4 {
			id, refusal := a.start("SELECT cardinality(array_agg(CAST(x AS varchar) || 'some text that is long')) FROM " + numbers + "a(x) CROSS JOIN " + numbers + "b(y)")
			if refusal != "" {
				t.Fatal(refusal)
			}
			ids = append(ids, id)
		}
		var most int64
		for _, id := range ids {
			for {
				out, err := a.athena.GetQueryExecution(t.Context(), &athena.GetQueryExecutionInput{QueryExecutionId: &id})
				if err != nil {
					t.Fatal(err)
				}
				most = max(most, a.memory())
				if s := out.QueryExecution.Status; s.CompletionDateTime != nil {
					if !strings.HasPrefix(aws.ToString(s.StateChangeReason), "EXCEEDED_LOCAL_MEMORY_LIMIT") {
						t.Error(s.State, aws.ToString(s.StateChangeReason))
					}
					break
				}
			}
		}
		t.Logf("%d MiB at most", most>>20)
		if most > before+4<<30 {
			t.Errorf("%d MiB", most>>20)
		}
	})
	t.Run("a thousand at once", func(t *testing.T) {
		var ids []string
		refused := 0
		for range 1000 {
			id, refusal := a.start(endless)
			switch {
			case id != "":
				ids = append(ids, id)
			case refusal != "TooManyRequestsException: too many queries wait. hint: wait until some have ended":
				t.Fatal(refusal)
			default:
				refused++
			}
		}
		if len(ids) < 50 || len(ids) > 200 || refused == 0 {
			t.Errorf("%d are taken, %d refused", len(ids), refused)
		}
		began := time.Now()
		for _, id := range ids {
			if _, err := a.athena.StopQueryExecution(t.Context(), &athena.StopQueryExecutionInput{QueryExecutionId: &id}); err != nil {
				t.Fatal(err)
			}
		}
		for _, id := range ids {
			if s := a.ended(id, 20*time.Second); s.State != types.QueryExecutionStateCancelled {
				t.Error(s.State, aws.ToString(s.StateChangeReason))
			}
		}
		t.Logf("%d queries are stopped after %v", len(ids), time.Since(began))
	})
	t.Run("ten thousand idle connections", func(t *testing.T) {
		var open []net.Conn
		defer func() {
			for _, c := range open {
				_ = c.Close()
			}
		}()
		quiet := a.memory()
		for range 10_000 {
			c, err := net.DialTimeout("tcp", strings.TrimPrefix(a.server.Ready.Athena, "http://"), 5*time.Second)
			if errors.Is(err, syscall.EMFILE) && len(open) >= 900 {
				t.Logf("this process may have no more than %d", len(open))
				break
			}
			if err != nil {
				t.Fatalf("after %d connections: %v", len(open), err)
			}
			open = append(open, c)
		}
		if got := a.said("SELECT 1"); got != "SUCCEEDED " {
			t.Error(got)
		}
		more := a.memory() - quiet
		t.Logf("%d MiB more", more>>20)
		if more > 256<<20 {
			t.Errorf("%d MiB more", more>>20)
		}
	})
	t.Run("it lives on", func(t *testing.T) {
		if got := a.OK("query", "-o", "csv", "SELECT count(*) AS n FROM ticks"); got != fmt.Sprintf("n\n%d\n", rows) {
			t.Error(got)
		}
		after := a.memory()
		t.Logf("%d MiB before, %d MiB after", before>>20, after>>20)
		if after > before+512<<20 {
			t.Errorf("%d MiB before, %d MiB after", before>>20, after>>20)
		}
		a.server.Kill()
		program.Eventually(t, "what it started ends with it", func() bool { return a.memory() == 0 })
	})
}

// TestFilesThatAreBrokenTellNothingOfTheMachine asks for every kind of file that cannot be read.
func TestFilesThatAreBrokenTellNothingOfTheMachine(t *testing.T) {
	a := newTarget(t)
	bucket := a.server.Ready.Bucket
	classes := map[string][3]string{
		"parquet": {"org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat", "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat", "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
		"csv":     {"org.apache.hadoop.mapred.TextInputFormat", "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat", "org.apache.hadoop.hive.serde2.OpenCSVSerde"},
		"json":    {"org.apache.hadoop.mapred.TextInputFormat", "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat", "org.openx.data.jsonserde.JsonSerDe"},
		"text":    {"org.apache.hadoop.mapred.TextInputFormat", "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat", "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"},
	}
	for i, tt := range []struct{ name, format, file, content, location, want string }{
		{"no Parquet", "parquet", "a.parquet", "this is none", "", "FAILED HIVE_CANNOT_OPEN_SPLIT"},
		{"a Parquet file without an end", "parquet", "a.parquet", "PAR1" + strings.Repeat("\x15", 100) + "\xff\xff\xff\x7fPAR1", "", "FAILED HIVE_CANNOT_OPEN_SPLIT"},
		{"no gzip", "csv", "a.csv.gz", "a,b\n", "", "FAILED HIVE_BAD_DATA"},
		{"half a gzip", "json", "a.json.gz", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "", ""},
		{"no JSON", "json", "a.json", "{\"a\": tru\n", "", "FAILED HIVE_BAD_DATA"},
		{"no UTF-8", "csv", "a.csv", "\xff\xfe,b\n", "", ""},
		{"a quotation without an end", "csv", "a.csv", "\"abc\n", "", ""},
		{"a line of 6 MB", "text", "a.csv", strings.Repeat("x", 6<<20) + "\n", "", "FAILED HIVE_BAD_DATA"},
		{"a name like a pattern", "csv", "*.csv", "a,b\n", "", "SUCCEEDED"},
		{"a name with quotes", "csv", "'; DROP TABLE x; --.csv", "a,b\n", "", "SUCCEEDED"},
		{"another bucket", "csv", "", "", "s3://other/x/", "FAILED NOT_SUPPORTED"},
		{"a path out of the bucket", "csv", "", "", "s3://ticklake/../../../../etc/", "FAILED NOT_SUPPORTED"},
		{"a folder of the machine", "csv", "", "", "file:///etc/", "FAILED NOT_SUPPORTED"},
		{"a hidden bucket", "csv", "", "", "s3://.sys/x/", "FAILED NOT_SUPPORTED"},
		{"nothing there", "csv", "", "", "s3://ticklake/nothing/", "SUCCEEDED"},
		{"an object for a folder", "csv", "a.csv", "a,b\n", "OBJECT", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			name := fmt.Sprintf("broken_%d", i)
			key := "broken/" + name + "/" + tt.file
			if tt.file != "" {
				if _, err := a.s3.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader(tt.content)}); err != nil {
					t.Fatal(err)
				}
			}
			location := tt.location
			switch location {
			case "":
				location = "s3://" + bucket + "/broken/" + name + "/"
			case "OBJECT":
				location = "s3://" + bucket + "/" + key
			}
			class := classes[tt.format]
			if _, err := a.glue.CreateTable(t.Context(), &glue.CreateTableInput{DatabaseName: aws.String("market"), TableInput: &gluetypes.TableInput{
				Name: &name, TableType: aws.String("EXTERNAL_TABLE"),
				StorageDescriptor: &gluetypes.StorageDescriptor{
					Columns:  []gluetypes.Column{{Name: aws.String("a"), Type: aws.String("string")}, {Name: aws.String("b"), Type: aws.String("string")}},
					Location: &location, InputFormat: &class[0], OutputFormat: &class[1], SerdeInfo: &gluetypes.SerDeInfo{SerializationLibrary: &class[2]},
				},
			}}); err != nil {
				t.Fatal(err)
			}
			got := a.said("SELECT * FROM " + name)
			if !strings.HasPrefix(got, tt.want) {
				t.Error(got)
			}
			a.quiet(got)
			t.Log(got)
		})
	}
}
