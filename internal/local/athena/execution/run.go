package execution

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// run takes a statement from its queue to its end.
func (r *Runner) run(ctx context.Context, l *live) {
	defer l.cancel(nil)
	id, utility := l.execution.ID, l.execution.Kind == Utility
	select {
	case r.slots[utility] <- struct{}{}:
		defer func() { <-r.slots[utility] }()
	case <-ctx.Done():
		r.finish(l, l.execution, context.Cause(ctx))
		return
	}
	ctx, stop := context.WithTimeoutCause(ctx, r.config.Timeout, errTimeout)
	defer stop()

	e := l.execution // written by this goroutine alone
	e.State = Running
	e.Stats.Queue = millis(e.Submitted, r.config.Now())
	r.show(l, e)
	err := r.answer(ctx, &e)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx) // whatever broke off, this is why
	}
	r.log(id, err)
	r.finish(l, e, err)
}

// log keeps the reason of a failure that clients are not told.
func (r *Runner) log(id string, err error) {
	if err == nil || errors.Is(err, errStopped) {
		return
	}
	if _, _, hidden := explain(err); !hidden {
		return
	}
	var result *resultError
	if errors.As(err, &result) {
		err = result.err
	}
	r.config.Logger.Error("query failed", "query_id", id, "error", err)
}

// show makes a new state seen.
func (r *Runner) show(l *live, e Execution) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l.execution = e
}

// answer runs the statement and keeps its result.
func (r *Runner) answer(ctx context.Context, e *Execution) (err error) {
	// One statement that trips the engine must not end the broker beside it.
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the engine panicked: %v\n%s", p, debug.Stack())
		}
	}()
	began := r.config.Now()
	if err := ctx.Err(); err != nil {
		return err
	}
	a, err := r.config.Engine.Query(ctx, r.config.Catalog, Statement{
		SQL: e.statement(), Database: e.Database, QueryID: e.ID, User: r.config.User, Now: e.Submitted,
		Parameters: e.Parameters,
	})
	if err != nil {
		e.Stats.Engine = millis(began, r.config.Now())
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	e.Kind, e.Verb, e.Columns = a.Kind(), a.Verb(), a.Columns()
	if x, ok := a.(Export); ok {
		e.Columns = exportColumns
		return r.export(ctx, e, x)
	}

	s := &spool{dir: r.config.SpoolDir, limit: r.config.MaxResult}
	defer func() { err = errors.Join(err, s.close()) }()
	err = collect(a, e, s)
	e.Stats.Engine = millis(began, r.config.Now())
	e.Stats.BytesScanned, e.Stats.Planning = a.Work().BytesScanned, a.Work().Planning.Milliseconds()
	if err != nil {
		return err
	}
	published := r.config.Now()
	err = r.publish(ctx, e, s)
	e.Stats.Publish = millis(published, r.config.Now())
	return err
}

// collect reads all rows.
func collect(a Answer, e *Execution, s *spool) error {
	format := appendText
	if !e.Text() {
		format = appendCSV
		if err := s.add(header(e.Columns), format); err != nil {
			return err
		}
	}
	for row := a.Next(); row != nil; row = a.Next() {
		if err := s.add(row, format); err != nil {
			return err
		}
		e.Stats.Rows++
	}
	e.Stats.BytesWritten = s.size
	return a.Err()
}

// publish stores the description first: who finds the result finds both.
func (r *Runner) publish(ctx context.Context, e *Execution, s *spool) (err error) {
	body, release, err := s.body()
	if err != nil {
		return &resultError{err}
	}
	defer func() { err = errors.Join(err, release()) }()
	if err := r.config.Results.Put(ctx, e.Location+".metadata", metadata(e.ID, e.Columns)); err != nil {
		return &resultError{err}
	}
	if err := r.config.Results.Put(ctx, e.Location, body); err != nil {
		return &resultError{err}
	}
	return nil
}

// finish makes the end seen and keeps it. What cannot be kept is remembered here as long as the process lives.
func (r *Runner) finish(l *live, e Execution, err error) {
	r.end(&e, err)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	saved := r.config.History.Save(ctx, e)
	if saved != nil {
		r.config.Logger.Error("keep a query's end", "query_id", e.ID, "error", saved)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	l.execution = e
	if saved == nil {
		delete(r.live, e.ID)
	}
}

// end sets the final state.
func (r *Runner) end(e *Execution, err error) {
	e.Completed = r.config.Now().UTC()
	e.Stats.Total = millis(e.Submitted, e.Completed)
	switch {
	case err == nil:
		e.State = Succeeded
		return
	case errors.Is(err, errStopped):
		e.State, e.Reason = Cancelled, "Query cancelled by user"
	default:
		reason, fault, _ := explain(err)
		e.State, e.Reason, e.Fault = Failed, reason, &fault
	}
	e.Columns, e.Manifest = nil, ""
}

// millis is the time between two moments; a clock that was set back makes it 0.
func millis(from, to time.Time) int64 { return max(0, to.Sub(from).Milliseconds()) }
