package duck

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

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
