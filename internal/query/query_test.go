package query

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"ticklake/internal/local/athena"
	"ticklake/internal/local/athena/execution"
	"ticklake/internal/local/athena/trino"
	"ticklake/internal/objects"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// engine answers "SELECT n" with n rows of a number and NULL, "DESCRIBE …" with lines, "FAIL" with a fault, and runs
// "WAIT" until it is stopped.
type engine struct{ stopped chan struct{} }

// Inspect tells nothing before a statement runs.
func (e *engine) Inspect(execution.Statement) (execution.Kind, string, error) { return "", "", nil }

func (e *engine) Query(ctx context.Context, _ trino.Catalog, st execution.Statement) (execution.Answer, error) {
	verb, rest, _ := strings.Cut(st.SQL, " ")
	switch verb {
	case "FAIL":
		return nil, &trino.Error{Name: "COLUMN_NOT_FOUND", Line: 2, Column: 17, Message: "Column 'x' cannot be resolved", Hint: "there is y"}
	case "WAIT":
		<-ctx.Done()
		close(e.stopped)
		return nil, ctx.Err()
	case "DESCRIBE":
		a := answer{kind: execution.Utility, columns: []execution.Column{{Name: "col_name", Type: "string"}, {Name: "data_type", Type: "string"}, {Name: "comment", Type: "string"}}}
		a.next, a.stop = iter.Pull(func(yield func([]*string) bool) {
			yield([]*string{text("price"), text("decimal"), text("what\tit costs")})
		})
		return a, nil
	}
	n, err := strconv.Atoi(rest)
	if err != nil {
		return nil, err
	}
	a := answer{kind: execution.DML, columns: []execution.Column{{Name: "n", Type: "bigint", Precision: 19}, {Name: "_col1", Type: "decimal", Precision: 18, Scale: 9}}}
	a.next, a.stop = iter.Pull(func(yield func([]*string) bool) {
		for i := range n {
			if !yield([]*string{text(strconv.Itoa(i)), nil}) {
				return
			}
		}
	})
	return a, nil
}

type answer struct {
	kind    execution.Kind
	columns []execution.Column
	next    func() ([]*string, bool)
	stop    func()
}

func (a answer) Kind() execution.Kind        { return a.kind }
func (a answer) Verb() string                { return "VERB" }
func (a answer) Columns() []execution.Column { return a.columns }
func (a answer) Err() error                  { return nil }
func (a answer) Work() execution.Work        { return execution.Work{BytesScanned: 123_456_789} }

func (a answer) Next() []*string {
	row, _ := a.next()
	return row
}

func (a answer) Close() error {
	a.stop()
	return nil
}

func text(s string) *string { return &s }

type catalog struct{ athena.Catalog }

// newClient is a client of an embedded Athena that runs on the engine.
func newClient(t *testing.T, e *engine, change func(*Config)) *Client {
	t.Helper()
	server, err := athena.Open(t.Context(), athena.Config{
		Listen: "127.0.0.1:0", AccessKeyID: "AKID", SecretAccessKey: "secret", Catalog: catalog{}, Engine: e,
		Results: execution.InBucket("lake", objects.Memory()), OutputLocation: "s3://lake/results/", StateDir: filepath.Join(t.TempDir(), "athena"),
	})
	if err != nil {
		t.Fatal(err)
	}
	config := Config{
		AWS:      aws.Config{Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("AKID", "secret", "")},
		Endpoint: server.Endpoint(), Database: "market",
	}
	if change != nil {
		change(&config)
	}
	c, err := Open(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(c.Close(), server.Close()); err != nil {
			t.Error(err)
		}
	})
	return c
}

func TestAResultIsTypedAndReadPageByPage(t *testing.T) {
	c := newClient(t, &engine{}, nil)
	r, err := c.Run(t.Context(), "SELECT 2500")
	if err != nil {
		t.Fatal(err)
	}
	want := []Column{{Name: "n", Type: "bigint", Precision: 19}, {Name: "_col1", Type: "decimal", Precision: 18, Scale: 9}}
	if diff := cmp.Diff(want, r.Columns); diff != "" {
		t.Error(diff)
	}
	for range 2 { // it may be read again
		n := 0
		for row, err := range r.Rows(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if *row[0] != strconv.Itoa(n) || row[1] != nil {
				t.Fatalf("row %d: %v", n, row)
			}
			n++
		}
		if n != 2500 {
			t.Errorf("%d rows", n)
		}
	}
	for _, err := range r.Rows(t.Context()) {
		if err != nil {
			t.Error(err)
		}
		break // leaving early does no harm
	}
	s := r.Stats
	if s.QueryID == "" || s.BytesScanned != 123_456_789 || s.Output != "s3://lake/results/"+s.QueryID+".csv" || s.Elapsed <= 0 {
		t.Errorf("%+v", s)
	}
	if got, want := s.Price(), 124*5e-6; math.Abs(got-want) > 1e-12 {
		t.Errorf("price %v, want %v", got, want)
	}
}

func TestNoRowsIsNoHeader(t *testing.T) {
	c := newClient(t, &engine{}, nil)
	r, err := c.Run(t.Context(), "SELECT 0")
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range r.Rows(t.Context()) {
		t.Errorf("%v %v", row, err)
	}
}

func TestDESCRIBEIsSplitIntoItsColumns(t *testing.T) {
	c := newClient(t, &engine{}, nil)
	r, err := c.Run(t.Context(), "DESCRIBE ticks")
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range r.Rows(t.Context()) {
		if diff := cmp.Diff(Row{text("price"), text("decimal"), text("what\tit costs")}, row); diff != "" || err != nil {
			t.Error(err, diff)
		}
	}
	if r.Stats.Price() != 0 {
		t.Error("DESCRIBE is free")
	}
}

func TestAFaultIsTypedWithItsPosition(t *testing.T) {
	c := newClient(t, &engine{}, nil)
	_, err := c.Run(t.Context(), "FAIL")
	var got *Error
	if !errors.As(err, &got) {
		t.Fatal(err)
	}
	want := &Error{
		ID: got.ID, State: "FAILED", Reason: "COLUMN_NOT_FOUND: line 2:17: Column 'x' cannot be resolved (hint: there is y)",
		Name: "COLUMN_NOT_FOUND", Line: 2, Column: 17, Message: "Column 'x' cannot be resolved", Hint: "there is y",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReasonsOfOtherFormsAreKept(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want Error
	}{
		{"HIVE_BAD_DATA: no line here", Error{Name: "HIVE_BAD_DATA", Message: "no line here"}},
		{"something else", Error{Message: "something else"}},
		{"", Error{}},
		{"SYNTAX_ERROR: line 99999999999:1: x", Error{Name: "SYNTAX_ERROR", Message: "line 99999999999:1: x"}},
		{"X1: two\nlines (hint: a (b))", Error{Name: "X1", Message: "two\nlines", Hint: "a (b)"}},
	} {
		tt.want.State, tt.want.Reason = "FAILED", tt.in
		if diff := cmp.Diff(&tt.want, newError("", "FAILED", tt.in)); diff != "" {
			t.Error(tt.in, diff)
		}
	}
}

func TestLeavingStopsTheStatement(t *testing.T) {
	e := &engine{stopped: make(chan struct{})}
	c := newClient(t, e, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := c.Run(ctx, "WAIT")
	var stopped *StoppedError
	if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &stopped) || stopped.Err != nil || stopped.Error() != "stopped, and query "+stopped.ID+" with it" {
		t.Error(err)
	}
	select {
	case <-e.stopped:
	case <-time.After(30 * time.Second):
		t.Error("it runs on")
	}
}

// lateReply lets the request for a start arrive and loses its reply until the context ends.
type lateReply struct {
	http.RoundTripper
	leave context.CancelFunc
}

func (l *lateReply) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l.RoundTripper.RoundTrip(r)
	if err == nil && strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".StartQueryExecution") && l.leave != nil {
		l.leave()
		l.leave = nil
		return nil, errors.Join(errors.New("reply lost"), resp.Body.Close())
	}
	return resp, err
}

func TestLeavingBeforeTheIdIsKnownStopsTheStatement(t *testing.T) {
	e := &engine{stopped: make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := newClient(t, e, func(config *Config) {
		config.AWS.HTTPClient = &http.Client{Transport: &lateReply{&http.Transport{DisableKeepAlives: true}, cancel}}
	})
	_, err := c.Run(ctx, "WAIT")
	var stopped *StoppedError
	if !errors.Is(err, context.Canceled) || !errors.As(err, &stopped) || stopped.ID == "" || stopped.Err != nil {
		t.Error(err)
	}
	// It may have been stopped before the engine had it: whoever asks is told.
	ended, leave := context.WithTimeout(t.Context(), 30*time.Second)
	defer leave()
	var end *Error
	if _, err := c.wait(ended, stopped.ID); !errors.As(err, &end) || end.State != "CANCELLED" {
		t.Errorf("it runs on: %v", err)
	}
}

// deaf does not deliver the request for a stop.
type deaf struct{ http.RoundTripper }

func (d deaf) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".StopQueryExecution") {
		return nil, errors.New("nobody listens")
	}
	return d.RoundTripper.RoundTrip(r)
}

func TestAQueryThatCannotBeStoppedIsSaidToGoOn(t *testing.T) {
	e := &engine{stopped: make(chan struct{})}
	c := newClient(t, e, func(config *Config) {
		config.AWS.HTTPClient = &http.Client{Transport: deaf{&http.Transport{DisableKeepAlives: true}}}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := c.Run(ctx, "WAIT")
	var stopped *StoppedError
	if !errors.As(err, &stopped) || stopped.Err == nil || !strings.HasPrefix(stopped.Error(), "stopped, but query "+stopped.ID+" goes on: ") {
		t.Error(err)
	}
}

func TestWhatGoesWrongOnTheWayIsSaidInOneLine(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"nobody there", func(c *Config) { c.Endpoint = "http://127.0.0.1:1" }, "start query: Athena at http://127.0.0.1:1 does not answer: connection refused"},
		{"another secret", func(c *Config) {
			c.AWS.Credentials = credentials.NewStaticCredentialsProvider("AKID", "other", "")
		}, "InvalidSignatureException"},
		{"another work group", func(c *Config) { c.WorkGroup = "x" }, "InvalidRequestException: WorkGroup x is not found. hint: there is one, primary"},
		{"another bucket", func(c *Config) { c.OutputLocation = "s3://other/" }, "bucket \"other\" is not here"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newClient(t, &engine{}, tt.change)
			_, err := c.Run(t.Context(), "SELECT 1")
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Error(err)
			}
		})
	}
}

func TestThePriceListIsFollowed(t *testing.T) {
	for bytes, want := range map[int64]float64{0: 0.00005, 10_000_000: 0.00005, 10_000_001: 0.000055, 1e12: 5} {
		got := Stats{BytesScanned: bytes, charged: true}.Price()
		if fmt.Sprintf("%.9f", got) != fmt.Sprintf("%.9f", want) {
			t.Errorf("%d bytes: %v, want %v", bytes, got, want)
		}
	}
}

func TestAnEndpointMustBeAURL(t *testing.T) {
	if _, err := Open(Config{Endpoint: "127.0.0.1:8603"}); err == nil {
		t.Error("accepted")
	}
}
