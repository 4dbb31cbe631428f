package web

import (
	"context"
	"sync"
	"time"
)

const (
	// lookKept is how long what was looked up for one insight serves the others: a page asks for all of them at once.
	lookKept = 10 * time.Second
	// looksKept bounds how many are.
	looksKept = 256
)

// looks are what insights look up, or have lately.
type looks struct {
	running sync.WaitGroup

	mu    sync.Mutex
	known map[string]*looking // by statement
}

// looking is one. Its fields but done are under the lock of looks until done is closed, and nobody's to change from then on.
type looking struct {
	done    chan struct{}
	waiting int
	cancel  context.CancelFunc
	until   time.Time // it serves others
	columns []string
	rows    [][]*string
	err     error
}

// join returns what is being looked up by a statement, or was lately; begun says that the caller has to do it.
func (l *looks) join(sql string) (one *looking, ctx context.Context, begun bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if one = l.known[sql]; one != nil && (one.until.IsZero() || time.Now().Before(one.until)) {
		one.waiting++
		return one, nil, false
	}
	if l.known == nil || len(l.known) >= looksKept {
		l.known = make(map[string]*looking)
	}
	one = &looking{done: make(chan struct{}), waiting: 1}
	ctx, one.cancel = context.WithCancel(context.Background())
	l.known[sql] = one
	return one, ctx, true
}

// leave stops what nobody waits for any longer.
func (l *looks) leave(sql string, one *looking) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if one.waiting--; one.waiting > 0 || !one.until.IsZero() {
		return
	}
	one.cancel()
	if l.known[sql] == one {
		delete(l.known, sql)
	}
}

// end notes what has come. A failure serves those alone who wait for it.
func (l *looks) end(sql string, one *looking, columns []string, rows [][]*string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	one.columns, one.rows, one.err, one.until = columns, rows, err, time.Now().Add(lookKept)
	if err != nil && l.known[sql] == one {
		delete(l.known, sql)
	}
	one.cancel()
	close(one.done)
}

// Look implements insight.Looker. Whoever asks first pays, and the others wait for what comes; it is stopped when all have left.
func (q *querier) Look(ctx context.Context, sql string) (columns []string, rows [][]*string, err error) {
	one, theirs, begun := q.looks.join(sql)
	defer q.looks.leave(sql, one)
	paid := new(querier)
	if begun {
		paid.sql = q.sql
		q.looks.running.Go(func() {
			columns, rows, err := paid.Query(theirs, sql)
			q.looks.end(sql, one, columns, rows, err)
		})
	}
	select {
	case <-one.done:
		if begun {
			q.bytes, q.price = q.bytes+paid.bytes, q.price+paid.price
		}
		return one.columns, one.rows, one.err
	case <-ctx.Done():
		return nil, nil, context.Cause(ctx)
	}
}
