package feed

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ticklake/internal/tick"
)

// The record's fields as a dataset's columns can be mapped to them.
const (
	toTimestamp = iota
	toSymbol
	toPrice
	toVolume
	toOpen
	toHigh
	toLow
	toVenue
	toCurrency
	toSequence
	fieldCount
	toObject = -1 // the record's extra itself, as raw CSV has it
	toExtra  = -2 // a member of extra
)

var fieldNames = [fieldCount]string{
	"timestamp", "symbol", "price", "volume", "open", "high", "low", "venue", "currency", "sequence",
}

const requiredFields = toPrice + 1

// maxColumns bounds a header.
const maxColumns = 1024

// Mapping says which column of a dataset is which field of the record, where its header is none of the known ones.
// Columns that it does not name go to extra.
type Mapping struct {
	// Columns maps names of columns, compared trimmed and without regard to case, to names of fields.
	Columns map[string]string
}

// String is the mapping's one form, a part of the feed's identity. A nil mapping is "header".
func (m *Mapping) String() string {
	if m == nil {
		return "header"
	}
	pairs := make([]string, 0, len(m.Columns))
	for column, field := range m.Columns {
		pairs = append(pairs, strconv.Quote(fold(column))+"="+field)
	}
	slices.Sort(pairs)
	return strings.Join(pairs, ",")
}

func (m *Mapping) form() (form, error) {
	f := form{columns: make(map[string]int)}
	for column, field := range m.Columns {
		to := slices.Index(fieldNames[:], field)
		if to < 0 {
			return form{}, fmt.Errorf("map column %q to %q: no such field; fields are %s", column, field, strings.Join(fieldNames[:], ", "))
		}
		f.columns[fold(column)] = to
	}
	return f, nil
}

// form is a header that is known.
type form struct {
	title   string
	columns map[string]int // folded name to field
}

// knownForms are the headers that load by themselves: raw CSV as the lake has it, the one of the stock market dataset's
// description, and the one of the file as published.
func knownForms() []form {
	own := func(more map[string]int) map[string]int { // what only we name so, in any form
		for _, to := range []int{toVenue, toCurrency, toSequence} {
			more[fieldNames[to]] = to
		}
		return more
	}
	return []form{
		{"timestamp, symbol, price, volume, open, high, low, venue, currency, sequence, extra", own(map[string]int{
			"timestamp": toTimestamp, "symbol": toSymbol, "price": toPrice, "volume": toVolume,
			"open": toOpen, "high": toHigh, "low": toLow, "extra": toObject,
		})},
		{"Timestamp, Stock Symbol, Price, Volume, Open Price, High Price, Low Price", own(map[string]int{
			"timestamp": toTimestamp, "stock symbol": toSymbol, "price": toPrice, "volume": toVolume,
			"open price": toOpen, "high price": toHigh, "low price": toLow,
		})},
		{"Index, Date, Open, High, Low, Close, Adj Close, Volume, CloseUSD", own(map[string]int{
			"date": toTimestamp, "index": toSymbol, "close": toPrice, "volume": toVolume,
			"open": toOpen, "high": toHigh, "low": toLow,
		})},
	}
}

func fold(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// HeaderError says that a dataset's columns cannot be told.
type HeaderError struct {
	File  string
	Found []string
	Why   string
}

func (e *HeaderError) Error() string {
	found := make([]string, 0, len(e.Found))
	for _, name := range e.Found[:min(len(e.Found), 30)] {
		found = append(found, strconv.Quote(shorten(name)))
	}
	return fmt.Sprintf("%s:1: %s; found: %s", e.File, e.Why, strings.Join(found, ", "))
}

// layout is what becomes of each column of a file.
type layout struct {
	names    []string
	to       []int
	numbered bool // no column has the sequence
}

// resolve finds the layout of a header, by a mapping or, if that is nil, by the known forms.
func resolve(file string, header [][]byte, m *Mapping) (*layout, error) {
	l := &layout{}
	for _, name := range header {
		l.names = append(l.names, strings.TrimSpace(string(name)))
	}
	fail := func(format string, args ...any) (*layout, error) {
		return nil, &HeaderError{File: file, Found: l.names, Why: fmt.Sprintf(format, args...)}
	}
	if len(header) > maxColumns {
		return fail("more than %d columns", maxColumns)
	}
	forms := knownForms()
	if m != nil {
		f, err := m.form()
		if err != nil {
			return nil, err
		}
		forms = []form{f}
	}
	at := slices.IndexFunc(forms, func(f form) bool { return f.fits(l.names) })
	if at < 0 {
		if m != nil {
			return fail("the mapping finds no column for timestamp, symbol or price")
		}
		var known []string
		for _, f := range forms {
			known = append(known, f.title)
		}
		return fail("no header that is known; known are (%s)", strings.Join(known, "), ("))
	}
	used := make(map[string]bool)
	l.numbered = true
	for _, name := range l.names {
		to, known := forms[at].columns[fold(name)]
		key := name
		switch {
		case known && to == toObject:
			key = "extra"
		case known:
			key = fieldNames[to]
		case tick.IsField(name):
			return fail("column %q is none of this header's, and extra cannot have a name of the record's own", name)
		default:
			to = toExtra
		}
		if used[key] {
			return fail("two columns are %q", shorten(key))
		}
		used[key] = true
		l.to = append(l.to, to)
		l.numbered = l.numbered && to != toSequence
	}
	if slices.Contains(l.to, toObject) && slices.Contains(l.to, toExtra) {
		return fail("columns beside those of raw CSV, whose last is %q already", "extra")
	}
	return l, nil
}

// fits says whether a header has all that a tick must have.
func (f form) fits(names []string) bool {
	var have [fieldCount]bool
	for _, name := range names {
		if to, ok := f.columns[fold(name)]; ok && to >= 0 {
			have[to] = true
		}
	}
	return !slices.Contains(have[:requiredFields], false)
}

// shorten bounds a text from outside that stands in a message.
func shorten(s string) string {
	const limit = 64
	if len(s) <= limit {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}
