package athena

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awsathena "github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"
	"github.com/aws/smithy-go"
	"go.uber.org/goleak"

	"ticklake/internal/local/athena/execution"
	"ticklake/internal/local/athena/trino"
	"ticklake/internal/objects"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memoryCatalog has one database.
type memoryCatalog struct {
	database   string
	tables     []Table
	partitions map[string][]Partition
	err        error
}

func (c *memoryCatalog) Databases(context.Context) ([]Database, error) {
	return []Database{{Name: c.database, Description: "prices", Parameters: map[string]string{"k": "v"}}}, c.err
}

func (c *memoryCatalog) Tables(_ context.Context, database string) ([]string, error) {
	if database != c.database {
		return nil, ErrNotFound
	}
	var names []string
	for _, t := range c.tables {
		names = append(names, t.Name)
	}
	return names, c.err
}

func (c *memoryCatalog) Table(_ context.Context, database, name string) (Table, error) {
	for _, t := range c.tables {
		if database == c.database && t.Name == name {
			return t, c.err
		}
	}
	return Table{}, ErrNotFound
}

func (c *memoryCatalog) Partitions(_ context.Context, _, table string) ([]Partition, error) {
	return c.partitions[table], c.err
}

func (c *memoryCatalog) CreateTable(context.Context, string, Table) error { return c.err }

// fakeEngine answers a few statements: "SELECT n" has n rows, "SELECT null" one NULL, "SHOW …" two lines, "FAIL" a
// fault, "WAIT" runs until it is stopped, "CATALOG" asks for the table ticks.
type fakeEngine struct{}

func (fakeEngine) Query(ctx context.Context, catalog trino.Catalog, st execution.Statement) (execution.Answer, error) {
	verb, rest, _ := strings.Cut(st.SQL, " ")
	switch verb {
	case "FAIL":
		return nil, &trino.Error{Name: "SYNTAX_ERROR", Line: 1, Column: 1, Message: "mismatched input 'FAIL'", Hint: "begin with SELECT"}
	case "WAIT":
		<-ctx.Done()
		return nil, ctx.Err()
	case "CATALOG":
		t, err := catalog.Table(ctx, st.Database, rest)
		if err != nil {
			return nil, err
		}
		return &answer{kind: execution.DML, values: []*string{&t.Location}}, nil
	case "SHOW":
		a, b := "quotes", "ticks"
		return &answer{kind: execution.Utility, values: []*string{&a, &b}}, nil
	}
	a := &answer{kind: execution.DML}
	if rest == "null" {
		a.values = []*string{nil}
		return a, nil
	}
	n, err := strconv.Atoi(rest)
	if err != nil {
		return nil, err
	}
	for i := range n {
		v := strconv.Itoa(i)
		a.values = append(a.values, &v)
	}
	return a, nil
}

func (fakeEngine) Inspect(st execution.Statement) (execution.Kind, string, error) {
	if st.SQL == "NOSQL" {
		return "", "", &trino.Error{Name: trino.SyntaxError, Line: 1, Column: 1, Message: "mismatched input 'NOSQL'", Hint: "begin with SELECT"}
	}
	return "", "", nil
}

// answer has one column.
type answer struct {
	kind   execution.Kind
	values []*string
}

func (a *answer) Kind() execution.Kind { return a.kind }
func (a *answer) Err() error           { return nil }
func (a *answer) Close() error         { return nil }
func (a *answer) Work() execution.Work {
	return execution.Work{BytesScanned: 1 << 30, Planning: time.Millisecond}
}

func (a *answer) Verb() string {
	if a.kind == execution.Utility {
		return "SHOW_TABLES"
	}
	return "SELECT"
}

func (a *answer) Columns() []execution.Column {
	if a.kind == execution.Utility {
		return []execution.Column{{Name: "tab_name", Type: "string"}}
	}
	return []execution.Column{{Name: "n", Type: "decimal", Precision: 18, Scale: 9}}
}

func (a *answer) Next() []*string {
	if len(a.values) == 0 {
		return nil
	}
	v := a.values[0]
	a.values = a.values[1:]
	return []*string{v}
}

// endpoint is a server and a client of AWS's own for it.
type endpoint struct {
	*awsathena.Client
	t      *testing.T
	server *Server
	config Config
	store  objects.Store
}

func newEndpoint(t *testing.T, change func(*Config)) *endpoint {
	t.Helper()
	e := &endpoint{t: t, store: objects.Memory()}
	e.config = Config{
		Listen: "127.0.0.1:0", AccessKeyID: "AKID", SecretAccessKey: "secret", AccountID: "123456789012",
		Catalog: &memoryCatalog{database: "market"}, Engine: fakeEngine{}, Results: execution.InBucket("lake", e.store),
		OutputLocation: "s3://lake/results", StateDir: filepath.Join(t.TempDir(), "athena"),
	}
	if change != nil {
		change(&e.config)
	}
	e.open()
	t.Cleanup(func() { e.close() })
	return e
}

func (e *endpoint) open() {
	e.t.Helper()
	var err error
	if e.server, err = Open(e.t.Context(), e.config); err != nil {
		e.t.Fatal(err)
	}
	e.Client = e.client("AKID", "secret")
}

func (e *endpoint) close() {
	e.t.Helper()
	if err := errors.Join(e.server.Close(), e.server.Close()); err != nil {
		e.t.Error(err)
	}
}

// client does not repeat requests and keeps no connections.
func (e *endpoint) client(id, secret string) *awsathena.Client {
	return awsathena.New(awsathena.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(e.server.Endpoint()), Retryer: aws.NopRetryer{},
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""), HTTPClient: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
	})
}

func (e *endpoint) start(sql string) string {
	e.t.Helper()
	out, err := e.StartQueryExecution(e.t.Context(), &awsathena.StartQueryExecutionInput{QueryString: &sql})
	if err != nil {
		e.t.Fatal(err)
	}
	return *out.QueryExecutionId
}

func (e *endpoint) until(id string, ok func(types.QueryExecutionState) bool) *types.QueryExecution {
	e.t.Helper()
	late := time.After(time.Minute)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		out, err := e.GetQueryExecution(e.t.Context(), &awsathena.GetQueryExecutionInput{QueryExecutionId: &id})
		if err != nil {
			e.t.Fatal(err)
		}
		if ok(out.QueryExecution.Status.State) {
			return out.QueryExecution
		}
		select {
		case <-tick.C:
		case <-late:
			e.t.Fatalf("after a minute it is %s", out.QueryExecution.Status.State)
		}
	}
}

func (e *endpoint) ended(id string) *types.QueryExecution {
	e.t.Helper()
	return e.until(id, func(s types.QueryExecutionState) bool {
		return s != types.QueryExecutionStateQueued && s != types.QueryExecutionStateRunning
	})
}

func (e *endpoint) run(sql string) *types.QueryExecution {
	e.t.Helper()
	return e.ended(e.start(sql))
}

// code is the exception's name.
func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	if err == nil {
		return ""
	}
	return err.Error()
}
