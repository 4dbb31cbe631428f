// Command ticklake moves live stock-market data from Kafka into a queryable lake, exactly once, and answers questions
// about it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"ticklake/internal/local/athena/duck"
)

func main() {
	if isSQLWorker() {
		os.Exit(duck.Work(os.Stdin, os.Stdout))
	}
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the whole program; it returns the exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	out, errOut := newScreens(stdout, stderr, os.LookupEnv)
	a := &app{in: stdin, out: out, err: errOut}
	ctx, stop := a.untilSignal(context.Background())
	defer stop()
	root := newRoot(a)
	a.complete(root)
	root.SetArgs(args)
	err := a.explain(root.ExecuteContext(ctx))
	if err == nil {
		return exitOK
	}
	var silent *silentError
	if !errors.As(err, &silent) && !endedAsAsked(err) {
		_, _ = fmt.Fprintf(errOut, "ticklake: %v\n", err)
	}
	return exitCode(err)
}

// endedAsAsked says that nothing is wrong but that somebody has stopped what runs until it is stopped.
func endedAsAsked(err error) bool {
	if exitCode(err) != exitOK {
		return false
	}
	var by *signalled
	return strings.HasSuffix(err.Error(), context.Canceled.Error()) || errors.As(err, &by) && strings.HasSuffix(err.Error(), by.Error())
}

// signalled is why a context was cancelled.
type signalled struct{ by os.Signal }

func (s *signalled) Error() string { return fmt.Sprintf("stopped by %v", s.by) }

// Is says that it is a cancellation as any other: some libraries return the cause of one, some its error.
func (s *signalled) Is(target error) bool { return target == context.Canceled }

// slowStop is how long after a signal it is told that the end takes longer.
const slowStop = 2 * time.Second

// oneStop is how soon after another a signal is the same wish: timeout(1), and whoever passes a terminal's Ctrl-C on, send
// it to a process twice.
const oneStop = 200 * time.Millisecond

// untilSignal returns a context that ends with the first SIGINT or SIGTERM. The second ends the process, unless somebody
// reads in a pager: what is typed there is meant for it.
func (a *app) untilSignal(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		first, ok := <-signals
		if !ok {
			return
		}
		asked := time.Now()
		cancel(&signalled{first})
		slow := time.NewTimer(slowStop)
		defer slow.Stop()
		for {
			select {
			case <-slow.C:
				if !a.paging.TryLock() {
					continue // somebody reads
				}
				a.paging.Unlock()
				_, _ = fmt.Fprintln(a.err, "ticklake: stopping takes a moment; a second Ctrl-C ends it at once, and nothing is lost")
			case _, ok := <-signals:
				if !ok {
					return
				}
				if time.Since(asked) < oneStop {
					continue
				}
				if !a.paging.TryLock() {
					continue // it was meant for the pager
				}
				_, _ = fmt.Fprintln(a.err, "ticklake: stopped at once; nothing is lost, the next start goes on from what is there")
				os.Exit(exitKilled)
			}
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(signals)
		cancel(nil)
	}
}
