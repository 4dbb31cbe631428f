package duck

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"

	"ticklake/internal/local/athena/trino"
)

type contextType = context.Context

func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == WorkerArgument {
		os.Exit(Work(os.Stdin, os.Stdout))
	}
	goleak.VerifyTestMain(m)
}

func TestCancelReachesTheEngine(t *testing.T) {
	l := newLake(t)
	ctx, cancel := context.WithCancel(t.Context())
	started := make(chan struct{})
	done := make(chan error, 1)
	go func() {
		close(started)
		r, err := l.engine.Query(ctx, l.catalog, Statement{SQL: `SELECT count(*) FROM UNNEST(sequence(1, 10000)) a(x) CROSS JOIN UNNEST(sequence(1, 10000)) b(y)
			CROSS JOIN UNNEST(sequence(1, 10000)) c(z) WHERE sqrt(x) + sqrt(y) > sqrt(z)`})
		if err == nil {
			for r.Next() != nil {
			}
			err = r.Err()
			_ = r.Close()
		}
		done <- err
	}()
	<-started
	// Wherever the statement is when it is cancelled, it ends soon.
	cancel()
	select {
	case err := <-done:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the statement runs on")
	}
}

func TestMemoryIsBounded(t *testing.T) {
	dir := t.TempDir()
	e, err := Open(t.Context(), Config{Roots: []string{dir}, MemoryLimit: 64 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	r, err := e.Query(t.Context(), &memoryCatalog{}, Statement{SQL: `SELECT x, y, count(*) FROM UNNEST(sequence(1, 10000)) a(x) CROSS JOIN UNNEST(sequence(1, 1000)) b(y) GROUP BY x, y ORDER BY 1`})
	if err == nil {
		for r.Next() != nil {
		}
		err = r.Err()
		_ = r.Close()
	}
	if err == nil {
		t.Fatal("ten million groups fit 64 MiB")
	}
	if f := faultOf(t, err); f.Name != "EXCEEDED_LOCAL_MEMORY_LIMIT" {
		t.Errorf("ended with %v", f)
	}
}

func TestAResultMayBeLeftEarly(t *testing.T) {
	l := newLake(t)
	r, err := l.engine.Query(t.Context(), l.catalog, Statement{SQL: "SELECT x FROM UNNEST(sequence(1, 10000)) a(x) CROSS JOIN UNNEST(sequence(1, 100)) b(y)"})
	if err != nil {
		t.Fatal(err)
	}
	if row := r.Next(); row == nil {
		t.Fatal(r.Err())
	}
	for range 2 {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	if row := r.Next(); row != nil {
		t.Errorf("a closed result has the row %v", row)
	}
}

func TestUtilityStatementsSayWhatTheyAre(t *testing.T) {
	l := fixture(t)
	for sql, want := range map[string]string{"SHOW TABLES": "SHOW_TABLES", "DESCRIBE trades": "DESCRIBE_TABLE", "SELECT 1": "SELECT"} {
		r, err := l.engine.Query(t.Context(), l.catalog, Statement{SQL: sql, Database: "market"})
		if err != nil {
			t.Fatal(err)
		}
		if r.Verb != want || (r.Kind == DML) != (want == "SELECT") {
			t.Errorf("%s is %s %s", sql, r.Kind, r.Verb)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestErrorsCarryPositionAndHint(t *testing.T) {
	l := fixture(t)
	for _, c := range []struct {
		sql          string
		line, column int
		hint         string
	}{
		{"SELECT\n  pirce FROM trades", 2, 3, "did you mean price?"},
		{"SELECT * FROM trade", 1, 15, "did you mean trades?"},
		{"SELECT * FROM markt.trades", 1, 15, "did you mean market?"},
		{"SELECT datediff('day', a, b) FROM trades", 1, 8, ""},
		{"SELECT 1;", 1, 9, "send one statement, without a semicolon"},
	} {
		_, err := l.query(c.sql)
		f := faultOf(t, err)
		if f.Line != c.line || f.Column != c.column || c.hint != "" && f.Hint != c.hint {
			t.Errorf("%s: %v, hint %q", c.sql, f, f.Hint)
		}
	}
}

var _ trino.Catalog = (*memoryCatalog)(nil)

func TestALongAnswerIsReadPageByPageInItsOrder(t *testing.T) {
	l := newLake(t)
	r, err := l.engine.Query(t.Context(), l.catalog, Statement{SQL: "SELECT x * 10 + y AS n FROM UNNEST(sequence(0, 8999)) a(x) CROSS JOIN UNNEST(sequence(0, 9)) b(y) ORDER BY n DESC"})
	if err != nil {
		t.Fatal(err)
	}
	for want := 89999; want >= 0; want-- {
		row := r.Next()
		if row == nil || *row[0] != strconv.Itoa(want) {
			t.Fatalf("got %v at %d (%v)", row, want, r.Err())
		}
	}
	if row := r.Next(); row != nil || r.Err() != nil {
		t.Errorf("then %v, %v", row, r.Err())
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

func TestALargeAnswerStaysWithinTheMemoryLimit(t *testing.T) {
	e, err := Open(t.Context(), Config{MemoryLimit: 64 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	_, err = e.Query(t.Context(), &memoryCatalog{}, Statement{SQL: "SELECT x, y FROM UNNEST(sequence(1, 10000)) a(x) CROSS JOIN UNNEST(sequence(1, 10000)) b(y)"})
	if err == nil {
		t.Fatal("a hundred million rows fit 64 MiB")
	}
	if f := faultOf(t, err); f.Name != "EXCEEDED_LOCAL_MEMORY_LIMIT" {
		t.Errorf("ended with %v", f)
	}
}

func TestStatementsRunSideBySide(t *testing.T) {
	l := fixture(t)
	var g errgroup.Group
	for i := range 16 {
		g.Go(func() error {
			for j := range 10 {
				a, err := l.query(fmt.Sprintf("SELECT sum(price) / %d, count(*) FROM trades WHERE id > %d", i+1, j))
				if err != nil {
					return err
				}
				if want := strconv.Itoa(8 - min(j, 8)); *a.rows[0][1] != want {
					return fmt.Errorf("%s rows, want %s", *a.rows[0][1], want)
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
}
