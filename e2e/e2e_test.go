// Package e2e tries the built program from outside, as its user has it: a binary, a directory, files.
package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// binary is the program under test: TICKLAKE_BIN, or built for the run.
var binary string

func TestMain(m *testing.M) {
	code, err := withBinary(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
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

// place is an empty directory in which the program is tried, without an environment of its own.
type place struct {
	t   *testing.T
	dir string
}

func newPlace(t *testing.T) *place {
	t.Helper()
	return &place{t: t, dir: t.TempDir()}
}

func (p *place) command(args ...string) *exec.Cmd {
	cmd := exec.Command(binary, args...)
	cmd.Dir = p.dir
	cmd.Env = []string{"HOME=" + p.dir, "PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir()}
	return cmd
}

// result is what a command printed, and its exit code.
type result struct {
	out, err string
	code     int
}

// run runs a command to its end.
func (p *place) run(args ...string) result {
	p.t.Helper()
	cmd := p.command(args...)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	late := time.AfterFunc(2*time.Minute, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	if !late.Stop() {
		p.t.Fatalf("ticklake %s does not end\n%s\n%s", strings.Join(args, " "), out.String(), errOut.String())
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	return result{out: out.String(), err: errOut.String(), code: cmd.ProcessState.ExitCode()}
}

// ok runs a command that must succeed, and returns what it printed.
func (p *place) ok(args ...string) string {
	p.t.Helper()
	r := p.run(args...)
	if r.code != 0 {
		p.t.Fatalf("ticklake %s: exit code %d\n%s\n%s", strings.Join(args, " "), r.code, r.out, r.err)
	}
	return r.out
}

// server is a running `up`.
type server struct {
	place *place
	cmd   *exec.Cmd
	log   *bytes.Buffer
	done  chan struct{} // closed when it has ended
	err   error         // how it has ended
	ready ready
}

// ready is the ready file.
type ready struct {
	Kafka, S3, Glue, Athena, Operations string
	Region, Bucket, Topic, Database     string
	DataDir                             string `json:"data_dir"`
	AccessKeyID                         string `json:"access_key_id"`
	SecretAccessKey                     string `json:"secret_access_key"`
	Workgroup                           string
	OutputLocation                      string `json:"output_location"`
	PID                                 int
}

// up starts `ticklake up` and waits until everything answers.
func (p *place) up(args ...string) *server {
	p.t.Helper()
	s := p.start(args...)
	file := filepath.Join(p.dir, "ready.json")
	eventually(p.t, "the ready file is written", func() bool {
		select {
		case <-s.done:
			p.t.Fatalf("up has ended: %v\n%s", s.err, s.log)
		default:
		}
		body, err := os.ReadFile(file)
		return err == nil && json.Unmarshal(body, &s.ready) == nil
	})
	return s
}

// start starts `ticklake up` without waiting for it.
func (p *place) start(args ...string) *server {
	p.t.Helper()
	file := filepath.Join(p.dir, "ready.json")
	_ = os.Remove(file)
	s := &server{place: p, log: new(bytes.Buffer), done: make(chan struct{})}
	s.cmd = p.command(append([]string{"up", "--any-ports", "--ready", file}, args...)...)
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	if err := s.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	go func() {
		defer close(s.done)
		s.err = s.cmd.Wait()
	}()
	p.t.Cleanup(s.kill)
	return s
}

// kill ends the server as a power cut would, and waits until it is gone.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	<-s.done
}

// stop ends the server as Ctrl-C does.
func (s *server) stop() {
	s.place.t.Helper()
	began := time.Now()
	if err := s.cmd.Process.Signal(syscall.SIGINT); err != nil {
		s.place.t.Fatal(err)
	}
	select {
	case <-s.done:
		if s.err != nil {
			s.place.t.Errorf("stopped by Ctrl-C: %v\n%s", s.err, s.log)
		}
		if took := time.Since(began); took > 10*time.Second {
			s.place.t.Errorf("stopping took %v", took)
		}
	case <-time.After(20 * time.Second):
		s.place.t.Fatalf("it does not stop\n%s", s.log)
	}
}

func eventually(t *testing.T, what string, about func() bool) {
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

func contains(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
}
