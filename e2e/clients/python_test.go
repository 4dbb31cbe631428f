package clients

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// outcome is a line that run.py prints for a test.
type outcome struct {
	Test    string
	OK      bool
	Message string
	Seconds float64
}

// modules are the files of tests, with how many tests each has at least: one that finds none has not run.
var modules = []struct {
	name string
	min  int
}{
	{"test_s3", 9}, {"test_glue", 7}, {"test_athena", 14}, {"test_wrangler", 16}, {"test_pyathena", 11}, {"test_kafka", 5},
}

func TestClients(t *testing.T) {
	l := newLake(t)
	t.Run("aws", l.commandLine)
	// One after the other: some make tables for a moment, and others list them. Kafka's come last, because they add ticks.
	for _, m := range modules {
		t.Run(m.name, func(t *testing.T) { l.python3(t, m.name, m.min) })
	}
	t.Run("docs/clients.md", l.document)
}

// python3 runs a file of tests, each as one of ours.
func (l *lake) python3(t *testing.T, module string, least int) {
	t.Helper()
	scripts, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(l.python, filepath.Join(scripts, "run.py"), module)
	cmd.Dir, cmd.Env = t.TempDir(), l.env
	var noise bytes.Buffer
	cmd.Stderr = &noise
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(2*time.Minute, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	n := 0
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var o outcome
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			t.Errorf("%s: %v", lines.Text(), err)
			continue
		}
		n++
		t.Run(o.Test, func(t *testing.T) {
			t.Logf("%.2f s", o.Seconds)
			if !o.OK {
				t.Error(o.Message)
			}
		})
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%s: %v\n%s", module, err, noise.String())
	}
	if n < least {
		t.Errorf("%s: %d tests, at least %d were expected\n%s", module, n, least, noise.String())
	}
}
