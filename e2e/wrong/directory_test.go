package wrong

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"ticklake/e2e/program"
)

// TestDirectoriesThatCannotBeUsed starts `up` where it cannot keep its data.
func TestDirectoriesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	p := program.New(t)
	up := p.Up(append([]string{"--data", "data/one", "--parts", "kafka"}, "--retain", "1000000")...)
	p.Write("file", "")
	makeFolder(t, p, "newer", map[string]string{"ticklake.json": `{"format": 99, "created": "2026-01-01T00:00:00Z"}`, "lock": ""})
	makeFolder(t, p, "else", map[string]string{"letter.txt": "Dear"})
	makeFolder(t, p, "broken", map[string]string{"ticklake.json": `{"format"`, "lock": ""})
	makeFolder(t, p, "ports", map[string]string{"ticklake.json": `{"format": 1}`, "lock": "", "ports.json": `{"kafka": 99999}`})
	makeFolder(t, p, "keys", map[string]string{"ticklake.json": `{"format": 1}`, "lock": "", "keys.json": `{}`})
	closed := makeFolder(t, p, "closed", nil)
	mode(t, closed, 0)
	listed := makeFolder(t, p, "listed", nil)
	mode(t, listed, 0o500)
	mount := makeFolder(t, p, "mount", nil)
	small := makeFolder(t, p, "small", nil)

	at := func(name, dir string, says ...string) situation {
		return situation{name: name, args: []string{"up", "--any-ports", "--data", dir}, code: 1, says: append(says, "hint: ")}
	}
	with := func(s situation, via []string) situation {
		s.via = via
		return s
	}
	tryAll(t, p, []situation{
		at("one in use", "data/one", "data/one is in use by \"ticklake up\", process "+strconv.Itoa(up.Ready.PID), "stop it, or take another directory"),
		at("one of a newer version", "newer", "newer", "newer version", "99", "hint: "),
		at("one of something else", "else", "not a ticklake data directory", `"letter.txt"`, "name an empty or a new directory"),
		at("one that is broken", "broken", "ticklake.json"),
		at("one with a port that is none", "ports", "ports.json", "99999", "remove the file"),
		at("one with a key that is none", "keys", "keys.json", "remove it, a new one is made"),
		at("a file", "file", "file", "there is a file where the directory"),
		at("one below a file", "file/data", "file/data", "there is a file where the directory, or one above it, should be"),
		with(at("one that may not be entered", "closed", "closed", "permission denied", "it must be writable by this user"), asNobodySpecial(t)),
		with(at("one that may not be written to", "listed", "listed", "permission denied", "it must be writable by this user"), asNobodySpecial(t)),
		with(at("one below it", "listed/data", "listed/data", "permission denied", "it must be writable by this user"), asNobodySpecial(t)),
		with(at("one on a read-only mount", "mount", "mount", "read-only file system", "it must be writable by this user"), readOnly(t, mount)),
		with(at("one below it, read-only", "mount/data", "mount/data", "read-only file system", "it must be writable by this user"), readOnly(t, mount)),
		with(at("one on a full disk", "small", "small", "no space left on device", "free some space"), full(t, small, 0)),
		{name: "one that is not there, to verify", args: []string{"verify", "--data", "nosuch"}, code: 1, says: []string{"nosuch", "not a ticklake data directory", "hint: "}},
		{name: "one that does not run", args: []string{"status", "--data", "newer"}, code: 1, says: []string{"no ticklake runs on newer", "hint: start it with `ticklake up --data newer`"}},
		{name: "one that runs, without a part", args: []string{"query", "SELECT 1"}, code: 1, says: []string{"the running ticklake (data/one) has no Athena", "hint: set AWS_ENDPOINT_URL_ATHENA"}},
		{name: "a place for the ready file", args: []string{"up", "--any-ports", "--parts", "kafka", "--data", "data/ready", "--ready", "nosuch/ready.json"}, code: 2, says: []string{"--ready nosuch/ready.json: there is no such folder", "hint: "}},
	})
	up.Stop()
	for _, c := range [][]string{
		{"status"},
		{"verify"},
		{"sink"},
		{"produce"},
		{"crawl"},
		{"crawl", "--once"},
		{"serve"},
		{"env"},
		{"query", "SELECT 1"},
		{"insights"},
		{"catalog", "tables"},
		{"catalog", "table", "ticks"},
		{"topics", "describe", "ticks"},
		{"topics", "create", "ticks"},
		{"up", "--parts", "sink"},
	} {
		t.Run("nothing runs for "+strings.Join(c, " "), func(t *testing.T) {
			(&situation{args: c, code: 1, says: []string{"no running ticklake found under ./data", "hint: start one with `ticklake up`"}}).try(t, p)
		})
	}
	tryAll(t, p, []situation{
		{name: "no Kafka on AWS", args: []string{"sink", "--aws"}, env: []string{"AWS_REGION=us-east-1"}, code: 1, says: []string{"no Kafka broker known", "hint: name one with --kafka HOST:9092"}},
	})
}

// TestDiskWithLittleRoom has an `up` that starts and can keep little: it says so, waits, and stops when it is told.
func TestDiskWithLittleRoom(t *testing.T) {
	t.Parallel()
	p := program.New(t)
	p.Via = full(t, makeFolder(t, p, "small", nil), 300)
	up := p.Start("--data", "small")
	program.Eventually(t, "it says that the disk is full", func() bool {
		return strings.Contains(up.Log.String(), "disk is nearly full: producing is refused until there is room")
	})
	<-time.After(3 * time.Second) // in which it does not say it again and again
	up.Stop()
	said := messages(up.Log.String())
	if n := strings.Count(said, "\n"); n > 6 {
		t.Errorf("%d lines:\n%s", n, said)
	}
	if found := noWords.FindString(said); found != "" {
		t.Errorf("a message has %q:\n%s", found, said)
	}
}

// messages are the lines of a log that tell what is wrong.
func messages(log string) string {
	var said strings.Builder
	for line := range strings.Lines(log) {
		if strings.HasPrefix(line, "ticklake: ") {
			said.WriteString(line)
		}
	}
	return said.String()
}

// TestPortsThatAreTaken has one that was asked for, which is refused, and one that was not, which is replaced.
func TestPortsThatAreTaken(t *testing.T) {
	t.Parallel()
	p := program.New(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	by := "taken by wrong.test, process " + strconv.Itoa(os.Getpid())
	for _, part := range []string{"kafka", "s3", "glue", "athena", "operations"} {
		(&situation{
			args: []string{"up", "--any-ports", "--data", "data/" + part, "--" + part + "-port", port}, code: 1,
			says: []string{"port " + port + ", asked for " + part + ", is " + by, "hint: ", "--" + part + "-port"},
		}).try(t, p)
	}
	tryAll(t, p, []situation{
		{name: "operations of a part", args: []string{"crawl", "--operations", l.Addr().String(), "--aws"}, env: []string{"AWS_REGION=us-east-1"}, code: 1, says: []string{"hint: "}},
	})

	// One that is kept from the last time, and meanwhile somebody else's, is replaced, said, and the new one is kept.
	makeFolder(t, p, "kept", map[string]string{"ticklake.json": `{"format": 1}`, "lock": "", "ports.json": `{"kafka": ` + port + `}`})
	moved := p.Up("--parts", "kafka", "--data", "kept")
	program.Contains(t, moved.Log.String(), "ticklake: port "+port+" is taken; kafka listens on "+portOf(t, moved.Ready.Kafka)+", and will again")
	moved.Stop()
	again := p.Up("--parts", "kafka", "--data", "kept")
	if again.Ready.Kafka != moved.Ready.Kafka || strings.Contains(again.Log.String(), "is taken") {
		t.Errorf("it listens on %s after %s\n%s", again.Ready.Kafka, moved.Ready.Kafka, again.Log)
	}
	again.Stop()
}

// TestSeveralRun has two, of which no command knows which is meant.
func TestSeveralRun(t *testing.T) {
	t.Parallel()
	p := program.New(t)
	one := p.Up("--parts", "kafka", "--data", "data/one")
	two := p.Up("--parts", "kafka", "--data", "data/two")
	tryAll(t, p, []situation{
		{name: "status", args: []string{"status"}, code: 2, says: []string{"2 running ticklakes found; say which:", "  --data data/one   (pid " + strconv.Itoa(one.Ready.PID), "  --data data/two   (pid " + strconv.Itoa(two.Ready.PID)}},
		{name: "topics", args: []string{"topics", "describe", "ticks"}, code: 2, says: []string{"say which:"}},
	})
	p.OK("status", "--data", "data/two")
	// One that is stopped does not hang the others.
	if err := two.Cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	(&situation{args: []string{"status", "--data", "data/two"}, code: 1, says: []string{"does not answer: no answer in time", "hint: is its process stopped"}}).try(t, p)
	if err := two.Cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
}

func portOf(t *testing.T, address string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// makeFolder makes one with files, and returns its path.
func makeFolder(t *testing.T, p *program.Place, name string, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(p.Dir, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for file, content := range files {
		p.Write(filepath.Join(name, file), content)
	}
	return dir
}

// mode changes a folder's mode, until the test ends.
func mode(t *testing.T, dir string, to os.FileMode) {
	t.Helper()
	if err := os.Chmod(dir, to); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
}
