package duck

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"

	"github.com/go-json-experiment/json"

	"ticklake/internal/local/athena/trino"
)

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
	spent   bool // the worker is of no use any more
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
	// Who has run out of memory may have none left for the next statement.
	r.spent = f.Name == exceededMemory
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
	if outOfMemory(said) || errors.Is(err, io.EOF) && wasKilled(w.exit) {
		return errMemory()
	}
	return fmt.Errorf("a worker ended: %w (%w): %s", err, w.exit, said)
}

// wasKilled tells whether somebody else ended a process: the system does where memory is short.
func wasKilled(exit error) bool {
	var status *exec.ExitError
	if !errors.As(exit, &status) {
		return false
	}
	wait, ok := status.Sys().(syscall.WaitStatus)
	return ok && wait.Signaled() && wait.Signal() == syscall.SIGKILL
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
	if stopped := r.stop(); stopped && r.ended && !r.spent && !w.ended() {
		r.pool.put(w)
		return nil
	}
	w.kill()
	return nil
}
