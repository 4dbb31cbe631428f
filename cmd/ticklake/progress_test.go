package main

import (
	"bytes"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"
)

// watched runs progress over a minute of work, and returns what is printed.
func watched(t *testing.T, stderr *screen, of unit, seconds int64, total int64, rate int64) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		began := time.Now()
		a := &app{err: stderr}
		stop := a.progress("sending", of, func() (int64, int64) { return int64(float64(rate) * time.Since(began).Seconds()), total })
		time.Sleep(time.Duration(seconds)*time.Second + time.Millisecond)
		stop()
		stop() // does no harm
	})
}

func TestProgressWithoutATerminalIsALineEveryTenSeconds(t *testing.T) {
	for _, tt := range []struct {
		name           string
		unit           unit
		seconds, total int64
		rate           int64
		want           string
	}{
		{"what is over soon says nothing", inRows, 9, 1000, 100, ""},
		{
			"rows", inRows, 35, 4000, 100,
			"ticklake: sending: 25%, 1,000 of 4,000 rows, 100 rows/s, 30 s left\n" +
				"ticklake: sending: 50%, 2,000 of 4,000 rows, 100 rows/s, 20 s left\n" +
				"ticklake: sending: 75%, 3,000 of 4,000 rows, 100 rows/s, 10 s left\n",
		},
		{"an unknown end", inTicks, 11, 0, 5, "ticklake: sending: 50 ticks, 5 ticks/s\n"},
		{"bytes", inBytes, 11, 100 << 20, 1 << 20, "ticklake: sending: 10%, 10.0 MiB of 100.0 MiB, 1.0 MiB/s, 2 min left\n"},
		{"nothing moves", inRows, 11, 10, 0, "ticklake: sending: 0%, 0 of 10 rows\n"},
		{"more than was expected", inRows, 11, 10, 100, "ticklake: sending: 100%, 1,000 of 10 rows, 100 rows/s\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			_, stderr := newScreens(&bytes.Buffer{}, &b, os.LookupEnv)
			watched(t, stderr, tt.unit, tt.seconds, tt.total, tt.rate)
			if diff := cmp.Diff(tt.want, b.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// terminal is a screen on a terminal, and what it was sent.
func terminal(t *testing.T, env map[string]string) (stdout, stderr *screen, sent func() string) {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(slave, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	stdout, stderr = newScreens(slave, slave, func(name string) (string, bool) {
		v, ok := env[name]
		return v, ok
	})
	var text bytes.Buffer
	var read sync.WaitGroup
	read.Go(func() { _, _ = text.ReadFrom(master) }) // until the other end is closed
	return stdout, stderr, func() string {
		_ = slave.Close()
		read.Wait()
		_ = master.Close()
		return text.String()
	}
}

func TestProgressOnATerminalIsALineThatIsWiped(t *testing.T) {
	stdout, stderr, sent := terminal(t, map[string]string{"TERM": "xterm"})
	began := time.Now()
	p := &progress{screen: stderr, what: "sending", unit: inRows, began: began}
	p.look(began.Add(500*time.Millisecond), 5, 1000) // too soon
	p.look(began.Add(1500*time.Millisecond), 500, 1000)
	if _, err := stdout.Write([]byte("a row\n")); err != nil {
		t.Fatal(err)
	}
	p.look(began.Add(2500*time.Millisecond), 1000, 1000)
	p.look(began.Add(3500*time.Millisecond), 1000, 0) // the end is no longer known
	p.hide()
	p.hide()
	if _, err := stderr.Write([]byte("done\n")); err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(sent(), "\x1b[0K", "")
	for _, want := range []string{
		"\r  50% ███████████░░░░░░░░░░░░  sending: 500 of 1,000 rows, 495 rows/s, 1 s left", "\r\x1b[2Ka row\r\n",
		"\r  99% ███████████████████████░  sending: 1,000 of 1,000 rows, 498 rows/s", " sending: 1,000 rows, 332 rows/s", "\r\x1b[2Kdone\r\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %q", want, text)
		}
	}
	for line := range strings.SplitSeq(text, "\r") {
		if width(line) > 80 {
			t.Errorf("a line is wider than the terminal: %q", line)
		}
	}
}

func TestADumbTerminalIsNone(t *testing.T) {
	for _, tt := range []struct {
		name             string
		env              map[string]string
		terminal, colour bool
	}{
		{"xterm", map[string]string{"TERM": "xterm"}, true, true},
		{"NO_COLOR", map[string]string{"TERM": "xterm", "NO_COLOR": "1"}, true, false},
		{"an empty NO_COLOR", map[string]string{"TERM": "xterm", "NO_COLOR": ""}, true, true},
		{"dumb", map[string]string{"TERM": "dumb"}, false, false},
		{"unknown", nil, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			stdout, _, sent := terminal(t, tt.env)
			if stdout.terminal() != tt.terminal || stdout.colour != tt.colour || (stdout.in(red, "x") != "x") != tt.colour {
				t.Errorf("terminal %v, colour %v", stdout.terminal(), stdout.colour)
			}
			sent()
		})
	}
}
