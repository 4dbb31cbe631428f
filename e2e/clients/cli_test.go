package clients

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// cli runs the AWS CLI with more environment, and returns what it prints and its exit code.
func (l *lake) cli(t *testing.T, more []string, args ...string) (out, errOut string, code int) {
	t.Helper()
	cmd := exec.Command(filepath.Join(filepath.Dir(l.python), "aws"), args...)
	cmd.Dir, cmd.Env = l.Dir, append(append([]string(nil), l.env...), more...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	late := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

// aws is what a call that must succeed prints.
func (l *lake) aws(t *testing.T, args ...string) string {
	t.Helper()
	out, errOut, code := l.cli(t, nil, args...)
	if code != 0 {
		t.Fatalf("aws %s: exit code %d\n%s%s", strings.Join(args, " "), code, out, errOut)
	}
	return out
}

// value reads what a call prints as JSON.
func value[T any](t *testing.T, out string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return v
}

// commandLine tries the AWS CLI.
func (l *lake) commandLine(t *testing.T) {
	for name, test := range map[string]func(*testing.T){"s3": l.cliS3, "glue and sts": l.cliGlue, "athena": l.cliAthena, "refusals": l.cliRefusals} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // a call takes the CLI longer than it takes us
			test(t)
		})
	}
}

func (l *lake) cliS3(t *testing.T) {
	bucket := l.server.Ready.Bucket
	want := "                           PRE _ticklake/\n                           PRE curated/\n                           PRE dead/\n                           PRE raw/\n                           PRE results/\n"
	if diff := cmp.Diff(want, l.aws(t, "s3", "ls", "s3://"+bucket+"/")); diff != "" {
		t.Error(diff)
	}
	keys := strings.Fields(l.aws(t, "s3api", "list-objects-v2", "--bucket", bucket, "--prefix", "curated/ticks/dt=2024-05-14/", "--query", "Contents[].Key", "--output", "text"))
	if len(keys) == 0 {
		t.Fatal("no object")
	}
	type head struct {
		ContentLength int
		ETag          string
		Metadata      map[string]string
	}
	h := value[head](t, l.aws(t, "s3api", "head-object", "--bucket", bucket, "--key", keys[0]))
	for _, name := range []string{"cut", "rows", "crc32c"} {
		if h.Metadata[name] == "" {
			t.Errorf("no %s in %v", name, h.Metadata)
		}
	}
	l.aws(t, "s3", "cp", "s3://"+bucket+"/"+keys[0], "whole")
	l.aws(t, "s3api", "get-object", "--bucket", bucket, "--key", keys[0], "--range", "bytes=4-19", "part")
	whole, err := os.ReadFile(filepath.Join(l.Dir, "whole"))
	if err != nil {
		t.Fatal(err)
	}
	part, err := os.ReadFile(filepath.Join(l.Dir, "part"))
	if err != nil || len(whole) != h.ContentLength || string(whole[:4]) != "PAR1" || !bytes.Equal(part, whole[4:20]) {
		t.Errorf("%v: %d bytes, %d in the head, range %x", err, len(whole), h.ContentLength, part)
	}
	l.Write("aws.config", "[default]\ns3 =\n  signature_version = s3v4\n")
	url, errOut, code := l.cli(t, []string{"AWS_CONFIG_FILE=" + filepath.Join(l.Dir, "aws.config")}, "s3", "presign", "s3://"+bucket+"/"+keys[0])
	if code != 0 {
		t.Fatal(errOut)
	}
	if got := fetch(t, strings.TrimSpace(url)); !bytes.Equal(got, whole) {
		t.Errorf("the presigned URL has %d bytes", len(got))
	}
	l.Write("note.txt", "a note")
	l.aws(t, "s3", "cp", "note.txt", "s3://"+bucket+"/notes/a.txt")
	if got := l.aws(t, "s3", "cp", "s3://"+bucket+"/notes/a.txt", "-"); got != "a note" {
		t.Errorf("%q", got)
	}
	l.aws(t, "s3", "rm", "--recursive", "s3://"+bucket+"/notes/")
}

func fetch(t *testing.T, url string) []byte {
	t.Helper()
	r, err := http.Get(url) //nolint:noctx // a URL that the CLI has printed
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%v: %s\n%s", err, r.Status, body)
	}
	return body
}

func (l *lake) cliGlue(t *testing.T) {
	database := l.server.Ready.Database
	if got := l.aws(t, "glue", "get-tables", "--database-name", database, "--query", "TableList[].Name", "--output", "text"); got != "dead_ticks\traw_ticks\tticks\n" {
		t.Errorf("%q", got)
	}
	if got := l.aws(t, "glue", "get-table", "--database-name", database, "--name", "ticks", "--query", "Table.StorageDescriptor.Columns[3].Type", "--output", "text"); got != "decimal(18,9)\n" {
		t.Errorf("%q", got)
	}
	got := l.aws(t, "glue", "get-partitions", "--database-name", database, "--table-name", "ticks", "--expression", "dt > '2024-05-15'", "--query", "Partitions[].Values[0]", "--output", "text")
	if got != "2024-05-16\t2024-05-17\n" {
		t.Errorf("%q", got)
	}
	who := value[map[string]string](t, l.aws(t, "sts", "get-caller-identity"))
	if who["Account"] != "000000000000" || who["UserId"] != l.server.Ready.AccessKeyID {
		t.Error(who)
	}
}

// ended waits for a query's end.
func (l *lake) ended(t *testing.T, id string) (state, reason, location string) {
	t.Helper()
	for range 100 {
		out := l.aws(t, "athena", "get-query-execution", "--query-execution-id", id, "--query", "QueryExecution.[Status.State, Status.StateChangeReason, ResultConfiguration.OutputLocation]")
		q := value[[]*string](t, out)
		if *q[0] == "QUEUED" || *q[0] == "RUNNING" {
			continue
		}
		if q[1] != nil {
			reason = *q[1]
		}
		return *q[0], reason, *q[2]
	}
	t.Fatal("the query does not end")
	return "", "", ""
}

func (l *lake) cliAthena(t *testing.T) {
	start := func(sql string, more ...string) string {
		t.Helper()
		args := append([]string{"athena", "start-query-execution", "--query-string", sql, "--query-execution-context", "Database=" + l.server.Ready.Database, "--query", "QueryExecutionId", "--output", "text"}, more...)
		return strings.TrimSpace(l.aws(t, args...))
	}
	id := start("SELECT sequence, symbol FROM ticks ORDER BY timestamp_ns")
	state, reason, location := l.ended(t, id)
	if state != "SUCCEEDED" {
		t.Fatal(state, reason)
	}
	type page struct {
		ResultSet struct {
			Rows []struct {
				Data []struct{ VarCharValue string }
			}
		}
		NextToken string
	}
	// The CLI fetches all pages of a thousand rows.
	whole := value[page](t, l.aws(t, "athena", "get-query-results", "--query-execution-id", id, "--page-size", "1000"))
	if n := len(whole.ResultSet.Rows); n != rows+1 || whole.ResultSet.Rows[0].Data[1].VarCharValue != "symbol" || whole.ResultSet.Rows[3].Data[1].VarCharValue != "東証" {
		t.Errorf("%d rows, the first ones %v", n, whole.ResultSet.Rows[:min(n, 4)])
	}
	first := value[page](t, l.aws(t, "athena", "get-query-results", "--query-execution-id", id, "--no-paginate", "--max-results", "3"))
	next := value[page](t, l.aws(t, "athena", "get-query-results", "--query-execution-id", id, "--no-paginate", "--max-results", "2", "--next-token", first.NextToken))
	if diff := cmp.Diff(whole.ResultSet.Rows[3:5], next.ResultSet.Rows); diff != "" {
		t.Error(diff)
	}
	lines, err := csv.NewReader(strings.NewReader(l.aws(t, "s3", "cp", location, "-"))).ReadAll()
	if err != nil || len(lines) != rows+1 {
		t.Fatal(len(lines), err)
	}
	for i, line := range lines {
		if row := whole.ResultSet.Rows[i].Data; row[0].VarCharValue != line[0] || row[1].VarCharValue != line[1] {
			t.Fatalf("row %d is %v in the page and %v in S3", i, row, line)
		}
	}
	id = start("SELECT count(*) FROM ticks WHERE symbol = ?", "--execution-parameters", "'AAPL'")
	if state, reason, _ := l.ended(t, id); state != "SUCCEEDED" {
		t.Error(state, reason)
	}
	if got := value[page](t, l.aws(t, "athena", "get-query-results", "--query-execution-id", id)); got.ResultSet.Rows[1].Data[0].VarCharValue != "625" {
		t.Error(got)
	}
	id = start("SELECT pirce FROM ticks")
	if state, reason, _ := l.ended(t, id); state != "FAILED" || reason != "COLUMN_NOT_FOUND: line 1:8: Column 'pirce' cannot be resolved (hint: did you mean price?)" {
		t.Error(state, reason)
	}
}

func (l *lake) cliRefusals(t *testing.T) {
	wrong := []string{"AWS_SECRET_ACCESS_KEY=wrong"}
	unknown := []string{"AWS_ACCESS_KEY_ID=AKIANOBODY"}
	bucket := "s3://" + l.server.Ready.Bucket
	for _, tt := range []struct {
		name string
		env  []string
		args []string
		want string
	}{
		{"what is no SQL", nil, []string{"athena", "start-query-execution", "--query-string", "SELEC 1"}, "(InvalidRequestException) when calling the StartQueryExecution operation: line 1:1: mismatched input 'SELEC'"},
		{"S3, a wrong secret", wrong, []string{"s3", "ls", bucket}, "(SignatureDoesNotMatch)"},
		{"Glue, a wrong secret", wrong, []string{"glue", "get-databases"}, "(InvalidSignatureException)"},
		{"Athena, a wrong secret", wrong, []string{"athena", "list-work-groups"}, "(InvalidSignatureException)"},
		{"STS, a wrong secret", wrong, []string{"sts", "get-caller-identity"}, "(SignatureDoesNotMatch)"},
		{"S3, an unknown key", unknown, []string{"s3", "ls", bucket}, "(InvalidAccessKeyId)"},
		{"Athena, an unknown key", unknown, []string{"athena", "list-work-groups"}, "(UnrecognizedClientException)"},
		{"a bucket that is not there", nil, []string{"s3", "ls", "s3://no-such-bucket"}, "(NoSuchBucket)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out, errOut, code := l.cli(t, tt.env, tt.args...)
			if code == 0 || !strings.Contains(errOut, tt.want) {
				t.Errorf("exit code %d\n%s%s", code, out, errOut)
			}
		})
	}
}
