package duck

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"ticklake/internal/local/athena/trino"
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

// worker is a process that calls Work.
type worker struct {
	cmd   *exec.Cmd
	to    *bufio.Writer
	from  *bufio.Reader
	said  *words        // on its stderr
	done  chan struct{} // closed when it has ended
	exit  error         // how, once done is closed
	since time.Time     // when it began to wait
	dir   string        // where it spills, or ""
}

// spawn starts a worker and waits until it takes jobs.
func (p *pool) spawn(ctx context.Context) (_ *worker, err error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	w := &worker{cmd: p.command(), said: new(words), done: make(chan struct{})}
	p.mu.Lock()
	p.started++
	l := p.limits
	if l.TempDir != "" {
		l.TempDir = filepath.Join(l.TempDir, strconv.Itoa(p.started))
		w.dir = l.TempDir
	}
	p.mu.Unlock()
	w.cmd.Env, w.cmd.Dir, w.cmd.Stderr = []string{}, "/", w.said
	in, err := w.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start a worker: %w", err)
	}
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start a worker: %w", err)
	}
	w.to, w.from = bufio.NewWriter(in), bufio.NewReaderSize(out, rowsFrame)
	if err := p.run(w); err != nil {
		return nil, err
	}
	late := time.AfterFunc(startTime, w.kill)
	defer late.Stop()
	defer context.AfterFunc(ctx, w.kill)()
	err = writeJSON(w.to, frameHello, l)
	var kind byte
	if err == nil {
		kind, _, err = readFrame(w.from, nil)
	}
	if err == nil && kind == frameReady {
		return w, nil
	}
	w.kill()
	<-w.done
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return nil, fmt.Errorf("a worker does not begin: %w: %s", errors.Join(err, w.exit), w.said)
}

// run starts the process and has somebody wait for its end.
func (p *pool) run(w *worker) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return errors.New("the engine is closed")
	}
	if w.dir != "" {
		if err := os.MkdirAll(w.dir, 0o700); err != nil {
			return fmt.Errorf("make spill folder: %w", err)
		}
	}
	if err := w.cmd.Start(); err != nil {
		return fmt.Errorf("start a worker: %w", err)
	}
	p.all[w] = true
	p.group.Go(func() {
		w.exit = w.cmd.Wait()
		close(w.done)
		if w.dir != "" {
			if err := os.RemoveAll(w.dir); err != nil {
				p.log.Warn("delete what a statement has spilled", "error", err)
			}
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.all, w)
	})
	return nil
}

// kill ends the process, whatever it does.
func (w *worker) kill() { _ = w.cmd.Process.Kill() }

func (w *worker) ended() bool {
	select {
	case <-w.done:
		return true
	default:
		return false
	}
}

// memory is what the process has in memory, in bytes; 0 where the system does not say.
func (w *worker) memory() int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", w.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(b))
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}

// remoteRows are a worker's answer.
type remoteRows struct {
	ctx     context.Context
	pool    *pool
	worker  *worker // nil once it is given back or ended
	stop    func() bool
	columns int
	buffer  []byte
	left    []byte // of the frame of rows at hand
	ended   bool
}

// frame reads the next frame; a fault that the worker tells of is an error.
func (r *remoteRows) frame() (kind byte, payload []byte, err error) {
	kind, payload, err = readFrame(r.worker.from, r.buffer)
	r.buffer = payload[:0]
	if err != nil {
		return 0, nil, r.broken(err)
	}
	if kind != frameError {
		return kind, payload, nil
	}
	r.ended = true
	var f errorFrame
	if err := json.Unmarshal(payload, &f); err != nil {
		return 0, nil, r.broken(err)
	}
	if f.Name == "" {
		return 0, nil, errors.New(f.Message)
	}
	return 0, nil, &trino.Error{Name: f.Name, Message: f.Message}
}

// broken says why a worker cannot be talked to any more.
func (r *remoteRows) broken(err error) error {
	w := r.worker
	w.kill()
	<-w.done
	if r.ctx.Err() != nil {
		return context.Cause(r.ctx)
	}
	said := w.said.String()
	if outOfMemory(said) {
		return errMemory()
	}
	return fmt.Errorf("a worker ended: %w (%w): %s", err, w.exit, said)
}

// outOfMemory tells by a process's last words whether it had too little memory.
func outOfMemory(said string) bool {
	for _, words := range []string{"out of memory", "cannot allocate memory", "bad_alloc", "failed to create new OS thread", "Out of Memory", "Cannot allocate memory"} {
		if strings.Contains(said, words) {
			return true
		}
	}
	return false
}

// text implements source.
func (r *remoteRows) text() ([]*string, error) {
	for len(r.left) == 0 {
		if r.ended || r.worker == nil {
			return nil, nil
		}
		kind, payload, err := r.frame()
		if err != nil {
			return nil, err
		}
		switch kind {
		case frameRows:
			r.left = payload
		case frameDone:
			r.ended = true
		default:
			return nil, r.broken(errFrame)
		}
	}
	row, rest, err := parseRow(r.left, r.columns)
	if err != nil {
		return nil, r.broken(err)
	}
	r.left = rest
	return row, nil
}

// parquet implements source.
func (r *remoteRows) parquet(w io.Writer) (int64, error) {
	for r.worker != nil {
		kind, payload, err := r.frame()
		if err != nil {
			return 0, err
		}
		switch kind {
		case frameFile:
			if _, err := w.Write(payload); err != nil {
				return 0, err
			}
		case frameDone:
			r.ended = true
			var f doneFrame
			if err := json.Unmarshal(payload, &f); err != nil {
				return 0, r.broken(err)
			}
			return f.Rows, nil
		default:
			return 0, r.broken(errFrame)
		}
	}
	return 0, nil
}

// close implements source: a worker that is in the middle of a statement ends with it.
func (r *remoteRows) close() error {
	w := r.worker
	if w == nil {
		return nil
	}
	r.worker = nil
	if stopped := r.stop(); stopped && r.ended && !w.ended() {
		r.pool.put(w)
		return nil
	}
	w.kill()
	return nil
}

// words keep the first of what a process says about a statement: what ends a process is told at the beginning.
type words struct {
	mu   sync.Mutex
	text []byte
}

const maxWords = 2 << 10

// Write implements io.Writer.
func (w *words) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text = append(w.text, p[:min(len(p), maxWords-len(w.text))]...)
	return len(p), nil
}

// forget begins anew.
func (w *words) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text = w.text[:0]
}

// String is what was kept.
func (w *words) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.TrimSpace(string(w.text))
}
