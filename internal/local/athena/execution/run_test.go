package execution

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ticklake/internal/local/athena/trino"
	"ticklake/internal/objects"
)

func TestAnAnswerIsStoredAndReadBack(t *testing.T) {
	var got Statement
	r := newRunner(t, func(_ context.Context, st Statement) (Answer, error) {
		got = st
		a := oneRow(`say "hi", you`, "")
		a.rows = append(a.rows, []*string{nil, nil})
		return a, nil
	}, nil)
	id, err := r.Start(t.Context(), Request{SQL: "SELECT x ; \n", Database: "market", WorkGroup: "primary", Output: "s3://lake/results/"})
	if err != nil {
		t.Fatal(err)
	}
	e := r.ended(id)
	if diff := cmp.Diff(Statement{SQL: "SELECT x ", Database: "market", QueryID: id, User: "me", Now: e.Submitted}, got); diff != "" {
		t.Error(diff)
	}
	if e.State != Succeeded || e.Kind != DML || e.Location != "s3://lake/results/"+id+".csv" || e.Stats.BytesScanned != 42 || e.Stats.Rows != 2 || e.Stats.Planning != 3 {
		t.Errorf("%+v", e)
	}
	body, _, err := objects.ReadAll(t.Context(), r.store, "results/"+id+".csv", 1000)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("\"a\",\"b\"\n\"say \"\"hi\"\", you\",\"\"\n,\n", string(body)); diff != "" {
		t.Error(diff)
	}
	page, err := r.Page(t.Context(), e, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	a, b, say, empty := "a", "b", `say "hi", you`, ""
	if diff := cmp.Diff(Page{Rows: [][]*string{{&a, &b}, {&say, &empty}, {nil, nil}}}, page); diff != "" {
		t.Error(diff)
	}
	if _, _, err := objects.ReadAll(t.Context(), r.store, "results/"+id+".csv.metadata", 1000); err != nil {
		t.Error(err)
	}
}

func TestSHOWIsStoredAsLines(t *testing.T) {
	r := newRunner(t, func(context.Context, Statement) (Answer, error) {
		a := oneRow("price", "decimal", "a\nb")
		a.kind = Utility
		return a, nil
	}, nil)
	e := r.ended(r.start("-- what\n describe ticks"))
	if e.Kind != Utility || !e.Text() {
		t.Errorf("%+v", e)
	}
	page, err := r.Page(t.Context(), e, 0, 10)
	line := "price\tdecimal\ta b"
	if diff := cmp.Diff(Page{Rows: [][]*string{{&line}}}, page); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestFailuresAreExplainedAndOursAreHidden(t *testing.T) {
	for _, tt := range []struct {
		name, wantReason        string
		err                     error
		panics                  bool
		wantCategory, wantType  int
		wantRetryable, wantText bool
	}{
		{
			name: "the statement's fault", err: &trino.Error{Name: "COLUMN_NOT_FOUND", Line: 1, Column: 8, Message: "Column 'x' cannot be resolved", Hint: "there is y"},
			wantReason: "COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved (hint: there is y)", wantCategory: 2, wantType: 1006,
		},
		{name: "bad data", err: &trino.Error{Name: "HIVE_BAD_DATA", Message: "m"}, wantReason: "HIVE_BAD_DATA: m", wantCategory: 2, wantType: 1001},
		{name: "too much", err: &trino.Error{Name: "EXCEEDED_LOCAL_MEMORY_LIMIT", Message: "m"}, wantReason: "EXCEEDED_LOCAL_MEMORY_LIMIT: m", wantCategory: 2, wantType: 0},
		{name: "ours", err: errors.New("open /secret/path"), wantReason: "GENERIC_INTERNAL_ERROR: internal failure; the log of ticklake has the reason under this query's id", wantCategory: 1, wantType: 100},
		{name: "a panic", panics: true, wantReason: "GENERIC_INTERNAL_ERROR: internal failure; the log of ticklake has the reason under this query's id", wantCategory: 1, wantType: 100},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, late := range []bool{false, true} {
				a := oneRow("1")
				r := newRunner(t, func(context.Context, Statement) (Answer, error) {
					if tt.panics {
						panic("boom")
					}
					if late {
						a.err = tt.err
						return a, nil
					}
					return nil, tt.err
				}, nil)
				e := r.ended(r.start("SELECT 1"))
				want := Fault{tt.wantCategory, tt.wantType, tt.wantReason, tt.wantRetryable}
				if e.State != Failed || e.Reason != tt.wantReason || *e.Fault != want || e.Columns != nil {
					t.Errorf("%+v %+v", e, e.Fault)
				}
				if late && !tt.panics && !a.closed {
					t.Error("the answer was left open")
				}
			}
		})
	}
}

func TestAResultThatCannotBeStoredIsAFailure(t *testing.T) {
	r := newRunner(t, func(context.Context, Statement) (Answer, error) { return oneRow("1"), nil }, func(c *Config) {
		c.Results = failingResults{c.Results}
	})
	e := r.ended(r.start("SELECT 1"))
	if e.State != Failed || e.Fault.Type != 401 || !e.Fault.Retryable || strings.Contains(e.Reason, "disk") {
		t.Errorf("%+v %+v", e, e.Fault)
	}
}

type failingResults struct{ Results }

func (failingResults) Put(context.Context, string, []byte) error { return errors.New("disk is full") }

// gate is an engine whose statements run until they are let go.
type gate struct {
	entered chan string
	leave   chan struct{}
}

func newGate() *gate { return &gate{entered: make(chan string, 100), leave: make(chan struct{})} }

func (g *gate) query(ctx context.Context, st Statement) (Answer, error) {
	g.entered <- st.SQL
	select {
	case <-g.leave:
		return oneRow("1"), nil
	case <-ctx.Done():
		return nil, errors.New("interrupted")
	}
}

func TestStopReachesTheEngineAndTheQueue(t *testing.T) {
	g := newGate()
	r := newRunner(t, g.query, func(c *Config) { c.MaxRunning = 1 })
	running := r.start("SELECT 1")
	<-g.entered
	waiting := r.start("SELECT 2")
	if e, err := r.Get(t.Context(), running); err != nil || e.State != Running {
		t.Errorf("%v %v", e.State, err)
	}
	if e, err := r.Get(t.Context(), waiting); err != nil || e.State != Queued {
		t.Errorf("%v %v", e.State, err)
	}
	show := r.start("SHOW TABLES") // has a place of its own
	if got := <-g.entered; got != "SHOW TABLES" {
		t.Errorf("%q", got)
	}
	for _, id := range []string{waiting, running, show} {
		if err := r.Stop(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if e := r.ended(id); e.State != Cancelled || e.Reason != "Query cancelled by user" || e.Fault != nil {
			t.Errorf("%+v", e)
		}
		if err := r.Stop(t.Context(), id); err != nil { // again: nothing happens
			t.Error(err)
		}
	}
	if err := r.Stop(t.Context(), "nobody"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

func TestWaitingIsBounded(t *testing.T) {
	g := newGate()
	r := newRunner(t, g.query, func(c *Config) { c.MaxRunning, c.MaxQueued = 1, 2 })
	var ids []string
	for i := range 3 {
		ids = append(ids, r.start(fmt.Sprint("SELECT ", i)))
	}
	if _, err := r.Start(t.Context(), Request{SQL: "SELECT 4"}); !errors.Is(err, ErrBusy) {
		t.Error(err)
	}
	close(g.leave)
	for _, id := range ids {
		if e := r.ended(id); e.State != Succeeded {
			t.Errorf("%+v", e)
		}
	}
}

func TestATokenMakesARequestTheSame(t *testing.T) {
	r := newRunner(t, func(context.Context, Statement) (Answer, error) { return oneRow("1"), nil }, nil)
	request := Request{SQL: "SELECT 1", Output: "s3://lake/results/", Token: "t"}
	one, err := r.Start(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	if two, err := r.Start(t.Context(), request); two != one || err != nil {
		t.Errorf("%s %s %v", one, two, err)
	}
	request.SQL = "SELECT 2"
	if _, err := r.Start(t.Context(), request); !errors.Is(err, ErrToken) {
		t.Error(err)
	}
}

func TestATimeoutIsAFailure(t *testing.T) {
	g := newGate()
	r := newRunner(t, g.query, func(c *Config) { c.Timeout = time.Millisecond })
	if e := r.ended(r.start("SELECT 1")); e.State != Failed || e.Fault.Type != 206 || e.Reason != "Query timeout" {
		t.Errorf("%+v", e)
	}
}

func TestWhatAnEndOfTheProcessBrokeOffFails(t *testing.T) {
	g := newGate()
	r := newRunner(t, g.query, nil)
	id := r.start("SELECT 1")
	<-g.entered
	if err := errors.Join(r.Close(), r.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Start(t.Context(), Request{SQL: "SELECT 1"}); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	killed := Execution{ID: "killed", State: Running, Submitted: time.Now()}
	if err := r.history.Add(t.Context(), killed); err != nil {
		t.Fatal(err)
	}
	again, err := Open(t.Context(), r.config)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = again.Close() }()
	for _, id := range []string{id, "killed"} {
		e, err := again.Get(t.Context(), id)
		if err != nil || e.State != Failed || !e.Fault.Retryable || e.Completed.IsZero() {
			t.Errorf("%+v %v", e, err)
		}
	}
}

func TestAnEndThatCannotBeKeptIsStillTold(t *testing.T) {
	r := newRunner(t, func(context.Context, Statement) (Answer, error) { return oneRow("1"), nil }, nil)
	r.history.fail = errors.New("disk is full")
	if e := r.ended(r.start("SELECT 1")); e.State != Succeeded {
		t.Errorf("%+v", e)
	}
}

func TestALargeResultGoesThroughAFileAndIsBounded(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	query := func(context.Context, Statement) (Answer, error) {
		a := oneRow(long)
		for range 49 {
			a.rows = append(a.rows, []*string{&long})
		}
		return a, nil
	}
	r := newRunner(t, query, nil)
	e := r.ended(r.start("SELECT 1"))
	if e.State != Succeeded || e.Stats.BytesWritten != 50*100_003+4 {
		t.Fatalf("%+v", e)
	}
	rows := 0
	pages := 0
	for offset := int64(0); ; {
		page, err := r.Page(t.Context(), e, offset, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range page.Rows {
			if v := *row[0]; v != "a" && v != long {
				t.Fatalf("%.10q", v)
			}
		}
		rows += len(page.Rows)
		pages++
		if offset = page.Next; offset == 0 {
			break
		}
	}
	if rows != 51 || pages != 2 {
		t.Errorf("%d rows on %d pages", rows, pages)
	}

	r = newRunner(t, query, func(c *Config) { c.MaxResult = 1 << 20 })
	if e := r.ended(r.start("SELECT 1")); e.State != Failed || !strings.HasPrefix(e.Reason, "EXCEEDED_RESULT_SIZE_LIMIT: ") {
		t.Errorf("%+v", e)
	}
}

func TestAChangedResultIsRefused(t *testing.T) {
	r := newRunner(t, func(context.Context, Statement) (Answer, error) { return oneRow("1"), nil }, nil)
	e := r.ended(r.start("SELECT 1"))
	key := "results/" + e.ID + ".csv"
	for _, body := range []string{"", "\"a\"", "\"a\n\"1\"\n", "a\n1\nxx", `""""""""`} {
		if err := errors.Join(r.store.Delete(t.Context(), key), r.store.Create(t.Context(), key, []byte(body), nil)); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Page(t.Context(), e, 0, 10); !errors.Is(err, ErrForeign) && !errors.Is(err, ErrNoResult) {
			t.Errorf("%q: %v", body, err)
		}
	}
	if err := r.store.Delete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Page(t.Context(), e, 0, 10); !errors.Is(err, ErrNoResult) {
		t.Error(err)
	}
}
