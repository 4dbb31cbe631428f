package feed

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"strings"

	"ticklake/internal/tick"
)

// Bounds of what a first look keeps.
const (
	lookTicks  = 5
	lookFiles  = 10  // layouts
	lookNames  = 3   // files of one layout
	lookFaults = 100 // kinds
	lookTimes  = 100 // times that cannot be read
)

// View is a first look at a dataset: what it holds and what it would be sent as.
type View struct {
	Feed    string
	Facts   Facts
	Layouts []LayoutView // of the files, in their order; the first few where there are many
	Symbols []string     // the first few
	Ticks   []TickView   // the first few, in the order in which they would be sent
	Repeats int64        // rows whose bytes are those of an earlier row
	Faults  []FaultView  // what would make dead letters of rows, each kind once
	Others  int64        // faults of further kinds
	// TimeFormats read times that the mapping does not: those that read the most, for a person to choose from.
	TimeFormats []string
}

// LayoutView is how files of one layout are read.
type LayoutView struct {
	Files     []string     `json:"files"` // the first few
	More      int          `json:"more_files,omitempty"`
	Header    bool         `json:"header"`
	Delimiter string       `json:"delimiter"`
	Columns   []ColumnView `json:"columns"`
	Constants []string     `json:"constants,omitempty"`
}

// ColumnView is what a column of a file becomes.
type ColumnView struct {
	Number  int    `json:"number"`
	Name    string `json:"name"`
	Field   string `json:"field"`             // "" is not known
	Example string `json:"example,omitempty"` // the first value
}

// TickView is one record as it would be sent.
type TickView struct {
	Key   string
	Value []byte
}

// FaultView is one kind of fault, with the first row that has it.
type FaultView struct {
	Fault
	Rows int64
	File string
	Line int64
	Text string // the row as it stands, its beginning
}

// Look reads a dataset without sending anything. The error of a header that is not known is a *HeaderError.
func Look(ctx context.Context, cfg DatasetConfig) (*View, error) {
	l := &looking{faults: make(map[faultKind]int), hashes: newSorter()}
	defer l.hashes.close()
	d, err := openDataset(ctx, cfg, l.row)
	if err = errors.Join(err, l.err); err != nil {
		return nil, err
	}
	l.Feed, l.Facts = d.Name(), d.Facts()
	if l.unread > l.Facts.Rows/2 { // else the format is right, and some rows are not
		l.TimeFormats = guessTimes(l.times)
	}
	if l.Repeats, err = repeats(l.hashes); err != nil {
		return nil, err
	}
	return &l.View, l.sample(ctx, d)
}

// looking is a look under way.
type looking struct {
	View
	last    *layout
	symbols int
	faults  map[faultKind]int // index in Faults
	times   []string
	unread  int64 // rows whose time cannot be read
	hashes  *sorter
	files   int
	full    bool // there are more layouts than are kept
	err     error
}

// faultKind is what makes two faults one kind.
type faultKind struct {
	reason tick.Reason
	column int
	detail string
}

func (l *looking) row(rows *datasetRows, csv *csvRow, row *Row) {
	if l.err != nil {
		return
	}
	l.file(rows, csv)
	hash := sha256.Sum256(csv.raw)
	l.err = l.hashes.add(int64(binary.LittleEndian.Uint64(hash[:])), binary.LittleEndian.Uint64(hash[8:]))
	if row.Bad != nil {
		l.bad(rows, csv, row.Bad)
		return
	}
	if n := len(rows.conv.symbols.states); n > l.symbols && len(l.Symbols) < 10 {
		l.Symbols, l.symbols = append(l.Symbols, string(rows.conv.t.Symbol)), n
	}
}

// file notes how the row's file is read, and first values of its columns.
func (l *looking) file(rows *datasetRows, csv *csvRow) {
	if l.last != rows.layout {
		l.last = rows.layout
		if len(l.Layouts) == lookFiles {
			l.full = true
			return
		}
		l.Layouts = append(l.Layouts, viewLayout(rows.layout))
	}
	if l.full {
		return
	}
	v := &l.Layouts[len(l.Layouts)-1]
	if l.files != rows.at+1 {
		l.files = rows.at + 1
		if len(v.Files) < lookNames {
			v.Files = append(v.Files, rows.base)
		} else {
			v.More++
		}
	}
	for i := range min(len(csv.fields), len(v.Columns)) {
		if c := &v.Columns[i]; c.Example == "" {
			c.Example = shorten(string(csv.fields[i]))
		}
	}
}

func viewLayout(l *layout) LayoutView {
	v := LayoutView{Header: l.headed, Delimiter: string(rune(l.comma)), Constants: l.set}
	for i, t := range l.targets {
		v.Columns = append(v.Columns, ColumnView{Number: i + 1, Name: shorten(l.names[i]), Field: t.String()})
	}
	return v
}

func (l *looking) bad(rows *datasetRows, csv *csvRow, bad *Bad) {
	for _, f := range append([]Fault{bad.Fault}, bad.More...) {
		if f.Reason == tick.BadTimestamp {
			l.time(rows.conv.moment(csv.fields))
		}
		kind := faultKind{f.Reason, f.Column, f.Detail}
		at, known := l.faults[kind]
		switch {
		case known:
			l.Faults[at].Rows++
		case len(l.Faults) == lookFaults:
			l.Others++
		default:
			l.faults[kind] = len(l.Faults)
			l.Faults = append(l.Faults, FaultView{Fault: f, Rows: 1, File: bad.File, Line: bad.Line, Text: beginning(csv.raw)})
		}
	}
}

func (l *looking) time(text string) {
	if l.unread++; len(l.times) < lookTimes {
		l.times = append(l.times, text)
	}
}

// beginning is the part of a row that is shown.
func beginning(raw []byte) string {
	const limit = 200
	if len(raw) <= limit {
		return strings.ToValidUTF8(string(raw), "\uFFFD")
	}
	return strings.ToValidUTF8(string(raw[:limit]), "\uFFFD") + "…"
}

// repeats counts the hashes that are those of another.
func repeats(s *sorter) (n int64, err error) {
	sorted, err := s.sorted()
	if err != nil {
		return 0, err
	}
	var it, before item
	for first := true; ; first = false {
		if err := sorted.next(&it); errors.Is(err, io.EOF) {
			return n, nil
		} else if err != nil {
			return 0, err
		}
		if !first && it.first == before.first && it.second == before.second {
			n++
		}
		before = it
	}
}

// sample takes the first ticks, in the order of the feed.
func (l *looking) sample(ctx context.Context, d *Dataset) error {
	rows, err := d.Open(ctx, 0)
	if err != nil {
		return err
	}
	defer rows.Close()
	var row Row
	for len(l.Ticks) < lookTicks {
		if err := rows.Next(&row); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if row.Bad == nil {
			l.Ticks = append(l.Ticks, TickView{Key: string(row.Key), Value: append([]byte(nil), row.Value...)})
		}
	}
	return nil
}
