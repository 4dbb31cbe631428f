package main

import (
	"bufio"
	"errors"

	"github.com/spf13/pflag"
)

// showFlags are those of commands that show rows.
type showFlags struct {
	rows    int64
	wide    bool
	noPager bool
}

func (f *showFlags) register(flags *pflag.FlagSet) {
	flags.Int64Var(&f.rows, "rows", 0, "print so many rows at most; 0 is all (default: all, as a table on a terminal 1,000)")
	flags.BoolVar(&f.wide, "wide", false, "print texts in full, also where a row is wider than the terminal")
	flags.BoolVar(&f.noPager, "no-pager", false, "print to the terminal also what is longer than it")
}

// terminalRows is how many rows a person is shown who asked for no number.
const terminalRows = 1000

// showing is how the flags, the form and the terminal want rows to be shown.
func (a *app) showing(f *showFlags, flags *pflag.FlagSet) (showing, error) {
	if f.rows < 0 {
		return showing{}, usage("--rows %d: it is 0, for all, or more", f.rows)
	}
	how := showing{rows: f.rows, wide: f.wide}
	if a.flags.output == formTable && screenOf(a.out).terminal() {
		how.pager = !f.noPager
		if !flags.Changed("rows") {
			how.rows = terminalRows
		}
	}
	return how, nil
}

// showing is how rows are shown.
type showing struct {
	rows  int64 // at most; 0 is all
	wide  bool  // texts in full
	pager bool  // through a pager, where they are more than fit on the terminal
}

// show has something printed, through a pager if that is how. A reader who leaves it has seen enough.
func (a *app) show(how showing, print func(*bufio.Writer) error) error {
	if !how.pager {
		out := bufio.NewWriter(a.out)
		if err := print(out); err != nil {
			return errors.Join(err, out.Flush())
		}
		return out.Flush()
	}
	p := a.newPager()
	out := bufio.NewWriter(p)
	err := print(out)
	if flushed := out.Flush(); err == nil {
		err = flushed
	}
	if errors.Is(err, errPagerLeft) {
		err = nil
	}
	return errors.Join(err, p.Close())
}
