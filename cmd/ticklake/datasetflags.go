package main

import (
	"math"
	"strings"
	_ "time/tzdata" // --time-zone means the same on a machine that has no zones of its own

	"github.com/spf13/pflag"

	"ticklake/internal/feed"
)

// datasetFlags say which files are fed in place of a market, and how they are read.
type datasetFlags struct {
	datasets   []string
	columns    []string
	constants  []string
	noHeader   bool
	delimiter  string
	priceScale int64
	timeFormat string
	date       string
	timeZone   string
	order      string
	speed      float64
	again      bool
}

func (f *datasetFlags) register(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.datasets, "dataset", nil, "feed the rows of these CSV files, plain or .gz, in place of the simulated market; a pattern such as 'prices/*.csv' is all that match")
	flags.StringSliceVar(&f.columns, "map", nil, "dataset: COLUMN=FIELD, a column by its name or number; fields are timestamp, symbol, price, …, extra.NAME")
	flags.StringSliceVar(&f.constants, "set", nil, "dataset: FIELD=VALUE, one value for every row; {file} stands for the file's name")
	flags.BoolVar(&f.noHeader, "no-header", false, "dataset: the first line is a row; columns go by number, from 1")
	flags.StringVar(&f.delimiter, "delimiter", "", "dataset: what stands between columns, one character or tab (default: a comma, or what the first line has)")
	flags.Int64Var(&f.priceScale, "price-scale", 0, "dataset: prices stand multiplied by this power of ten; 10000 reads 1674100 as 167.41")
	flags.StringVar(&f.timeFormat, "time-format", "", "dataset: how times stand: a pattern such as '%Y/%m/%d %H:%M', or unix, unix_ms, ms_of_day, … (default: RFC 3339)")
	flags.StringVar(&f.date, "date", "", "dataset: the day of times that have none, YYYY-MM-DD")
	flags.StringVar(&f.timeZone, "time-zone", "", "dataset: the zone of times that name none, such as America/New_York (default: UTC)")
	flags.StringVar(&f.order, "order", "", "dataset: order of the rows: file, or time over all files (default: file, or time with --speed)")
	flags.Float64Var(&f.speed, "speed", 0, "dataset: send the rows in the order of their times, so many times as fast as they were recorded")
	flags.BoolVar(&f.again, "again", false, "dataset: send the rows once more, sequences going on; what was begun so and broken off is finished first")
}

// hasDataset says whether files are fed.
func (f *datasetFlags) hasDataset() bool { return len(f.datasets) > 0 }

// withoutDataset refuses what only a dataset has.
func (f *datasetFlags) withoutDataset() error {
	for _, flag := range []struct {
		name  string
		given bool
	}{
		{"map", len(f.columns) > 0},
		{"set", len(f.constants) > 0},
		{"no-header", f.noHeader},
		{"delimiter", f.delimiter != ""},
		{"price-scale", f.priceScale != 0},
		{"time-format", f.timeFormat != ""},
		{"date", f.date != ""},
		{"time-zone", f.timeZone != ""},
		{"order", f.order != ""},
		{"speed", f.speed != 0},
		{"again", f.again},
	} {
		if flag.given {
			return usage("--%s wants --dataset", flag.name)
		}
	}
	return nil
}

// config is the dataset that the flags mean.
func (f *datasetFlags) config() (c feed.DatasetConfig, err error) {
	m := &c.Mapping
	m.NoHeader, m.PriceScale, m.TimeFormat, m.Date, m.TimeZone = f.noHeader, f.priceScale, f.timeFormat, f.date, f.timeZone
	if m.Columns, err = pairs("map", "COLUMN=FIELD", f.columns, strings.LastIndexByte); err != nil {
		return c, err
	}
	if m.Set, err = pairs("set", "FIELD=VALUE", f.constants, strings.IndexByte); err != nil {
		return c, err
	}
	if m.Delimiter, err = delimiterOf(f.delimiter); err != nil {
		return c, err
	}
	if err := m.Check(); err != nil {
		return c, usageError{err}
	}
	switch c.Order = feed.Order(f.order); {
	case !(f.speed >= 0) || math.IsInf(f.speed, 0):
		return c, usage("--speed %v: it is above 0; 1 is the speed at which the rows were recorded", f.speed)
	case f.speed > 0 && c.Order == "":
		c.Order = feed.TimeOrder
	case f.speed > 0 && c.Order != feed.TimeOrder:
		return c, usage("--speed wants the order of time, and --order says %q", f.order)
	case c.Order != "" && c.Order != feed.FileOrder && c.Order != feed.TimeOrder:
		return c, usage("--order %q: it is file or time", f.order)
	}
	c.Files, err = filesOf(f.datasets)
	return c, err
}

// pairs takes each NAME=VALUE of a flag apart.
func pairs(flag, form string, list []string, cut func(string, byte) int) (map[string]string, error) {
	m := make(map[string]string, len(list))
	for _, text := range list {
		i := cut(text, '=')
		if i <= 0 || i == len(text)-1 {
			return nil, usage("--%s %q: write %s; where a comma is part of it, '\"%s\"'", flag, text, form, form)
		}
		name := strings.TrimSpace(text[:i])
		if _, twice := m[name]; twice {
			return nil, usage("--%s names %q twice", flag, name)
		}
		m[name] = text[i+1:]
	}
	return m, nil
}

func delimiterOf(s string) (byte, error) {
	switch {
	case s == "":
		return 0, nil
	case s == "tab" || s == `\t`:
		return '\t', nil
	case len(s) == 1:
		return s[0], nil
	}
	return 0, usage("--delimiter %q: it is one character, or tab", s)
}
