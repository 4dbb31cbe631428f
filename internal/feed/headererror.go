package feed

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ticklake/internal/tick"
)

// HeaderError says that a dataset's columns cannot be told.
type HeaderError struct {
	File    string
	Found   []string
	Why     string
	Missing []string     // fields that no column is known to have
	Columns []ColumnView // what each column would be, where that is known
	Hint    string       // flags that would tell, as far as they can be guessed
}

func (e *HeaderError) Error() string {
	s := e.File + ":1: " + e.Why
	if len(e.Found) > 0 {
		found := make([]string, 0, len(e.Found))
		for _, name := range e.Found[:min(len(e.Found), 30)] {
			found = append(found, strconv.Quote(shorten(name)))
		}
		s += "; found: " + strings.Join(found, ", ")
		if len(e.Found) > 30 {
			s += fmt.Sprintf(" and %d more", len(e.Found)-30)
		}
	}
	if e.Hint != "" {
		s += "; hint: " + e.Hint
	}
	return s
}

// unknown says what a header lacks to be one that is known, and how to name it.
func (s *resolving) unknown(forms []form) error {
	nearest := forms[0] // lacks the least
	for _, f := range forms[1:] {
		if len(s.missing(f.columns)) < len(s.missing(nearest.columns)) {
			nearest = f
		}
	}
	missing := s.missing(nearest.columns)
	known := make([]string, len(forms))
	for i, f := range forms {
		known[i] = f.title
	}
	e := s.fail("no header that is known: no column is %s; known are (%s)", andFields(missing), strings.Join(known, "), ("))
	var strange []int // columns that nothing is known of
	for i, name := range s.names {
		c := ColumnView{Number: i + 1, Name: name}
		to, is := nearest.columns[fold(name)]
		switch {
		case s.columns[i].claimed:
			c.Field = s.columns[i].String()
		case is && (to < 0 || s.fields[to] == claimNone):
			c.Field = target{to: to}.String()
			if to >= 0 {
				s.fields[to] = claimColumn
			}
		default:
			strange = append(strange, i)
		}
		e.Columns = append(e.Columns, c)
	}
	e.Missing = namesOf(missing)
	e.Hint = s.hint(missing, strange)
	return e
}

// unnumbered says what a mapping of a file without a header lacks.
func (s *resolving) unnumbered(missing []int) error {
	e := s.fail("without a header the mapping must say which column is %s; the row has %d columns", andFields(missing), len(s.names))
	e.Found, e.Missing = nil, namesOf(missing)
	for i, name := range s.names {
		c := ColumnView{Number: i + 1, Name: name}
		if s.columns[i].claimed {
			c.Field = s.columns[i].String()
		}
		e.Columns = append(e.Columns, c)
	}
	e.Hint = strings.Join(placeholders("N", missing), " ") + ", N being its number from 1"
	if slices.Contains(missing, toSymbol) {
		e.Hint += "; where no column is the symbol: --set symbol=NAME"
	}
	return e
}

// hint says how the missing fields could be told.
func (s *resolving) hint(missing, strange []int) string {
	for _, name := range s.names {
		if number(name) {
			return fmt.Sprintf("is %q no name but a value? --no-header --map N=%s makes a row of the first line", shorten(name), fieldNames[missing[0]])
		}
	}
	flags, all := s.guess(strange)
	if !all {
		return "no column looks like it; where one is: " + strings.Join(placeholders("COLUMN", missing), " ")
	}
	return "say what is what, such as: " + strings.Join(flags, " ")
}

// number says whether a name is a number, as names seldom are. A year alone is one now and then.
func number(name string) bool {
	_, err := tick.ParsePrice(name)
	return err == nil && len(name) != len("2024")
}

func placeholders(column string, fields []int) (flags []string) {
	for _, to := range fields {
		flags = append(flags, "--map "+column+"="+fieldNames[to])
	}
	return flags
}

func namesOf(fields []int) (names []string) {
	for _, to := range fields {
		names = append(names, fieldNames[to])
	}
	return names
}

// andFields writes "timestamp, symbol or price".
func andFields(fields []int) string {
	names := namesOf(fields)
	if len(names) == 1 {
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}
