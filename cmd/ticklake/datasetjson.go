package main

import (
	"encoding/json"
	"path/filepath"

	"ticklake/internal/feed"
	"ticklake/internal/lake"
	"ticklake/internal/tick"
)

// lookedAt is what `produce --dry-run --output json` prints. Of a dataset whose columns cannot be told it has columns,
// missing and hint alone.
type lookedAt struct {
	Feed        string                `json:"feed,omitempty"`
	Files       []string              `json:"files,omitempty"` // base names
	Layouts     []feed.LayoutView     `json:"layouts,omitempty"`
	Columns     []feed.ColumnView     `json:"columns,omitempty"`
	Missing     []string              `json:"missing,omitempty"` // fields that no column is known to have
	Hint        string                `json:"hint,omitempty"`
	Rows        int64                 `json:"rows"`
	Bad         int64                 `json:"bad"`
	ByReason    map[tick.Reason]int64 `json:"bad_by_reason,omitempty"`
	BlankLines  int64                 `json:"blank_lines"`
	Repeats     int64                 `json:"repeats"`
	Earlier     int64                 `json:"earlier_than_before"`
	Backward    int64                 `json:"earlier_within_symbol"`
	BlankForT   int64                 `json:"times_with_blank_for_t"`
	NoZone      int64                 `json:"times_without_zone"`
	Twice       int64                 `json:"times_shown_twice"`
	Symbols     int                   `json:"symbols"`
	SymbolNames []string              `json:"first_symbols,omitempty"`
	First       string                `json:"first,omitempty"` // RFC 3339
	Last        string                `json:"last,omitempty"`
	Granularity lake.Granularity      `json:"granularity,omitempty"`
	Folders     int64                 `json:"folders,omitempty"`
	Ticks       []sentTick            `json:"ticks,omitempty"`
	Refused     []refusedKind         `json:"refused,omitempty"`
	Others      int64                 `json:"refused_otherwise,omitempty"`
	TimeFormats []string              `json:"time_formats,omitempty"`
}

type sentTick struct {
	Key   string          `json:"key"`
	Value json.RawMessage `json:"value"`
}

type refusedKind struct {
	Rows   int64       `json:"rows"`
	Reason tick.Reason `json:"reason"`
	Column int         `json:"column,omitempty"`
	Name   string      `json:"name,omitempty"`
	Detail string      `json:"detail"`
	File   string      `json:"file"`
	Line   int64       `json:"line"`
	Text   string      `json:"text"`
}

func lookJSON(files []string, v *feed.View, width lake.Granularity) lookedAt {
	f := &v.Facts
	l := lookedAt{
		Feed: v.Feed, Layouts: v.Layouts, Rows: f.Rows, Bad: f.Bad, ByReason: f.ByReason, BlankLines: f.Blank, Repeats: v.Repeats,
		Earlier: f.Earlier, Backward: f.Backward, BlankForT: f.Lenient.Blank, NoZone: f.Lenient.NoZone, Twice: f.Lenient.Twice,
		Symbols: f.Symbols, SymbolNames: v.Symbols, Granularity: width, Folders: foldersOf(*f, width), Others: v.Others, TimeFormats: v.TimeFormats,
	}
	for _, file := range files {
		l.Files = append(l.Files, filepath.Base(file))
	}
	if f.Rows > f.Bad {
		l.First, l.Last = f.First.String(), f.Last.String()
	}
	for _, t := range v.Ticks {
		l.Ticks = append(l.Ticks, sentTick{t.Key, t.Value})
	}
	for _, k := range v.Faults {
		l.Refused = append(l.Refused, refusedKind{k.Rows, k.Reason, k.Column, k.Name, k.Detail, k.File, k.Line, k.Text})
	}
	return l
}
