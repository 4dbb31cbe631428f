package docs

import (
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"ticklake/e2e/program"
)

// shared is a running `up` that examples find under ./data.
type shared struct {
	place  *program.Place
	server *program.Server
}

func newShared(t *testing.T) *shared {
	t.Helper()
	p := program.New(t)
	s := &shared{place: p, server: p.Up("--max-idle", "500ms", "--day-ticks", "20000")}
	program.Eventually(t, "the lake can be queried", func() bool {
		return p.Run("query", "-o", "csv", "SELECT 1 AS one FROM ticks LIMIT 1").Out == "one\n1\n"
	})
	return s
}

// run tries an example as a test of its own, in a directory of its own.
func run(t *testing.T, s *shared, e example) {
	t.Helper()
	t.Run(e.where+":"+strings.Fields(e.text + " -")[0], func(t *testing.T) {
		t.Parallel()
		dir := newDirectory(t)
		if err := os.Symlink(filepath.Join(s.place.Dir, "data"), filepath.Join(dir.place.Dir, "data")); err != nil {
			t.Fatal(err)
		}
		for _, c := range e.commands(t) {
			c.parse(t, dir.place)
			if c.needs != "" || slices.ContainsFunc(c.calls, func(call call) bool { return call.program == "make" }) {
				continue
			}
			to := dir
			if starts.MatchString(c.text) {
				to = newDirectory(t) // without what runs already
			}
			to.run(t, c)
		}
	})
}

var (
	starts = regexp.MustCompile(`ticklake up\b`)
	serves = regexp.MustCompile(`ticklake (up|sink|crawl|produce|serve)\b`)
	ends   = regexp.MustCompile(`--once|--dry-run|produce .*--dataset`)
)

// directory is where an example is tried.
type directory struct{ place *program.Place }

// newDirectory has the binary as bin/ticklake and the files that examples take for their user's own: a dataset and a question.
func newDirectory(t *testing.T) *directory {
	t.Helper()
	p := program.New(t)
	binary, err := exec.LookPath(p.Command().Path)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"bin", "path"} {
		if err := os.Mkdir(filepath.Join(p.Dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(binary, filepath.Join(p.Dir, "bin", "ticklake")); err != nil {
		t.Fatal(err)
	}
	p.Write("indexProcessed.csv", dataset)
	p.Write("path/indexProcessed.csv", dataset)
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	if _, err := w.Write([]byte(dataset)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	p.Write("indexProcessed.csv.gz", zipped.String())
	p.Write("question.sql", "SELECT count(*) AS n\nFROM ticks;\n")
	return &directory{p}
}

// dataset is short enough to be fed at a day a second.
const dataset = `Index,Date,Open,High,Low,Close,Adj Close,Volume,CloseUSD
HSI,1987-01-05,2552.399902,2552.399902,2552.399902,2552.399902,2552.399902,0,331.81198726
HSI,1987-01-06,2583.899902,2583.899902,2583.899902,2583.899902,2583.899902,0,335.90698726
NYA,1987-01-05,1420.1,1431.25,1419.5,1430.01,1430.01,90,1430.01
NYA,1987-01-06,1430.01,1442,1429.75,1441.5,1441.5,0,1441.5
`

// run runs a command. One that serves is stopped by Ctrl-C when it has begun to, and must end well.
func (d *directory) run(t *testing.T, c command) {
	t.Helper()
	cmd := d.place.ShellCommand(c.text)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	signal := func(s syscall.Signal) { _ = syscall.Kill(-cmd.Process.Pid, s) }
	if serves.MatchString(c.text) && !ends.MatchString(c.text) {
		select {
		case err := <-ended:
			t.Errorf("%s:%d: %s\nends by itself: %v\n%s", c.where, c.line, c.text, err, out.String())
			return
		case <-d.serving(c):
			signal(syscall.SIGINT)
		}
	}
	select {
	case err := <-ended:
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Errorf("%s:%d: %s\nexit code %d\n%s", c.where, c.line, c.text, exit.ExitCode(), out.String())
		} else if err != nil {
			t.Fatal(err)
		}
	case <-time.After(time.Minute):
		signal(syscall.SIGKILL)
		t.Errorf("%s:%d: %s\ndoes not end: %v\n%s", c.where, c.line, c.text, <-ended, out.String())
	}
}

// serving tells when a command that serves has begun to: an `up` has left its ready file; another has lived for a while.
func (d *directory) serving(c command) <-chan time.Time {
	if !starts.MatchString(c.text) {
		return time.After(2 * time.Second)
	}
	begun := make(chan time.Time)
	go func() {
		for range 3000 {
			if found, _ := filepath.Glob(filepath.Join(d.place.Dir, "data", "*", "ready.json")); len(found) > 0 {
				break
			}
			<-time.After(20 * time.Millisecond)
		}
		close(begun)
	}()
	return begun
}
