package duck

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os/exec"
	"sync"
	"time"
)

const (
	// keepWorkers wait for the next statement; more of them end after idleTime.
	keepWorkers = 1
	idleTime    = 30 * time.Second
	// idleMemory is what a worker that waits may have; one with more ends.
	idleMemory = 256 << 20
	// startTime is how long a worker may take to begin.
	startTime = 30 * time.Second
)

// pool is workers, each of which runs one statement at a time.
type pool struct {
	command func() *exec.Cmd
	limits  limits
	log     *slog.Logger
	group   sync.WaitGroup

	mu      sync.Mutex
	idle    []*worker // the one that was used last comes last
	all     map[*worker]bool
	started int
	closed  bool
}

// openPool starts a first worker, so that it is known that there can be one.
func openPool(ctx context.Context, command func() *exec.Cmd, l limits, log *slog.Logger) (*pool, error) {
	p := &pool{command: command, limits: l, log: log, all: make(map[*worker]bool)}
	w, err := p.spawn(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start the SQL engine: %w", err), p.close())
	}
	p.put(w)
	return p, nil
}

// close ends all workers, and the statements in them, and waits.
func (p *pool) close() error {
	p.mu.Lock()
	p.closed = true
	for w := range p.all {
		w.kill()
	}
	p.mu.Unlock()
	p.group.Wait()
	return nil
}

// get returns a worker that waits, or a new one.
func (p *pool) get(ctx context.Context) (*worker, error) {
	p.mu.Lock()
	for n := len(p.idle); n > 0; n = len(p.idle) {
		w := p.idle[n-1]
		p.idle = p.idle[:n-1]
		if !w.ended() {
			p.mu.Unlock()
			return w, nil
		}
	}
	p.mu.Unlock()
	return p.spawn(ctx)
}

// put has a worker wait for the next statement.
func (p *pool) put(w *worker) {
	if w.memory() > idleMemory {
		w.kill()
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		w.kill()
		return
	}
	w.since = time.Now()
	p.idle = append(p.idle, w)
	if len(p.idle) > keepWorkers {
		time.AfterFunc(idleTime, p.trim)
	}
}

// trim ends the workers that have waited for long.
func (p *pool) trim() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.idle) > keepWorkers && time.Since(p.idle[0].since) >= idleTime {
		p.idle[0].kill()
		p.idle = p.idle[1:]
	}
}

// start runs a job in a worker up to its first row.
func (p *pool) start(ctx context.Context, j *job) (source, error) {
	w, err := p.get(ctx)
	if err != nil {
		return nil, err
	}
	r := &remoteRows{ctx: ctx, pool: p, worker: w, columns: len(j.Types)}
	r.stop = context.AfterFunc(ctx, w.kill)
	w.said.forget()
	if err := writeJSON(w.to, frameJob, j); err != nil {
		return nil, errors.Join(r.broken(err), r.close())
	}
	kind, payload, err := r.frame()
	switch {
	case err != nil:
		return nil, errors.Join(err, r.close())
	case kind != frameBegun:
		return nil, errors.Join(r.broken(fmt.Errorf("frame %q with %d bytes: %w", kind, len(payload), errFrame)), r.close())
	}
	return r, nil
}
