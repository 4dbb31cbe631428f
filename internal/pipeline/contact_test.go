package pipeline

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ticklake/internal/awsclient"
)

var (
	errGone = &awsclient.Error{Service: "S3", Where: "http://x", Message: "connection refused"}
	errFull = &awsclient.Error{Service: "S3", Where: "http://x", Code: "InternalError", Message: "the disk is full"}
)

// TestAServiceIsAwayFromItsFirstFailureOn follows a service through what can befall it; each step ends with what is said.
func TestAServiceIsAwayFromItsFirstFailureOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newContact("S3")
		began := time.Now()
		is := func(name string, away bool, since time.Duration) {
			t.Helper()
			got, ok := c.away(time.Now())
			if ok != away || ok && got.Since.Sub(began) != since {
				t.Errorf("%s: %v, since %v: %+v", name, ok, got.Since.Sub(began), got)
			}
		}
		try := func(kind string, err error) { c.ask(kind, silentAfter)(err) }
		is("nothing was asked", false, 0)
		try("create", errGone)
		is("it has just failed", false, 0)
		time.Sleep(2 * time.Second)
		c.retry("create", 3*time.Second)
		is("it fails for 2 s", true, 0)
		if got, _ := c.away(time.Now()); got.NextTry == nil || time.Until(*got.NextTry) != 3*time.Second || got.Reason != errGone.Error() {
			t.Errorf("%+v", got)
		}
		try("list", nil)
		is("it answers another question", false, 0)

		try("create", errFull)
		time.Sleep(2 * time.Second)
		try("list", nil)
		is("it takes nothing, and answers all the same", true, 2*time.Second)
		try("create", context.Canceled)
		is("somebody has given up", true, 2*time.Second)
		try("create", nil)
		is("it takes something", false, 0)

		done := c.ask("get", silentAfter)
		time.Sleep(silentAfter + 2*time.Second)
		is("a question is not answered", true, 4*time.Second)
		if got, _ := c.away(time.Now()); got.Reason != "S3 has not answered for 12 s" {
			t.Errorf("%+v", got)
		}
		done(nil)
		is("it is", false, 0)

		try("head", errFull)
		time.Sleep(longestQuiet + time.Second)
		is("what failed was given up", false, 0)

		c.tell(errGone, time.Now().Add(-5*time.Second))
		time.Sleep(time.Hour)
		if got, ok := c.away(time.Now()); !ok || time.Since(got.Since) != time.Hour+5*time.Second {
			t.Errorf("of one that is told: %+v", got)
		}
		c.tell(nil, time.Time{})
		is("it is told to be back", false, 0)
	})
}

func TestAwayAndBackAreToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newContacts()
		var told []string
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			c.watch(ctx, func(a Away) { told = append(told, "away "+a.Service) },
				func(a Away, after time.Duration) {
					told = append(told, "back "+a.Service+" "+after.Round(time.Second).String())
				})
		}()
		for range 20 {
			c.store.ask("create", silentAfter)(errGone)
			time.Sleep(time.Second)
		}
		c.store.ask("create", silentAfter)(nil)
		time.Sleep(time.Second)
		cancel()
		<-ended
		if got := strings.Join(told, ", "); got != "away S3, back S3 20s" {
			t.Error(got)
		}
	})
}

func TestAWarningIsNotAFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		log := newQuiet(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelWarn})))
		lines := func(name string, want int) {
			t.Helper()
			if got := strings.Count(out.String(), "\n"); got != want {
				t.Errorf("%s: %d lines, not %d\n%s", name, got, want, out.String())
			}
			out.Reset()
		}
		for range 10 {
			log.Warn("partition is tried again", "in", time.Second, "error", errors.New("x"))
		}
		lines("the same", 1)
		log.Warn("partition is tried again", "error", errors.New("y"))
		log.With("part", "sink").Warn("partition is tried again", "error", errors.New("y"))
		lines("another reason", 1)
		time.Sleep(2 * saidAgain)
		log.Warn("partition is tried again", "error", errors.New("x"))
		lines("the same, later", 1)
		log.Warn("partition is tried again", "error", errGone)
		lines("what the contacts tell", 0)
		log.Error("partition stopped", "error", errors.New("x"))
		lines("an error", 1)
	})
}
