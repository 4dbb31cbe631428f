package wrong

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"ticklake/e2e/program"
)

// TestStopping sends the signals that stop a program, once and twice.
func TestStopping(t *testing.T) {
	t.Parallel()
	p := program.New(t)
	ends := func(name string, s *program.Server, code int, within time.Duration, signals ...syscall.Signal) {
		t.Helper()
		began := time.Now()
		for i, signal := range signals {
			if i > 0 {
				<-time.After(300 * time.Millisecond)
			}
			if err := s.Cmd.Process.Signal(signal); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		<-s.Done
		if got := s.Cmd.ProcessState.ExitCode(); got != code {
			t.Errorf("%s: exit code %d, not %d\n%s", name, got, code, s.Log)
		}
		if took := time.Since(began); took > within {
			t.Errorf("%s: it took %v\n%s", name, took, s.Log)
		}
		if found := noWords.FindString(s.Log.String()); found != "" {
			t.Errorf("%s: it says %q\n%s", name, found, s.Log)
		}
	}
	ends("SIGTERM", p.Up(smallMarket...), 0, 10*time.Second, syscall.SIGTERM)
	ends("SIGINT", p.Up(smallMarket...), 0, 10*time.Second, syscall.SIGINT)

	// A sink whose store has stopped waits for it; a second Ctrl-C does not.
	lake := p.Up("--parts", "s3", "--data", "data/lake")
	kafka := p.Up(append([]string{"--parts", "kafka,feed", "--data", "data/kafka"}, "--symbols", "3", "--days", "1", "--day-ticks", "2000", "--rate", "500")...)
	sink := p.Launch("sink", "--kafka", kafka.Ready.Kafka, "--data", "data/lake", "--max-age", "300ms", "--session-timeout", "6s")
	program.Eventually(t, "the sink has written", func() bool { return len(p.RawRows("data/lake", "ticks")) > 0 })
	if err := lake.Cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	<-time.After(time.Second) // a cut falls due
	ends("Ctrl-C twice", sink, 130, 3*time.Second, syscall.SIGINT, syscall.SIGINT)
	program.Contains(t, sink.Log.String(), "stopped at once; nothing is lost")
	if err := lake.Cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	next := p.Launch("sink", "--kafka", kafka.Ready.Kafka, "--data", "data/lake", "--max-age", "300ms", "--session-timeout", "6s")
	program.Eventually(t, "the next sink goes on", func() bool { return len(cuts(t, p, "data/lake")) > 2 })
	ends("the next sink", next, 0, 10*time.Second, syscall.SIGINT)
	lake.Stop()
	kafka.Stop()
	program.Contains(t, p.OK("verify", "--data", "data/lake"), "ticks is whole")

	// What sends a signal twice at once, such as timeout(1), means to stop it once.
	up := p.Up(smallMarket...)
	if err := up.Cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	ends("SIGTERM twice at once", up, 0, 10*time.Second, syscall.SIGTERM)
}

// TestStoppedBeforeItsEnd stops what has an end before that: whoever goes on only when it is done must not.
func TestStoppedBeforeItsEnd(t *testing.T) {
	t.Parallel()
	p := program.New(t)
	p.Write("prices.csv", "timestamp,symbol,price\n"+strings.Repeat("2024-05-17T14:30:00Z,AAPL,189.84\n", 1000))
	kafka := p.Up("--parts", "kafka", "--data", "data/kafka")
	for _, args := range [][]string{
		{"up", "--once", "--any-ports", "--dataset", "prices.csv", "--rate", "10"},
		{"produce", "--kafka", kafka.Ready.Kafka, "--dataset", "prices.csv", "--rate", "10"},
	} {
		for _, after := range []time.Duration{100 * time.Millisecond, 2 * time.Second} { // while it starts, and while it sends
			s := p.Launch(args...)
			<-time.After(after)
			if err := s.Cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			<-s.Done
			if code := s.Cmd.ProcessState.ExitCode(); code != 130 {
				t.Errorf("%v stopped after %v: exit code %d, not 130\n%s", args, after, code, s.Log)
			}
		}
	}
	kafka.Stop()
}

// cuts are the files of a lake's cuts.
func cuts(t *testing.T, p *program.Place, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(p.Dir, dir, "s3/buckets/ticklake/_ticklake/cuts/ticks/*/*/*.json"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestStreamsThatAreClosed has no standard input, and a reader of standard output that goes away.
func TestStreamsThatAreClosed(t *testing.T) {
	t.Parallel()
	p := program.New(t)
	tryAll(t, p, []situation{
		{name: "no standard input to query", args: []string{"query"}, via: []string{"sh", "-c", `exec "$0" "$@" <&-`}, code: 2, says: []string{"no statement", "hint: "}},
	})
	p.Via = []string{"sh", "-c", `"$0" "$@" 2>&1 | head -n 1`}
	r := p.Run("simulate", "--out", "-", "--count", "2000000")
	if r.Code != 0 || r.Err != "" || strings.Count(r.Out, "\n") != 1 || !strings.HasPrefix(r.Out, "Timestamp,") {
		t.Errorf("| head: exit code %d\n%.300s\n%s", r.Code, r.Out, r.Err)
	}
	p.Via = []string{"sh", "-c", `"$0" "$@" >&-`}
	if r := p.Run("version"); r.Code != 0 || r.Err != "" {
		t.Errorf("no standard output: exit code %d\n%s", r.Code, r.Err)
	}
}
