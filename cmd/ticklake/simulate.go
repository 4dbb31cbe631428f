package main

import (
	"errors"
	"fmt"
	"os"
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
		Example: `  ticklake simulate --out indexProcessed.csv
  ticklake simulate --out - --count 10 --seed 7`,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if out == "" {
				return usage("no file named; hint: --out indexProcessed.csv, or --out - for standard output")
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
			w := a.out
			if out != "-" {
				file, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
				if errors.Is(err, os.ErrExist) {
					return fmt.Errorf("%s is there already; hint: remove it, or name another file with --out", out)
				}
				if err != nil {
					return err
				}
				defer func() { err = errors.Join(err, file.Close()) }()
				w = file
			}
			n, err := m.Write(cmd.Context(), w, ticks)
			if err != nil {
				return err
			}
			_, _ = fmt.Fprintf(a.err, "%s written to %s\nfeed %s\n", plural(n, "tick"), out, m.Name())
			return nil
		},
	}
	flags := cmd.Flags()
	f.register(flags)
	flags.StringVar(&out, "out", "", "the file to write; - for standard output")
	flags.Int64Var(&ticks, "count", 0, "so many ticks (0: all of the history)")
	flags.StringVar(&name, "feed", "", "the market by its full name, in place of the flags")
	return cmd
}
