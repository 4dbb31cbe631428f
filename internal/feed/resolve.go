package feed

import (
	"fmt"
	"slices"
	"strings"

	"ticklake/internal/tick"
)

// resolving is a layout that is being found.
type resolving struct {
	*reading
	*layout
	file    string // base name
	columns []columnState
	fields  [fieldCount]claim
}

type columnState struct {
	target
	claimed bool
}

// claim says who gives a field its value.
type claim byte

const (
	claimNone claim = iota
	claimColumn
	claimConstant
)

// resolve finds the layout of a file by its first row: the header, or where there is none a row.
func resolve(file string, first [][]byte, comma byte, r *reading) (*layout, error) {
	s := &resolving{reading: r, layout: &layout{comma: comma, headed: !r.noHeader}, file: file, columns: make([]columnState, len(first))}
	for i, text := range first {
		name := strings.TrimSpace(string(text))
		if r.noHeader || name == "" {
			name = fmt.Sprintf("column%d", i+1)
		}
		s.names = append(s.names, name)
	}
	if len(first) > maxColumns {
		return nil, s.fail("more than %d columns", maxColumns)
	}
	if err := s.takeConstants(); err != nil {
		return nil, err
	}
	if err := s.takeRules(); err != nil {
		return nil, err
	}
	if err := s.takeHeader(); err != nil {
		return nil, err
	}
	if err := s.takeRest(); err != nil {
		return nil, err
	}
	return s.layout, nil
}

func (s *resolving) fail(format string, args ...any) *HeaderError {
	return &HeaderError{File: s.file, Found: s.names, Why: fmt.Sprintf(format, args...)}
}

func (s *resolving) takeConstants() (err error) {
	s.template, s.extra, err = s.reading.constant(FileTitle(s.file))
	if err != nil {
		return fmt.Errorf("%s: %w", s.file, err)
	}
	for _, c := range s.constants {
		if c.target.to >= 0 {
			s.fields[c.target.to] = claimConstant
		}
		s.set = append(s.set, fmt.Sprintf("%s=%q", c.target, strings.ReplaceAll(c.value, FileName, FileTitle(s.file))))
	}
	return nil
}

// takeRules gives the columns that the mapping names their fields.
func (s *resolving) takeRules() error {
	var missing []columnRule
	for _, rule := range s.reading.columns {
		at, err := s.find(rule.column)
		if err != nil {
			return err
		}
		if at < 0 {
			missing = append(missing, rule)
			continue
		}
		if s.columns[at].claimed {
			return s.fail("column %d is mapped twice, by name and by number", at+1)
		}
		if err := s.claim(rule.target); err != nil {
			return err
		}
		s.columns[at] = columnState{rule.target, true}
	}
	for _, rule := range missing { // another file of the dataset may name that field otherwise
		if to := rule.target.to; to < 0 || s.fields[to] == claimNone {
			return s.fail("the mapping names a column %q, and there is none", shorten(rule.column))
		}
	}
	times := 0
	for i := range s.columns {
		if c := &s.columns[i]; c.claimed && c.to == toTimestamp {
			if times++; times > 1 {
				c.to = toTimeMore
			}
		}
	}
	return nil
}

// find returns the column of a folded name, or of a number where no column has that name; -1 is none.
func (s *resolving) find(column string) (at int, err error) {
	at = -1
	if s.headed {
		for i, name := range s.names {
			if fold(name) != column {
				continue
			}
			if at >= 0 {
				return 0, s.fail("two columns are %q; hint: map them by their numbers, %d and %d", shorten(column), at+1, i+1)
			}
			at = i
		}
	}
	if n := columnNumber(column); at < 0 && n > 0 && n <= len(s.names) {
		at = n - 1
	}
	return at, nil
}

// columnNumber reads a column's number; 0 is none.
func columnNumber(s string) (n int) {
	if s == "" || len(s) > 4 || s[0] == '0' {
		return 0
	}
	for i := range len(s) {
		if !isDigit(s[i]) {
			return 0
		}
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// claim notes that a column gives a field its value.
func (s *resolving) claim(t target) error {
	switch {
	case t.to < 0 || t.to == toTimestamp && s.fields[t.to] == claimColumn:
		return nil
	case s.fields[t.to] == claimColumn:
		return s.fail("two columns are %q", fieldNames[t.to])
	case s.fields[t.to] == claimConstant:
		return s.fail("both a column and a constant are %q; hint: leave one out, or map the column to extra.NAME", fieldNames[t.to])
	}
	s.fields[t.to] = claimColumn
	return nil
}

// takeHeader gives further columns the fields that they have in a header that is known.
func (s *resolving) takeHeader() error {
	if !s.headed {
		if missing := s.missing(nil); len(missing) > 0 {
			return s.unnumbered(missing)
		}
		return nil
	}
	forms := knownForms()
	at := slices.IndexFunc(forms, func(f form) bool { return len(s.missing(f.columns)) == 0 })
	if at < 0 {
		return s.unknown(forms)
	}
	known := forms[at].columns
	given := s.fields // by the mapping
	for i, name := range s.names {
		to, is := known[fold(name)]
		if s.columns[i].claimed || !is || to >= 0 && given[to] == claimColumn {
			continue
		}
		if to == toTimestamp && s.fields[to] == claimColumn {
			return s.fail("two columns are %q", fieldNames[to])
		}
		if err := s.claim(target{to: to}); err != nil {
			return err
		}
		s.columns[i] = columnState{target{to: to}, true}
	}
	return nil
}

// missing are the fields that a tick must have and that neither the mapping gives nor a header of such columns.
func (s *resolving) missing(known map[string]int) (fields []int) {
	have := s.fields
	for i, name := range s.names {
		if to, ok := known[fold(name)]; ok && to >= 0 && !s.columns[i].claimed {
			have[to] = claimColumn
		}
	}
	for to := range requiredFields {
		if have[to] == claimNone {
			fields = append(fields, to)
		}
	}
	return fields
}

// takeRest sends what is left to extra, under the columns' own names.
func (s *resolving) takeRest() error {
	used := make(map[string]bool)
	for _, c := range s.constants {
		if c.target.to == toExtra {
			used[c.target.key] = true
		}
	}
	objects := 0
	for i, c := range s.columns {
		if !c.claimed {
			c.target = target{to: toExtra, key: s.names[i]}
			if tick.IsField(c.key) {
				return s.fail("column %q is none of this header's, and extra cannot have a name of the record's own; hint: --map %s", c.key, mapFlag(c.key, extraPrefix+"NAME"))
			}
		}
		if c.to == toExtra && used[c.key] {
			return s.fail("two columns are %q", shorten(c.key))
		}
		if c.to == toExtra {
			used[c.key] = true
			c.quoted = quote(c.key)
		}
		switch c.to {
		case toObject:
			objects++
		case toTimestamp, toTimeMore:
			s.moments++
		}
		s.targets = append(s.targets, c.target)
	}
	if objects > 1 {
		return s.fail("two columns are %q", "extra")
	}
	if objects == 1 && len(used) > 0 {
		return s.fail("columns or constants for extra beside a column that is %q itself", "extra")
	}
	s.members = objects == 0 && len(used) > 0
	s.numbered = s.fields[toSequence] == claimNone
	return nil
}
