package execution

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ticklake/internal/local/athena/trino"
	"ticklake/internal/objects"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memoryHistory is a History without bounds.
type memoryHistory struct {
	mu   sync.Mutex
	all  map[string]Execution
	fail error // of Save
}

func newHistory() *memoryHistory { return &memoryHistory{all: make(map[string]Execution)} }

func (h *memoryHistory) Add(ctx context.Context, e Execution) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all[e.ID] = e
	return nil
}

func (h *memoryHistory) Save(_ context.Context, e Execution) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.fail != nil {
		return h.fail
	}
	h.all[e.ID] = e
	return nil
}

func (h *memoryHistory) find(ok func(Execution) bool) (found []Execution) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range h.all {
		if ok(e) {
			found = append(found, e)
		}
	}
	slices.SortFunc(found, func(a, b Execution) int { return b.Submitted.Compare(a.Submitted) })
	return found
}

func first(found []Execution) (Execution, error) {
	if len(found) == 0 {
		return Execution{}, ErrNotFound
	}
	return found[0], nil
}

func (h *memoryHistory) Get(_ context.Context, id string) (Execution, error) {
	return first(h.find(func(e Execution) bool { return e.ID == id }))
}

func (h *memoryHistory) ByToken(_ context.Context, token string) (Execution, error) {
	return first(h.find(func(e Execution) bool { return e.Token == token }))
}

func (h *memoryHistory) List(context.Context, string, Mark, int) ([]Mark, error) { return nil, nil }

func (h *memoryHistory) Unfinished(context.Context) ([]Execution, error) {
	return h.find(func(e Execution) bool { return !e.State.Final() }), nil
}

// scriptedEngine answers a statement as the test has it.
type scriptedEngine struct {
	query func(ctx context.Context, st Statement) (Answer, error)
}

func (e scriptedEngine) Query(ctx context.Context, _ trino.Catalog, st Statement) (Answer, error) {
	return e.query(ctx, st)
}

func (e scriptedEngine) Inspect(Statement) (Kind, string, error) { return "", "", nil }

// noTables makes none.
type noTables struct{}

func (noTables) CreateTable(context.Context, *Target) error { return errors.New("no tables") }

// rows is an answer that is known beforehand.
type rows struct {
	kind    Kind
	columns []Column
	rows    [][]*string
	err     error
	closed  bool
}

func (r *rows) Kind() Kind        { return r.kind }
func (r *rows) Verb() string      { return "SELECT" }
func (r *rows) Columns() []Column { return r.columns }
func (r *rows) Err() error        { return r.err }
func (r *rows) Work() Work        { return Work{BytesScanned: 42, Planning: 3 * time.Millisecond} }

func (r *rows) Next() []*string {
	if len(r.rows) == 0 {
		return nil
	}
	row := r.rows[0]
	r.rows = r.rows[1:]
	return row
}

func (r *rows) Close() error {
	if r.closed {
		return errors.New("closed twice")
	}
	r.closed = true
	return nil
}

func oneRow(values ...string) *rows {
	r := &rows{kind: DML}
	var row []*string
	for i, v := range values {
		r.columns = append(r.columns, Column{Name: string(rune('a' + i)), Type: "varchar", Precision: 1})
		row = append(row, &v)
	}
	r.rows = [][]*string{row}
	return r
}

type noCatalog struct{}

func (noCatalog) Databases(context.Context) ([]string, error)      { return nil, nil }
func (noCatalog) Tables(context.Context, string) ([]string, error) { return nil, trino.ErrNotFound }
func (noCatalog) Table(context.Context, string, string) (*trino.Table, error) {
	return nil, trino.ErrNotFound
}

func (noCatalog) Partitions(context.Context, *trino.Table) ([]trino.Partition, error) {
	return nil, nil
}

// runner is a Runner over memory whose statements the test answers.
type runner struct {
	*Runner
	t       *testing.T
	store   objects.Store
	history *memoryHistory
}

func newRunner(t *testing.T, query func(ctx context.Context, st Statement) (Answer, error), change func(*Config)) *runner {
	t.Helper()
	r := &runner{t: t, store: objects.Memory(), history: newHistory()}
	config := Config{
		Engine: scriptedEngine{query}, Catalog: noCatalog{}, Results: InBucket("lake", r.store), History: r.history,
		SpoolDir: t.TempDir(), User: "me", Tables: noTables{}, Output: "s3://lake/results/",
	}
	if change != nil {
		change(&config)
	}
	var err error
	if r.Runner, err = Open(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func (r *runner) start(sql string) string {
	r.t.Helper()
	id, err := r.Start(r.t.Context(), Request{SQL: sql, WorkGroup: "primary", Output: "s3://lake/results/"})
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

// ended waits for a statement's end.
func (r *runner) ended(id string) Execution {
	r.t.Helper()
	return r.until(id, func(e Execution) bool { return e.State.Final() })
}

func (r *runner) until(id string, ok func(Execution) bool) Execution {
	r.t.Helper()
	late := time.After(time.Minute)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		e, err := r.Get(r.t.Context(), id)
		if err != nil {
			r.t.Fatal(err)
		}
		if ok(e) {
			return e
		}
		select {
		case <-tick.C:
		case <-late:
			r.t.Fatalf("after a minute it is %s", e.State)
		}
	}
}
