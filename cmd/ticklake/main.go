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
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run is the whole program; it returns the exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := untilSignal(context.Background(), stderr)
	defer stop()
	root := newRoot(&app{in: stdin, out: stdout, err: stderr})
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	var silent *silentError
	if !errors.As(err, &silent) {
		_, _ = fmt.Fprintf(stderr, "ticklake: %v\n", err)
	}
	return exitCode(err)
}

// untilSignal returns a context that ends with the first SIGINT or SIGTERM. The second ends the process.
func untilSignal(parent context.Context, stderr io.Writer) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		first, ok := <-signals
		if !ok {
			return
		}
		cancel(fmt.Errorf("stopped by %v", first))
		if _, ok = <-signals; ok {
			_, _ = fmt.Fprintln(stderr, "ticklake: stopped at once; nothing is lost, the next start goes on from what is there")
			os.Exit(exitKilled)
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(signals)
		cancel(nil)
	}
}
