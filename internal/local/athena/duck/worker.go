package duck

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/go-json-experiment/json"

	"ticklake/internal/local/athena/trino"
)

// WorkerArgument is the one argument of a process that is to call Work.
const WorkerArgument = "sql-worker"

// What a worker may have beside the engine's memory limit: threads, the program, values that the engine does not count.
const (
	workerMemory = 512 << 20
	workerHeap   = 256 << 20 // of Go, before it collects harder
)

// Work runs statements for the process that started this one, and which it talks to by in and out, until in ends: then it
// ends the process at once. It returns an exit code where it cannot begin.
func Work(in io.Reader, out io.Writer) int {
	r, w := bufio.NewReader(in), bufio.NewWriter(out)
	kind, payload, err := readFrame(r, nil)
	var l limits
	if err == nil && kind == frameHello {
		err = json.Unmarshal(payload, &l)
	}
	if err != nil || kind != frameHello {
		_, _ = fmt.Fprintln(os.Stderr, "this process is started by ticklake itself", err)
		return 2
	}
	// A terminal's Ctrl-C is meant for the process that this one works for.
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	// Where memory is short, the system ends this process first.
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0)
	debug.SetMemoryLimit(workerHeap)
	if err := limitMemory(l.MemoryLimit + workerMemory); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "limit the memory:", err)
		return 1
	}
	ctx := context.Background()
	s, err := openSession(ctx, l)
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if err := writeFrame(w, frameReady, nil); err != nil {
		return 1
	}
	jobs := make(chan []byte)
	go func() {
		for {
			kind, payload, err := readFrame(r, nil)
			if err != nil || kind != frameJob {
				os.Exit(0) // nobody waits any more, whatever runs
			}
			jobs <- payload
		}
	}()
	for payload := range jobs {
		if err := s.serve(ctx, payload, w); err != nil {
			_, _ = fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return 0
}

// serve runs one job and sends what comes of it. An error is one of the conversation.
func (s *session) serve(ctx context.Context, payload []byte, w *bufio.Writer) error {
	var j job
	if err := json.Unmarshal(payload, &j); err != nil {
		return fmt.Errorf("read job: %w", err)
	}
	rows, err := s.send(ctx, &j, w)
	if err == nil {
		return writeJSON(w, frameDone, doneFrame{rows})
	}
	var broken *sendError
	if errors.As(err, &broken) {
		return err
	}
	f := errorFrame{Message: err.Error()}
	var fault *trino.Error
	if errors.As(err, &fault) {
		f = errorFrame{fault.Name, fault.Message}
	}
	return writeJSON(w, frameError, f)
}

// sendError says that the other side does not take what is sent.
type sendError struct{ err error }

func (e *sendError) Error() string { return "send: " + e.err.Error() }
func (e *sendError) Unwrap() error { return e.err }

func (s *session) send(ctx context.Context, j *job, w *bufio.Writer) (n int64, err error) {
	src, err := s.start(ctx, j)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, src.close()) }()
	if err := writeFrame(w, frameBegun, nil); err != nil {
		return 0, &sendError{err}
	}
	if j.File != nil {
		file := bufio.NewWriterSize(fileFrames{w}, rowsFrame)
		if n, err = src.parquet(file); err != nil {
			return n, err
		}
		return n, file.Flush()
	}
	return sendRows(src, w)
}

// sendRows sends an answer's rows, some at a time.
func sendRows(src source, w *bufio.Writer) (n int64, err error) {
	var buffer []byte
	for {
		row, err := src.text()
		if err != nil {
			return n, err
		}
		if row != nil {
			before := len(buffer)
			buffer = appendRow(buffer, row)
			if len(buffer)-before > maxRow {
				return n, &trino.Error{Name: "EXCEEDED_RESULT_SIZE_LIMIT", Message: fmt.Sprintf("a row is larger than %d MiB, the most that is kept here", maxRow>>20)}
			}
			n++
		}
		if len(buffer) >= rowsFrame || row == nil && len(buffer) > 0 {
			if err := writeFrame(w, frameRows, buffer); err != nil {
				return n, &sendError{err}
			}
			buffer = buffer[:0]
		}
		if row == nil {
			return n, nil
		}
	}
}

// fileFrames sends what is written as a file's bytes.
type fileFrames struct{ w *bufio.Writer }

func (f fileFrames) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		n := min(len(rest), rowsFrame)
		if err := writeFrame(f.w, frameFile, rest[:n]); err != nil {
			return len(p) - len(rest), &sendError{err}
		}
		rest = rest[n:]
	}
	return len(p), nil
}
