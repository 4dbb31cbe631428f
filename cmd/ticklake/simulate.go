package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"ticklake/internal/feed/market"
)

func newSimulate(a *app) *cobra.Command {
	var f marketFlags
	var out, name string
	var ticks int64
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Write a simulated market to a CSV file, and nothing else",
		Long: `Writes the history of a simulated market, or its first --count ticks, as a file that loads as a dataset. The rows are
those that the feed of the same name sends; --feed names one, as ` + "`ticklake status`" + ` shows it.`,
		Example: `  ticklake simulate --out market.csv
  ticklake simulate --out - --count 10 --seed 7`,
		RunE: untilDone(func(cmd *cobra.Command, _ []string) error {
			if out == "" {
				return usage("no file named; hint: --out market.csv, or --out - for standard output")
			}
			p, err := f.params(time.Now(), 0)
			if name != "" {
				p, err = market.Parse(name)
			}
			if err != nil {
				return usageError{err}
			}
			m, err := market.New(p)
			if err != nil {
				return usageError{err}
			}
			all := ticks
			if p := m.Params(); all == 0 {
				all = int64(p.Days) * int64(p.Ticks) // about
			}
			n, err := a.simulate(cmd.Context(), m, out, ticks, all)
			if err != nil {
				return err
			}
			return a.printSimulated(simulated{out, n, m.Name()})
		}),
	}
	flags := cmd.Flags()
	f.register(flags)
	flags.StringVar(&out, "out", "", "the file to write; - for standard output")
	flags.Int64Var(&ticks, "count", 0, "so many ticks (0: all of the history)")
	flags.StringVar(&name, "feed", "", "the market by its full name, in place of the flags")
	return cmd
}

// simulate writes the first so many ticks of a market, or its history, to a new file, and takes away what it has not ended.
func (a *app) simulate(ctx context.Context, m *market.Market, out string, ticks, all int64) (n int64, err error) {
	to := &lines{w: a.out}
	if out != "-" {
		file, opened := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(opened, os.ErrExist) {
			return 0, fmt.Errorf("%s is there already; hint: remove it, or name another file with --out", out)
		}
		if opened != nil {
			return 0, opened
		}
		to.w = file
		defer func() {
			if err = errors.Join(err, file.Close()); err != nil {
				err = errors.Join(err, os.Remove(out))
			}
		}()
	}
	stop := a.progress("simulating", inTicks, func() (int64, int64) { return to.n.Load(), all })
	defer stop()
	return m.Write(ctx, to, ticks)
}

// lines counts the lines that are written.
type lines struct {
	w io.Writer
	n atomic.Int64
}

// Write implements io.Writer.
func (l *lines) Write(p []byte) (int, error) {
	n, err := l.w.Write(p)
	l.n.Add(int64(bytes.Count(p[:n], []byte{'\n'})))
	return n, err
}

// simulated is what `simulate` has written.
type simulated struct {
	File  string `json:"file"`
	Ticks int64  `json:"ticks"`
	Feed  string `json:"feed"` // the market's full name
}

// printSimulated tells it on stderr, where nothing is mixed with the file; as JSON on stdout, where that is free.
func (a *app) printSimulated(s simulated) error {
	if a.flags.output == formJSON {
		to := a.out
		if s.File == "-" {
			to = a.err
		}
		return printJSON(to, s)
	}
	_, err := fmt.Fprintf(a.err, "%s written to %s\nfeed %s\n", plural(s.Ticks, "tick"), s.File, s.Feed)
	return err
}
