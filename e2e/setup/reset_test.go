package setup

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"ticklake/e2e/program"
)

// withData is a machine that has two data directories.
func withData(t *testing.T) *machine {
	t.Helper()
	m := newMachine(t)
	m.file("tree/data/market/lock", "", 0o600)
	m.file("tree/data/market/s3/ticks", strings.Repeat("x", 3<<20), 0o600)
	m.file("tree/data/indexProcessed/lock", "", 0o600)
	return m
}

func (m *machine) hasData() bool {
	_, err := os.Stat(filepath.Join(m.root, "data", "market", "s3", "ticks"))
	return !errors.Is(err, fs.ErrNotExist)
}

func TestResetAsks(t *testing.T) {
	for _, c := range []struct {
		name, answer string
		code         int
		deleted      bool
	}{
		{"yes", "yes\n", 0, true},
		{"y", "y\n", 0, true},
		{"no", "n\n", 1, false},
		{"nothing", "\n", 1, false},
		{"something else", "yesterday\n", 1, false},
		{"the end of the input", "\x04", 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := withData(t)
			terminal := m.onTerminal("reset", "data")
			program.Eventually(t, "it asks", func() bool { return strings.Contains(terminal.Log.String(), "Delete it? [y/N] ") })
			terminal.Type(c.answer)
			text, code := terminal.Wait()
			if code != c.code || m.hasData() == c.deleted {
				t.Errorf("exit code %d, data is there: %v", code, m.hasData())
			}
			wants(t, text, "This deletes all of ./data:", "data/indexProcessed", "3.1M\tdata/market", "total")
			said := "Nothing was deleted."
			if c.deleted {
				said = "Deleted."
			}
			wants(t, text, said)
		})
	}
}

func TestResetRefusesWhereNobodyCanBeAsked(t *testing.T) {
	m := withData(t)
	text, code := m.run("reset", "data")
	if code != 1 || !m.hasData() {
		t.Errorf("exit code %d, data is there: %v", code, m.hasData())
	}
	wants(t, text, "There is no terminal to ask on: make reset YES=1 deletes without asking. Nothing was deleted.")
	m.env = append(m.env, "YES=1")
	if text, code = m.run("reset", "data"); code != 0 || m.hasData() {
		t.Errorf("exit code %d, data is there: %v\n%s", code, m.hasData(), text)
	}
	if text, code = m.run("reset", "data"); code != 0 || text != "There is no data in ./data.\n" {
		t.Errorf("exit code %d, it says %q", code, text)
	}
}

func TestResetRefusesWhatIsInUse(t *testing.T) {
	m := withData(t)
	m.env = append(m.env, "YES=1")
	lock := filepath.Join(m.root, "data", "market", "lock")
	m.file("tree/data/market/lock", `{"pid":4711,"command":"up","since":"2024-05-17T14:30:00Z"}`+"\n", 0o600)
	f, err := os.Open(lock)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		t.Fatal(err)
	}
	text, code := m.run("reset", "data")
	if code != 1 || !m.hasData() {
		t.Errorf("exit code %d, data is there: %v", code, m.hasData())
	}
	wants(t, text, "./data/market is in use: process 4711. Stop it first", "Nothing was deleted.")
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if text, code := m.run("reset", "data"); code != 0 || m.hasData() {
		t.Errorf("when it has ended: exit code %d, data is there: %v\n%s", code, m.hasData(), text)
	}
}

func TestResetLeavesALinkAlone(t *testing.T) {
	m := newMachine(t)
	m.env = append(m.env, "YES=1")
	m.file("elsewhere/file", "", 0o600)
	if err := os.Symlink(m.dir("elsewhere"), filepath.Join(m.root, "data")); err != nil {
		t.Fatal(err)
	}
	text, code := m.run("reset", "data")
	if code != 1 {
		t.Errorf("exit code %d", code)
	}
	wants(t, text, "./data is a link to "+m.dir("elsewhere"), "Nothing was deleted.")
	if _, err := os.Stat(filepath.Join(m.dir("elsewhere"), "file")); err != nil {
		t.Error(err)
	}
}

func TestCleanNeverTouchesData(t *testing.T) {
	m := withData(t)
	m.file("tree/bin/ticklake", "", 0o700)
	m.file("tree/.cache/testsum", "", 0o700)
	makefile, err := os.ReadFile(filepath.Join("..", "..", "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	m.file("tree/Makefile", string(makefile), 0o600)
	if text, code := m.make("clean"); code != 0 {
		t.Errorf("exit code %d: %s", code, text)
	}
	if !m.hasData() {
		t.Error("the data is gone")
	}
	for _, name := range []string{"bin", ".cache"} {
		if _, err := os.Stat(filepath.Join(m.root, name)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is still there: %v", name, err)
		}
	}
	text, code := m.make("reset")
	if code == 0 || !m.hasData() {
		t.Errorf("make reset: exit code %d, data is there: %v", code, m.hasData())
	}
	wants(t, text, "make reset YES=1")
	if text, code := m.make("reset", "YES=1"); code != 0 || m.hasData() {
		t.Errorf("make reset YES=1: exit code %d, data is there: %v\n%s", code, m.hasData(), text)
	}
}

// make runs make there, with all that this machine has on its path.
func (m *machine) make(args ...string) (text string, code int) {
	m.t.Helper()
	path, err := exec.LookPath("make")
	if err != nil {
		m.t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Dir, cmd.Env = m.root, append(m.env, "PATH="+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	if err != nil && !errors.As(err, new(*exec.ExitError)) {
		m.t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}
