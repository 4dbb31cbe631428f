package duck

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"ticklake/internal/local/athena/trino"
)

// worker returns the one worker that waits.
func (l *lake) worker() *worker {
	l.t.Helper()
	p := l.engine.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) != 1 {
		l.t.Fatalf("%d workers wait", len(p.idle))
	}
	return p.idle[0]
}

func TestStatementsFollowEachOtherInOneWorker(t *testing.T) {
	l := newLakeOn(t, Config{Worker: inWorkers})
	pid := l.worker().cmd.Process.Pid
	for _, sql := range []string{"SELECT 1", "SELECT 1 / 0", "SELECT x FROM UNNEST(sequence(1, 10000)) a(x) CROSS JOIN UNNEST(sequence(1, 10)) b(y)", "SELECT DECIMAL '1.5' / DECIMAL '0.7'"} {
		_, _ = l.query(sql)
		if got := l.worker().cmd.Process.Pid; got != pid {
			t.Errorf("%s runs in another process", sql)
		}
	}
}

func TestStatementsRunSideBySideInWorkers(t *testing.T) {
	l := newLakeOn(t, Config{Worker: inWorkers})
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			for range 5 {
				if a, err := l.query("SELECT sum(x) FROM UNNEST(sequence(1, 10000)) t(x)"); err != nil || *a.rows[0][0] != "50005000" {
					t.Error(err, a.rows)
				}
			}
		})
	}
	group.Wait()
	p := l.engine.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.all); n < 1 || n > 3 || n != len(p.idle) {
		t.Errorf("%d workers, %d wait", n, len(p.idle))
	}
	p.idle[0].since = time.Now().Add(-time.Hour)
	p.mu.Unlock()
	p.trim()
	p.mu.Lock()
	if n := len(p.idle); n >= len(p.all)+1 {
		t.Errorf("%d wait", n)
	}
}

func TestAWorkersAnswerIsLeftEarly(t *testing.T) {
	l := newLakeOn(t, Config{Worker: inWorkers})
	r, err := l.engine.Query(t.Context(), l.catalog, Statement{SQL: "SELECT x, y FROM UNNEST(sequence(1, 10000)) a(x) CROSS JOIN UNNEST(sequence(1, 100)) b(y)"})
	if err != nil {
		t.Fatal(err)
	}
	if row := r.Next(); row == nil {
		t.Fatal(r.Err())
	}
	if err := errors.Join(r.Close(), r.Close()); err != nil {
		t.Error(err)
	}
	if a, err := l.query("SELECT 1"); err != nil || *a.rows[0][0] != "1" {
		t.Error(err)
	}
}

func TestAFileComesFromAWorker(t *testing.T) {
	l := newLakeOn(t, Config{Worker: inWorkers})
	r, err := l.engine.Query(t.Context(), l.catalog, Statement{SQL: "CREATE TABLE x AS SELECT x AS n, 'a' AS s FROM UNNEST(sequence(1, 10000)) t(x)", Database: "market"})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	n, err := r.WriteParquet(&b)
	if err := errors.Join(err, r.Close()); err != nil || n != 10000 {
		t.Fatal(n, err)
	}
	rows, err := parquet.Read[struct {
		N *int64  `parquet:"n,optional"`
		S *string `parquet:"s,optional"`
	}](bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil || len(rows) != 10000 || *rows[9999].N != 10000 || *rows[0].S != "a" {
		t.Error(len(rows), err)
	}
	l.worker()
	// Who does not take the file ends the statement.
	r, err = l.engine.Query(t.Context(), l.catalog, Statement{SQL: "UNLOAD (SELECT x AS n FROM UNNEST(sequence(1, 10000)) t(x)) TO 's3://lake/x/'", Database: "market"})
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("full")
	if _, err := r.WriteParquet(failingWriter{full}); !errors.Is(err, full) {
		t.Error(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

type failingWriter struct{ err error }

func (f failingWriter) Write([]byte) (int, error) { return 0, f.err }

// bombs want more memory than there is, each in its own way.
var bombs = map[string]string{
	"repeat in repeat":      "SELECT cardinality(flatten(repeat(repeat(repeat('x', 10000), 10000), 10000)))",
	"sequence in transform": "SELECT transform(sequence(1, 10000), x -> transform(sequence(1, 10000), y -> sequence(1, 10000)))",
	"a text of texts":       "WITH a AS (SELECT array_join(repeat('x', 10000), '') s), b AS (SELECT array_join(repeat(s, 10000), '') s FROM a), c AS (SELECT array_join(repeat(s, 10000), '') s FROM b) SELECT length(s) FROM c",
	"replace":               "WITH a AS (SELECT array_join(repeat('x', 10000), '') s), b AS (SELECT replace(s, 'x', s) s FROM a), c AS (SELECT replace(s, 'x', s) s FROM b) SELECT length(s) FROM c",
	"array_agg":             "SELECT cardinality(array_agg(CAST(x AS varchar) || 'some text that is long enough not to be held inline')) FROM UNNEST(sequence(1, 10000)) a(x) CROSS JOIN UNNEST(sequence(1, 10000)) b(y)",
	"array_agg in groups":   "SELECT y, array_agg(x) FROM UNNEST(sequence(1, 10000)) a(x) CROSS JOIN UNNEST(sequence(1, 10000)) b(y) GROUP BY y",
	"distinct":              "SELECT count(DISTINCT CAST(x AS varchar) || 'some text that is long enough not to be held inline' || CAST(y AS varchar)) FROM UNNEST(sequence(1, 10000)) a(x) CROSS JOIN UNNEST(sequence(1, 10000)) b(y)",
	"a table of many rows":  "SELECT x, y FROM UNNEST(sequence(1, 10000)) a(x) CROSS JOIN UNNEST(sequence(1, 10000)) b(y)",
	"a window":              "SELECT max(s) FROM (SELECT sum(x) OVER (ORDER BY y) s FROM UNNEST(sequence(1, 10000)) a(x) CROSS JOIN UNNEST(sequence(1, 10000)) b(y))",
	"rows of long texts":    "SELECT array_join(repeat('x', 10000), '') FROM UNNEST(sequence(1, 10000)) a(x) CROSS JOIN UNNEST(sequence(1, 10000)) b(y)",
}

func TestAStatementThatWantsAllMemoryEndsAlone(t *testing.T) {
	const limit = 128 << 20
	l := newLakeOn(t, Config{Worker: inWorkers, MemoryLimit: limit})
	for name, sql := range bombs {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			done := make(chan struct{})
			most := make(chan int64, 1)
			go func() { most <- l.watchMemory(done) }()
			err := l.drain(ctx, sql)
			close(done)
			if got := <-most; got > limit+workerMemory {
				t.Errorf("a worker had %d MiB", got>>20)
			}
			if f := faultOf(t, err); f.Name != "EXCEEDED_LOCAL_MEMORY_LIMIT" {
				t.Errorf("ended with %v", err)
			}
			if a, err := l.query("SELECT 1"); err != nil || *a.rows[0][0] != "1" {
				t.Error(err)
			}
		})
	}
}

// watchMemory is the most memory that a worker has until done is closed.
func (l *lake) watchMemory(done <-chan struct{}) (most int64) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return most
		case <-tick.C:
			p := l.engine.pool
			p.mu.Lock()
			for w := range p.all {
				most = max(most, w.memory())
			}
			p.mu.Unlock()
		}
	}
}

// drain runs a statement and passes over its rows.
func (l *lake) drain(ctx context.Context, sql string) error {
	r, err := l.engine.Query(ctx, l.catalog, Statement{SQL: sql, Database: "market"})
	if err != nil {
		return err
	}
	for r.Next() != nil {
	}
	return errors.Join(r.Err(), r.Close())
}

func TestCancellingEndsAStatementThatDoesNotListen(t *testing.T) {
	l := newLakeOn(t, Config{Worker: inWorkers})
	for name, sql := range map[string]string{
		"one value": "SELECT cardinality(flatten(repeat(repeat(repeat('x', 10000), 100), 100)))",
		"a join":    "SELECT count(*) FROM UNNEST(sequence(1, 10000)) a(x) CROSS JOIN UNNEST(sequence(1, 10000)) b(y) CROSS JOIN UNNEST(sequence(1, 10000)) c(z) WHERE sqrt(x) + sqrt(y) > sqrt(z)",
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			began := time.Now()
			err := l.drain(ctx, sql)
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
			if err != nil && !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
			if a, err := l.query("SELECT 1"); err != nil || *a.rows[0][0] != "1" {
				t.Error(err)
			}
		})
	}
}

func TestAWorkerThatDiesTakesNothingWithIt(t *testing.T) {
	l := newLakeOn(t, Config{Worker: inWorkers})
	// While it waits.
	if err := l.worker().cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if a, err := l.query("SELECT 1"); err == nil && *a.rows[0][0] != "1" {
		t.Error(a.rows)
	}
	// In the middle of a statement.
	r, err := l.engine.Query(t.Context(), l.catalog, Statement{SQL: "SELECT x, y FROM UNNEST(sequence(1, 10000)) a(x) CROSS JOIN UNNEST(sequence(1, 100)) b(y)"})
	if err != nil {
		t.Fatal(err)
	}
	l.engine.pool.mu.Lock()
	for w := range l.engine.pool.all {
		_ = w.cmd.Process.Signal(syscall.SIGSEGV)
	}
	l.engine.pool.mu.Unlock()
	for r.Next() != nil {
	}
	var fault *trino.Error
	if err := r.Err(); err == nil || errors.As(err, &fault) || !strings.Contains(err.Error(), "a worker ended") {
		t.Error(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if a, err := l.query("SELECT 2"); err != nil || *a.rows[0][0] != "2" {
		t.Error(err)
	}
}

func TestAWorkerSpillsIntoItsOwnFolderAndLeavesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spill")
	if err := os.MkdirAll(filepath.Join(dir, "old"), 0o700); err != nil {
		t.Fatal(err)
	}
	e, err := Open(t.Context(), Config{Worker: inWorkers, TempDir: dir, MemoryLimit: 64 << 20, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	l := &lake{t: t, engine: e, catalog: &memoryCatalog{}}
	if err := l.drain(t.Context(), "SELECT x * 10000 + y, 'some text that is long enough not to be held inline' FROM UNNEST(sequence(1, 10000)) a(x) CROSS JOIN UNNEST(sequence(1, 300)) b(y) ORDER BY 1 DESC"); err != nil {
		t.Error(err)
	}
	if names := folderNames(t, dir); !slices.Equal(names, []string{"1"}) {
		t.Error(names)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	if names := folderNames(t, dir); len(names) != 0 {
		t.Error(names)
	}
}

func folderNames(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestAnEngineWhoseWorkersDoNotBeginDoesNotOpen(t *testing.T) {
	for name, command := range map[string][]string{
		"no such program": {filepath.Join(t.TempDir(), "nowhere")},
		"one that ends":   {"/bin/sh", "-c", "echo of no use >&2; exit 3"},
		"another one":     {"/bin/sh", "-c", "echo Usage: something else"},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := Open(t.Context(), Config{Worker: func() *exec.Cmd { return exec.Command(command[0], command[1:]...) }})
			if err == nil {
				_ = e.Close()
				t.Fatal("it opens")
			}
			if name == "one that ends" && !strings.Contains(err.Error(), "of no use") {
				t.Error(err)
			}
		})
	}
}

func TestAnEngineThatIsClosedStartsNothing(t *testing.T) {
	e, err := Open(t.Context(), Config{Worker: inWorkers})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(e.Close(), e.Close()); err != nil {
		t.Error(err)
	}
	if _, err := e.Query(t.Context(), &memoryCatalog{}, Statement{SQL: "SELECT 1"}); err == nil {
		t.Error("a closed engine answers")
	}
}

func TestWorkIsForAParent(t *testing.T) {
	for name, in := range map[string]string{"nothing": "", "a job": "J\x00\x00\x00\x02{}", "no JSON": "H\x00\x00\x00\x01{", "a huge frame": "H\xff\xff\xff\xff"} {
		if code := Work(strings.NewReader(in), &bytes.Buffer{}); code != 2 {
			t.Errorf("%s: exit code %d", name, code)
		}
	}
}

// What a process of its own costs a statement, a row, and to begin with.
func BenchmarkWorkers(b *testing.B) {
	for name, cfg := range map[string]Config{"here": {}, "in a worker": {Worker: inWorkers}} {
		l := newLakeOn(b, cfg)
		b.Run("SELECT 1 "+name, func(b *testing.B) {
			for b.Loop() {
				if err := l.drain(b.Context(), "SELECT 1"); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("a million rows "+name, func(b *testing.B) {
			for b.Loop() {
				if err := l.drain(b.Context(), "SELECT x * 100 + y, CAST(x AS decimal(18,9)), 'text' FROM UNNEST(sequence(1, 10000)) a(x) CROSS JOIN UNNEST(sequence(1, 100)) b(y)"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	l := newLakeOn(b, Config{Worker: inWorkers})
	b.Run("begin", func(b *testing.B) {
		for b.Loop() {
			w, err := l.engine.pool.spawn(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(w.memory()>>20), "MiB")
			w.kill()
			<-w.done
		}
	})
}
