package web

import (
	"context"
	"errors"
	"iter"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ticklake/internal/query"
)

// counting is SQL that counts what it is asked, and answers when it is let.
type counting struct {
	SQL
	asked atomic.Int64
	let   chan struct{}
	err   error
}

func (c *counting) Run(ctx context.Context, _ string) (*Result, error) {
	c.asked.Add(1)
	select {
	case <-c.let:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if c.err != nil {
		return nil, c.err
	}
	day := "2024-05-17"
	return &Result{
		Columns: []query.Column{{Name: "dt"}},
		Rows: func(context.Context) iter.Seq2[query.Row, error] {
			return func(yield func(query.Row, error) bool) { yield(query.Row{&day}, nil) }
		},
		Stats: query.Stats{BytesScanned: 7},
	}, nil
}

func TestWhatOneInsightLooksUpServesTheOthers(t *testing.T) {
	sql := &counting{let: make(chan struct{})}
	l := new(looks)
	all := make([]*querier, 10)
	var done sync.WaitGroup
	for i := range all {
		all[i] = &querier{sql: sql, looks: l}
		done.Go(func() {
			_, rows, err := all[i].Look(t.Context(), "SELECT max(dt)")
			if err != nil || len(rows) != 1 || *rows[0][0] != "2024-05-17" {
				t.Errorf("%v, %v", rows, err)
			}
		})
	}
	close(sql.let)
	done.Wait()
	bytes := int64(0)
	for _, q := range all {
		bytes += q.bytes
	}
	if n := sql.asked.Load(); bytes != 7*n || n != 1 {
		t.Errorf("asked %d times, %d bytes paid for", n, bytes)
	}
}

func TestWhoLeavesDoesNotTakeTheAnswerAlong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sql := &counting{let: make(chan struct{})}
		l := new(looks)
		look := func(ctx context.Context) (ended chan error) {
			ended = make(chan error, 1)
			go func() {
				_, _, err := (&querier{sql: sql, looks: l}).Look(ctx, "SELECT 1")
				ended <- err
			}()
			synctest.Wait()
			return ended
		}
		ctx, leave := context.WithCancel(t.Context())
		leaves, stays := look(ctx), look(t.Context())
		leave()
		if err := <-leaves; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		close(sql.let)
		if err := <-stays; err != nil || sql.asked.Load() != 1 {
			t.Errorf("%v, asked %d times", err, sql.asked.Load())
		}
	})
}

func TestWhatIsOldIsLookedUpAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sql := &counting{let: make(chan struct{})}
		close(sql.let)
		q := &querier{sql: sql, looks: new(looks)}
		for _, after := range []time.Duration{0, lookKept - time.Second, lookKept} {
			time.Sleep(after)
			if _, _, err := q.Look(t.Context(), "SELECT 1"); err != nil {
				t.Error(err)
			}
		}
		if n := sql.asked.Load(); n != 2 {
			t.Errorf("asked %d times", n)
		}
	})
}

func TestAFailureIsNotKept(t *testing.T) {
	sql := &counting{let: make(chan struct{}), err: errors.New("away")}
	close(sql.let)
	q := &querier{sql: sql, looks: new(looks)}
	if _, _, err := q.Look(t.Context(), "SELECT 1"); err == nil {
		t.Error("it has not failed")
	}
	sql.err = nil
	if _, rows, err := q.Look(t.Context(), "SELECT 1"); err != nil || len(rows) != 1 {
		t.Errorf("%v, %v", rows, err)
	}
}
