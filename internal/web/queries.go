package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"ticklake/internal/query"
	"ticklake/internal/web/watch"
)

const (
	maxStatement   = 262_144 // bytes, Athena's own limit
	queriesRunning = 4
	queriesKept    = 20
	rowsHeld       = 10_000
	bytesHeld      = 2 << 20 // of one statement's rows
	timesKept      = 100     // of statements, for their median
)

// queries are the statements of people. They are everybody's who may use the server.
type queries struct {
	sql     SQL
	ctx     context.Context
	stop    context.CancelFunc
	running sync.WaitGroup

	mu     sync.Mutex
	closed bool
	next   int64
	all    []*statement // the newest last
	sums   watch.Queries
	took   []time.Duration // the newest last
}

// statement is one of them. Its fields are under the lock of queries.
type statement struct {
	id       string
	sql      string
	state    string
	began    time.Time
	ended    time.Time
	cancel   context.CancelFunc
	done     chan struct{} // closed when it has ended
	result   *Result       // of one that succeeded
	columns  []column
	rows     []query.Row
	more     bool
	err      *queryError
	engineID string
}

// The states of a statement.
const (
	stateRunning   = "running"
	stateStopping  = "stopping"
	stateSucceeded = "succeeded"
	stateFailed    = "failed"
	stateCancelled = "cancelled"
)

type column struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	Number bool   `json:"number"`
}

type queryError struct {
	Name    *string `json:"name"`
	Message string  `json:"message"`
	Hint    *string `json:"hint"`
	Line    *int    `json:"line"`
	Column  *int    `json:"column"`
}

// queryView is a statement as it is told.
type queryView struct {
	ID       string      `json:"id"`
	SQL      string      `json:"sql"`
	State    string      `json:"state"`
	Began    time.Time   `json:"began"`
	Ended    *time.Time  `json:"ended"`
	Elapsed  float64     `json:"elapsed_seconds"`
	EngineID *string     `json:"engine_id"`
	Columns  []column    `json:"columns"`
	Held     *int        `json:"held"`
	More     *bool       `json:"more"`
	Bytes    *int64      `json:"bytes"`
	Price    *float64    `json:"price_usd"`
	Error    *queryError `json:"error"`
}

func newQueries(ctx context.Context, sql SQL) *queries {
	q := &queries{sql: sql}
	q.ctx, q.stop = context.WithCancel(ctx)
	return q
}

// close stops what runs, in the engine too, and waits for it.
func (q *queries) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.stop()
	q.running.Wait()
}

// start runs a statement.
func (q *queries) start(sql string) (queryView, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	running := 0
	for _, s := range q.all {
		if s.ended.IsZero() {
			running++
		}
	}
	switch {
	case q.sql == nil:
		return queryView{}, errNoSQL
	case q.closed:
		return queryView{}, fail(http.StatusServiceUnavailable, "the server is stopping", "")
	case running >= queriesRunning:
		return queryView{}, fail(http.StatusTooManyRequests, strconv.Itoa(running)+" statements run, as many as may at a time", "wait for one, or cancel it")
	}
	q.next++
	ctx, cancel := context.WithCancel(q.ctx)
	s := &statement{
		id: "q" + strconv.FormatInt(q.next, 10), sql: sql, state: stateRunning, began: time.Now().UTC(), cancel: cancel, done: make(chan struct{}),
	}
	q.all = append(q.all, s)
	q.drop()
	q.running.Go(func() { q.run(ctx, s) })
	return s.view(), nil
}

// drop forgets the oldest that have ended where there are too many; q.mu is held.
func (q *queries) drop() {
	for len(q.all) > queriesKept {
		oldest := slices.IndexFunc(q.all, func(s *statement) bool { return !s.ended.IsZero() })
		if oldest < 0 {
			return
		}
		q.all = slices.Delete(q.all, oldest, oldest+1)
	}
}

// run runs a statement to its end.
func (q *queries) run(ctx context.Context, s *statement) {
	defer s.cancel()
	result, err := q.sql.Run(ctx, s.sql)
	var rows []query.Row
	more := false
	if err == nil {
		rows, more, err = hold(ctx, result)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	defer close(s.done)
	s.ended = time.Now().UTC()
	q.sums.Run++
	q.took = append(q.took, s.ended.Sub(s.began))
	if len(q.took) > timesKept {
		q.took = slices.Delete(q.took, 0, 1)
	}
	if result != nil {
		q.sums.Bytes += result.Stats.BytesScanned
		q.sums.Dollars += result.Stats.Price()
		s.engineID = result.Stats.QueryID
	}
	if err != nil {
		s.fails(err, ctx.Err() != nil)
		if s.state == stateFailed {
			q.sums.Failed++
		}
		return
	}
	s.state, s.result, s.rows, s.more, s.columns = stateSucceeded, result, rows, more, columnsOf(result.Columns)
}

// hold reads the first rows of an answer.
func hold(ctx context.Context, r *Result) (rows []query.Row, more bool, err error) {
	size := 0
	for row, err := range r.Rows(ctx) {
		if err != nil {
			return nil, false, err
		}
		for _, v := range row {
			size += 24 // of a pointer and a text's head
			if v != nil {
				size += len(*v)
			}
		}
		if len(rows) == rowsHeld || size > bytesHeld && len(rows) > 0 {
			return rows, true, nil
		}
		rows = append(rows, row)
	}
	return rows, false, nil
}

// fails notes how a statement has ended that did not succeed.
func (s *statement) fails(err error, cancelled bool) {
	s.state = stateFailed
	message, hint, _ := strings.Cut(err.Error(), "; hint: ")
	s.err = &queryError{Message: message, Hint: maybe(hint)}
	var stopped *query.StoppedError
	var failed *query.Error
	switch {
	case errors.As(err, &stopped):
		s.engineID = stopped.ID
		s.state, s.err.Message = stateCancelled, stopped.Error()
	case cancelled:
		s.state, s.err.Message = stateCancelled, "stopped"
	case errors.As(err, &failed):
		s.engineID = failed.ID
		s.err = &queryError{Name: maybe(failed.Name), Message: failed.Message, Hint: maybe(failed.Hint)}
		if failed.Line > 0 {
			line, at := failed.Line, max(failed.Column, 1)
			s.err.Line, s.err.Column = &line, &at
		}
		if failed.State == "CANCELLED" {
			s.state = stateCancelled
		}
	}
}

// view is the statement as it stands; the lock is held.
func (s *statement) view() queryView {
	v := queryView{
		ID: s.id, SQL: s.sql, State: s.state, Began: s.began, Ended: instant(s.ended), EngineID: maybe(s.engineID), Columns: s.columns, Error: s.err,
	}
	until := s.ended
	if until.IsZero() {
		until = time.Now()
	}
	v.Elapsed = until.Sub(s.began).Seconds()
	if s.result != nil {
		held, stats := len(s.rows), s.result.Stats
		price := stats.Price()
		v.Held, v.More, v.Bytes, v.Price = &held, &s.more, &stats.BytesScanned, &price
	}
	return v
}

// see has a look at a statement, or changes it, while nobody else does.
func (q *queries) see(id string, look func(*statement) error) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, s := range q.all {
		if s.id == id {
			return look(s)
		}
	}
	return fail(http.StatusNotFound, "there is no statement "+strconv.Quote(shortened(id, 40))+" any longer",
		"run it again: the last "+strconv.Itoa(queriesKept)+" are kept while the server runs")
}

// list returns all, the newest first.
func (q *queries) list() []queryView {
	q.mu.Lock()
	defer q.mu.Unlock()
	out := make([]queryView, 0, len(q.all))
	for _, s := range slices.Backward(q.all) {
		out = append(out, s.view())
	}
	return out
}

// totals are what statements have come to.
func (q *queries) totals() watch.Queries {
	q.mu.Lock()
	defer q.mu.Unlock()
	sums := q.sums
	if len(q.took) > 0 {
		sorted := slices.Sorted(slices.Values(q.took))
		sums.Median, sums.Slowest = sorted[len(sorted)/2], sorted[len(sorted)-1]
	}
	return sums
}

// columnsOf are columns as they are told.
func columnsOf(in []query.Column) []column {
	out := make([]column, len(in))
	for i, c := range in {
		out[i] = column{Name: c.Name, Type: c.Type}
		switch c.Type {
		case "decimal":
			out[i].Type = "decimal(" + strconv.Itoa(c.Precision) + "," + strconv.Itoa(c.Scale) + ")"
			out[i].Number = true
		case "tinyint", "smallint", "integer", "bigint", "real", "float", "double":
			out[i].Number = true
		}
	}
	return out
}
