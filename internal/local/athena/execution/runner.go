package execution

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/google/uuid"

	"ticklake/internal/local/athena/trino"
)

// Config says what a Runner runs on. All above the bounds are required; zero bounds are replaced.
type Config struct {
	Engine  Engine
	Catalog trino.Catalog
	Results Results
	History History
	// SpoolDir is where a large result waits until it is stored; made if absent.
	SpoolDir string
	// Tables makes the tables of CREATE TABLE AS.
	Tables Tables
	// Output is the work group's folder for results, s3://bucket/prefix/.
	Output string

	MaxRunning int           // statements that run at once, and as many about the catalog alone; 4
	MaxQueued  int           // statements that wait; 100
	Timeout    time.Duration // of one statement once it runs; 30 minutes, as on Athena
	MaxResult  int64         // bytes of one result; 1 GiB

	User   string // what current_user gives
	Now    func() time.Time
	Logger *slog.Logger
}

func (c *Config) check() error {
	if c.Engine == nil || c.Catalog == nil || c.Results == nil || c.History == nil || c.SpoolDir == "" || c.Tables == nil || c.Output == "" {
		return errors.New("engine, catalog, results, history, tables, a spool folder and an output location are required")
	}
	if c.MaxRunning <= 0 {
		c.MaxRunning = 4
	}
	if c.MaxQueued <= 0 {
		c.MaxQueued = 100
	}
	if c.Timeout <= 0 {
		c.Timeout = 30 * time.Minute
	}
	if c.MaxResult <= 0 {
		c.MaxResult = 1 << 30
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

// Runner runs statements until it is closed.
type Runner struct {
	config Config
	// slots holds one for each statement that runs: SHOW need not wait for long SELECTs.
	slots map[bool]chan struct{}
	group sync.WaitGroup

	starting sync.Mutex // one Start at a time, so that a token is used once

	mu     sync.Mutex
	live   map[string]*live
	closed bool
}

// live is an execution that has not ended, or whose end could not be kept.
type live struct {
	execution Execution
	cancel    context.CancelCauseFunc
}

// Open returns a Runner. Executions that the history has as unfinished were broken off by the end of an earlier
// process; they become Failed.
func Open(ctx context.Context, config Config) (*Runner, error) {
	if err := config.check(); err != nil {
		return nil, fmt.Errorf("open query runner: %w", err)
	}
	if err := os.MkdirAll(config.SpoolDir, 0o700); err != nil {
		return nil, fmt.Errorf("open query runner: %w", err)
	}
	r := &Runner{
		config: config,
		slots:  map[bool]chan struct{}{true: make(chan struct{}, config.MaxRunning), false: make(chan struct{}, config.MaxRunning)},
		live:   make(map[string]*live),
	}
	unfinished, err := config.History.Unfinished(ctx)
	if err != nil {
		return nil, fmt.Errorf("open query runner: %w", err)
	}
	for _, e := range unfinished {
		r.end(&e, errClosing)
		if err := config.History.Save(ctx, e); err != nil {
			return nil, fmt.Errorf("open query runner: %w", err)
		}
	}
	return r, nil
}

// Start accepts a statement and returns its id. A request whose token is known returns the id that it had; ErrToken
// if it is not the same request, ErrBusy if too many wait, ErrClosed after Close. A statement that is no SQL is refused at
// once, by the *trino.Error. The output folder is the caller's to check.
func (r *Runner) Start(ctx context.Context, request Request) (string, error) {
	kind, verb, err := r.config.Engine.Inspect(Statement{SQL: request.statement(), Parameters: request.Parameters})
	if err != nil {
		return "", err
	}
	if verb == "" {
		kind, verb = classify(request.statement())
	}
	r.starting.Lock()
	defer r.starting.Unlock()
	if request.Token != "" {
		earlier, err := r.config.History.ByToken(ctx, request.Token)
		switch {
		case err == nil && earlier.same(&request):
			return earlier.ID, nil
		case err == nil:
			return "", ErrToken
		case !errors.Is(err, ErrNotFound):
			return "", fmt.Errorf("look for the token: %w", err)
		}
	}
	if err := r.room(); err != nil {
		return "", err
	}
	e := Execution{Request: request, ID: uuid.NewString(), State: Queued, Submitted: r.config.Now().UTC()}
	e.Kind, e.Verb = kind, verb
	switch {
	case verb == "CREATE_TABLE_AS_SELECT":
		e.Location = request.Output + "tables/" + e.ID
	case verb == "UNLOAD":
		e.Location = request.Output + e.ID
	case kind == DML:
		e.Location = request.Output + e.ID + ".csv"
	default:
		e.Location = request.Output + e.ID + ".txt"
	}
	if err := r.config.History.Add(ctx, e); err != nil {
		return "", fmt.Errorf("keep query %s: %w", e.ID, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return "", ErrClosed // the next Open finds it unfinished
	}
	// The statement outlives the request that brought it.
	run, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	l := &live{execution: e, cancel: cancel}
	r.live[e.ID] = l
	r.group.Go(func() { r.run(run, l) })
	return e.ID, nil
}

// room says whether one more may wait.
func (r *Runner) room() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return ErrClosed
	}
	if len(r.live) >= r.config.MaxQueued+r.config.MaxRunning {
		return ErrBusy
	}
	return nil
}

// Get returns what is known of an execution now, or ErrNotFound.
func (r *Runner) Get(ctx context.Context, id string) (Execution, error) {
	r.mu.Lock()
	if l := r.live[id]; l != nil {
		defer r.mu.Unlock()
		return l.execution, nil
	}
	r.mu.Unlock()
	return r.config.History.Get(ctx, id)
}

// List returns up to n executions of a work group, the newest first, from behind the mark on.
func (r *Runner) List(ctx context.Context, workGroup string, behind Mark, n int) ([]Mark, error) {
	return r.config.History.List(ctx, workGroup, behind, n)
}

// Stop breaks a statement off, wherever it is. One that has ended stays as it is. ErrNotFound if there is none.
func (r *Runner) Stop(ctx context.Context, id string) error {
	r.mu.Lock()
	if l := r.live[id]; l != nil {
		defer r.mu.Unlock()
		l.cancel(errStopped)
		return nil
	}
	r.mu.Unlock()
	_, err := r.config.History.Get(ctx, id)
	return err
}

// Close breaks all statements off and waits for them. It may be called again.
func (r *Runner) Close() error {
	r.mu.Lock()
	r.closed = true
	for _, l := range r.live {
		l.cancel(errClosing)
	}
	r.mu.Unlock()
	r.group.Wait()
	return nil
}
