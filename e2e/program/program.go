// Package program runs the built ticklake from outside, as its user has it: a binary, an empty directory, files. The
// end-to-end packages share it.
package program

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary is the program under test: TICKLAKE_BIN, or built for the run.
var binary string

// Main runs a package's tests with a binary to try, and returns the exit code.
func Main(m *testing.M) int {
	code, err := withBinary(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func withBinary(m *testing.M) (int, error) {
	if binary = os.Getenv("TICKLAKE_BIN"); binary != "" {
		path, err := filepath.Abs(binary)
		if err != nil {
			return 1, err
		}
		binary = path
		return m.Run(), nil
	}
	dir, err := os.MkdirTemp("", "ticklake-e2e-")
	if err != nil {
		return 1, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary = filepath.Join(dir, "ticklake")
	if out, err := exec.Command("go", "build", "-o", binary, "ticklake/cmd/ticklake").CombinedOutput(); err != nil {
		return 1, fmt.Errorf("build: %w\n%s", err, out)
	}
	return m.Run(), nil
}

// Place is an empty directory in which the program is tried, without an environment but for what a test puts there.
type Place struct {
	T   *testing.T
	Dir string
	Env []string // further variables, NAME=value
	Via []string // a command that runs the program, such as nsenter with its flags; none runs it as it is
}

// New makes one that goes with the test.
func New(t *testing.T) *Place {
	t.Helper()
	return &Place{T: t, Dir: t.TempDir()}
}

// Command is the program with arguments, in the place.
func (p *Place) Command(args ...string) *exec.Cmd {
	args = append(append(slices.Clone(p.Via), binary), args...)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = p.Dir
	cmd.Env = append([]string{"HOME=" + p.Dir, "PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir()}, p.Env...)
	return cmd
}

// Result is what a command printed, and its exit code.
type Result struct {
	Out, Err string
	Code     int
}

// Write makes a file in the place.
func (p *Place) Write(name, content string) {
	p.T.Helper()
	if err := os.WriteFile(filepath.Join(p.Dir, name), []byte(content), 0o600); err != nil {
		p.T.Fatal(err)
	}
}

// Run runs a command to its end.
func (p *Place) Run(args ...string) Result {
	p.T.Helper()
	cmd := p.Command(args...)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Start(); err != nil {
		p.T.Fatal(err)
	}
	late := time.AfterFunc(2*time.Minute, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	if !late.Stop() {
		p.T.Fatalf("ticklake %s does not end\n%s\n%s", strings.Join(args, " "), out.String(), errOut.String())
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.T.Fatal(err)
	}
	return Result{Out: out.String(), Err: errOut.String(), Code: cmd.ProcessState.ExitCode()}
}

// OK runs a command that must succeed, and returns what it printed.
func (p *Place) OK(args ...string) string {
	p.T.Helper()
	r := p.Run(args...)
	if r.Code != 0 {
		p.T.Fatalf("ticklake %s: exit code %d\n%s\n%s", strings.Join(args, " "), r.Code, r.Out, r.Err)
	}
	return r.Out
}

// Server is a running `up`, or another command that runs until it is stopped.
type Server struct {
	place *Place
	Cmd   *exec.Cmd
	Log   *Log
	Done  chan struct{} // closed when it has ended
	Err   error         // how it has ended, once Done is closed
	Ready Ready         // where everything is, filled in by Up
}

// Ready is the ready file.
type Ready struct {
	Kafka, S3, Glue, Athena, Web, Operations string
	Region, Bucket, Topic, Database          string
	DataDir                                  string `json:"data_dir"`
	AccessKeyID                              string `json:"access_key_id"`
	SecretAccessKey                          string `json:"secret_access_key"`
	Workgroup                                string
	OutputLocation                           string `json:"output_location"`
	PID                                      int
}

// Up starts `ticklake up` and waits until everything answers.
func (p *Place) Up(args ...string) *Server {
	p.T.Helper()
	s := p.Start(args...)
	file := filepath.Join(p.Dir, "ready.json")
	Eventually(p.T, "the ready file is written", func() bool {
		select {
		case <-s.Done:
			p.T.Fatalf("up has ended: %v\n%s", s.Err, s.Log)
		default:
		}
		body, err := os.ReadFile(file)
		return err == nil && json.Unmarshal(body, &s.Ready) == nil
	})
	return s
}

// Start starts `ticklake up` without waiting for it.
func (p *Place) Start(args ...string) *Server {
	p.T.Helper()
	file := filepath.Join(p.Dir, "ready.json")
	_ = os.Remove(file)
	return p.Launch(append([]string{"up", "--any-ports", "--ready", file}, args...)...)
}

// Launch starts any command without waiting for it. It is killed when the test ends, where it still runs.
func (p *Place) Launch(args ...string) *Server {
	p.T.Helper()
	s := &Server{place: p, Log: new(Log), Done: make(chan struct{})}
	s.Cmd = p.Command(args...)
	s.Cmd.Stdout, s.Cmd.Stderr = s.Log, s.Log
	if err := s.Cmd.Start(); err != nil {
		p.T.Fatal(err)
	}
	go func() {
		defer close(s.Done)
		s.Err = s.Cmd.Wait()
	}()
	p.T.Cleanup(s.Kill)
	return s
}

// Kill ends the server as a power cut would, and waits until it is gone.
func (s *Server) Kill() {
	_ = s.Cmd.Process.Kill()
	<-s.Done
}

// Stop ends the server as Ctrl-C does.
func (s *Server) Stop() {
	s.place.T.Helper()
	began := time.Now()
	if err := s.Cmd.Process.Signal(syscall.SIGINT); err != nil {
		s.place.T.Fatal(err)
	}
	select {
	case <-s.Done:
		if s.Err != nil {
			s.place.T.Errorf("stopped by Ctrl-C: %v\n%s", s.Err, s.Log)
		}
		if took := time.Since(began); took > 10*time.Second {
			s.place.T.Errorf("stopping took %v", took)
		}
	case <-time.After(20 * time.Second):
		s.place.T.Fatalf("it does not stop\n%s", s.Log)
	}
}

// RawRows are the rows in the raw zone of a topic in a data directory, in no order.
func (p *Place) RawRows(dataDir, topic string) []string {
	p.T.Helper()
	files, err := filepath.Glob(filepath.Join(p.Dir, dataDir, "s3/buckets/*/raw", topic, "*/*.csv.gz"))
	if err != nil {
		p.T.Fatal(err)
	}
	var rows []string
	for _, name := range files {
		packed, err := os.ReadFile(name)
		if err != nil {
			p.T.Fatal(err)
		}
		z, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			p.T.Fatal(err)
		}
		text, err := io.ReadAll(z)
		if err != nil {
			p.T.Fatalf("%s: %v", name, err)
		}
		_, text, _ = bytes.Cut(text, []byte("\n")) // the header
		for line := range strings.Lines(string(text)) {
			rows = append(rows, strings.TrimSuffix(line, "\n"))
		}
	}
	return rows
}

// Eventually waits until something has come about, a minute at most.
func Eventually(t *testing.T, what string, about func() bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	for !about() {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-deadline:
			t.Fatalf("it does not come about that %s", what)
		}
	}
}

// Contains fails the test where a text lacks one of wants.
func Contains(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
}

// Log is what a running program has printed so far.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write takes what is printed.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String is all of it.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
