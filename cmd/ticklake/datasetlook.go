package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"ticklake/internal/feed"
	"ticklake/internal/lake"
)

// look shows how a dataset would be read, and sends nothing. With --strict a row that cannot be a tick decides the exit
// code.
func (a *app) look(ctx context.Context, f *upFlags) error {
	if !f.hasDataset() {
		return usage("--dry-run wants --dataset: it looks at files")
	}
	c, err := f.config()
	if err != nil {
		return err
	}
	stop := a.reading(&c)
	v, err := feed.Look(ctx, c)
	stop()
	var header *feed.HeaderError
	switch {
	case errors.As(err, &header):
		return errors.Join(a.printHeaderError(header), err)
	case err != nil:
		return err
	}
	width := lake.Granularity(f.granularity)
	if width == "" {
		width = granularityOf(v.Facts)
	}
	if a.flags.output == formJSON {
		err = printJSON(a.out, lookJSON(c.Files, v, width))
	} else {
		err = a.printLook(c, v, width)
	}
	if err == nil && f.strict && v.Facts.Bad > 0 {
		return &silentError{exitStrict}
	}
	return err
}

// printLook prints a first look for people.
func (a *app) printLook(c feed.DatasetConfig, v *feed.View, width lake.Granularity) error {
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(a.out, format+"\n", args...) }
	on := screenOf(a.out)
	say("%s", describeDataset(c.Files, v.Facts, width))
	if v.Facts.Rows > v.Facts.Bad {
		say("Span      %s to %s", v.Facts.First, v.Facts.Last)
	}
	if len(v.Symbols) > 0 {
		more := ""
		if n := v.Facts.Symbols - len(v.Symbols); n > 0 {
			more = fmt.Sprintf(" and %s more", count(int64(n)))
		}
		say("Symbols   %s%s", plain(strings.Join(v.Symbols, ", ")), more)
	}
	if v.Repeats > 0 {
		say("Repeats   %s an earlier one to the byte; all are sent", rowsThat(v.Repeats, "repeats", "repeat"))
	}
	say("Order     %s%s", orderOf(c), outOfOrder(v.Facts))
	for _, line := range lenient(v.Facts.Lenient) {
		say("          %s", line)
	}
	say("Feed      %s", v.Feed)
	for i := range v.Layouts {
		say("\n%s", on.in(bold, layoutTitle(&v.Layouts[i])))
		if err := a.printColumns(v.Layouts[i].Columns); err != nil {
			return err
		}
		for _, constant := range v.Layouts[i].Constants {
			say("every row: %s", plain(constant))
		}
	}
	if len(v.Ticks) > 0 {
		say("\n%s", on.in(bold, "As they would be sent"))
	}
	for _, t := range v.Ticks {
		say("%s", plain(string(t.Value)))
	}
	a.printFaults(v)
	return nil
}

// rowsThat is "1 row repeats", "2 rows repeat".
func rowsThat(n int64, one, many string) string {
	if n == 1 {
		return "1 row " + one
	}
	return count(n) + " rows " + many
}

// outOfOrder says how times stand in the files.
func outOfOrder(f feed.Facts) string {
	if f.Earlier == 0 && f.Backward == 0 {
		return "; times never go back in the files"
	}
	return fmt.Sprintf("; in the files %s than the one before, %s than the one before of its symbol", rowsThat(f.Earlier, "is earlier", "are earlier"), count(f.Backward))
}

func orderOf(c feed.DatasetConfig) feed.Order {
	if c.Order == "" {
		return feed.FileOrder
	}
	return c.Order
}

// lenient says in words what was read that is not RFC 3339.
func lenient(l feed.Leniency) (lines []string) {
	if l.Blank > 0 || l.NoZone > 0 {
		lines = append(lines, fmt.Sprintf("times: %s with a blank for T, %s without a zone, taken for UTC", count(l.Blank), count(l.NoZone)))
	}
	if l.Twice > 0 {
		lines = append(lines, fmt.Sprintf("times: %s that the zone's clocks showed twice, taken for the first", count(l.Twice)))
	}
	return lines
}

func layoutTitle(l *feed.LayoutView) string {
	s := plain(strings.Join(l.Files, ", "))
	if l.More > 0 {
		s += fmt.Sprintf(" and %s", plural(int64(l.More), "further file"))
	}
	if !l.Header {
		s += ", no header"
	}
	switch l.Delimiter {
	case ",":
	case "\t":
		s += ", delimited by tabs"
	default:
		s += ", delimited by " + l.Delimiter
	}
	return s
}

func (a *app) printColumns(columns []feed.ColumnView) error {
	var rows [][]string
	for _, c := range columns {
		field := c.Field
		if field == "" {
			field = "?"
		}
		rows = append(rows, []string{strconv.Itoa(c.Number), c.Name, field, c.Example})
	}
	return a.printTable([]column{{name: "column", number: true}, {name: "name"}, {name: "becomes"}, {name: "first value"}}, rows)
}

// printHeaderError shows what is known of columns that are not all known.
func (a *app) printHeaderError(e *feed.HeaderError) error {
	if a.flags.output == formJSON {
		return printJSON(a.out, lookedAt{Columns: e.Columns, Missing: e.Missing, Hint: e.Hint})
	}
	if len(e.Columns) == 0 {
		return nil
	}
	_, _ = fmt.Fprintf(a.out, "%s\n", screenOf(a.out).in(bold, plain(e.File)))
	return a.printColumns(e.Columns)
}

// printFaults shows each kind of what is wrong once.
func (a *app) printFaults(v *feed.View) {
	if len(v.Faults) == 0 {
		return
	}
	on := screenOf(a.out)
	_, _ = fmt.Fprintf(a.out, "\n%s\n", on.in(bold, rowsThat(v.Facts.Bad, "cannot be a tick", "cannot be ticks")))
	for _, f := range v.Faults {
		where := ""
		if f.Column > 0 {
			where = fmt.Sprintf("column %d (%s): ", f.Column, plain(f.Name))
		}
		_, _ = fmt.Fprintf(a.out, "%s, %s: %s%s\n  such as %s:%d: %s\n", plural(f.Rows, "row"), f.Reason, where, plain(f.Detail), plain(f.File), f.Line, on.in(dim, plain(f.Text)))
	}
	if v.Others > 0 {
		_, _ = fmt.Fprintf(a.out, "and %s of further kinds\n", plural(v.Others, "fault"))
	}
	if len(v.TimeFormats) > 0 {
		_, _ = fmt.Fprintf(a.out, "hint: such times are read by --time-format %s\n", timeFormats(v.TimeFormats))
	}
}

// timeFormats are formats as a shell takes them.
func timeFormats(formats []string) string {
	quoted := make([]string, len(formats))
	for i, f := range formats {
		quoted[i] = "'" + f + "'"
	}
	return strings.Join(quoted, ", or ")
}
