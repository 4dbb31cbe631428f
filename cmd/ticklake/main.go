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
	"syscall"
	"time"
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run is the whole program; it returns the exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	out, errOut := newScreens(stdout, stderr, os.LookupEnv)
	a := &app{in: stdin, out: out, err: errOut}
	ctx, stop := a.untilSignal(context.Background())
	defer stop()
	root := newRoot(a)
	a.complete(root)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	var silent *silentError
	if !errors.As(err, &silent) {
		_, _ = fmt.Fprintf(errOut, "ticklake: %v\n", err)
	}
	return exitCode(err)
}

// slowStop is how long after a signal it is told that the end takes longer.
const slowStop = 2 * time.Second

// untilSignal returns a context that ends with the first SIGINT or SIGTERM. The second ends the process, as soon as nobody
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
		cancel(fmt.Errorf("stopped by %v", first))
		slow := time.AfterFunc(slowStop, func() {
			_, _ = fmt.Fprintln(a.err, "ticklake: stopping takes a while; a second Ctrl-C ends it at once")
		})
		defer slow.Stop()
		if _, ok = <-signals; ok {
			a.paging.Lock()
			_, _ = fmt.Fprintln(a.err, "ticklake: stopped at once; nothing is lost, the next start goes on from what is there")
			os.Exit(exitKilled)
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(signals)
		cancel(nil)
	}
}
