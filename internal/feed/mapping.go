package feed

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"ticklake/internal/tick"
)

// Mapping says how the files of a dataset are read where their headers do not say it all. The zero value goes by the
// header.
type Mapping struct {
	// Columns maps a column to a field of the record, to "extra" (a JSON object of fields that the record does not know)
	// or to "extra.NAME" (one of those fields). A column is its name, trimmed and without regard to case, or where no
	// column has that name its number, from 1. Several columns of the timestamp are read as one, a blank between.
	// Whatever it does not name is what a known header says, else a member of extra.
	Columns map[string]string
	// Set gives a field, or "extra.NAME", one value for all rows, in the form that the record has. FileName within it
	// stands for the file's name without folder and endings.
	Set map[string]string
	// NoHeader makes the first line a row; columns are told by number.
	NoHeader bool
	// Delimiter stands between columns; 0 is a comma, or what the first line has where it has no comma.
	Delimiter byte
	// PriceScale is a power of ten by which prices in the files are multiplied; 0 and 1 are none.
	PriceScale int64
	// TimeFormat is how times stand: a pattern of strptime or one of TimeUnits; "" is RFC 3339 and what is near it.
	TimeFormat string
	// Date, YYYY-MM-DD, is the day of times that have none.
	Date string
	// TimeZone names the zone of times that do not name one; "" is UTC.
	TimeZone string
}

// FileName stands in a constant for the name of the file.
const FileName = "{file}"

// Check says whether the mapping can be understood, whatever the files hold.
func (m Mapping) Check() error {
	_, err := m.compile()
	return err
}

// reading is a mapping that is understood. It does not change.
type reading struct {
	columns   []columnRule
	constants []constantRule
	noHeader  bool
	delimiter byte
	shift     int // decimals by which prices are shifted
	time      timeForm
	zone      *time.Location // nil is UTC
}

type columnRule struct {
	column string
	target target
}

type constantRule struct {
	target target
	value  string
}

// target is what a column or a constant becomes.
type target struct {
	to     int
	key    string // in extra, where to is toExtra
	quoted string // key, as JSON has it
}

func (t target) String() string {
	switch t.to {
	case toExtra:
		return extraPrefix + t.key
	case toObject:
		return "extra"
	case toTimeMore:
		return fieldNames[toTimestamp]
	}
	return fieldNames[t.to]
}

const extraPrefix = "extra."

func parseTarget(field string) (target, error) {
	if key, ok := strings.CutPrefix(field, extraPrefix); ok {
		switch {
		case key == "":
			return target{}, errors.New("extra. wants a name behind it")
		case tick.IsField(key):
			return target{}, fmt.Errorf("%q is a field of the record and cannot be a name in extra", key)
		case tick.CheckSymbol(key) != nil:
			return target{}, fmt.Errorf("a name in extra has 1 to %d printable bytes", tick.MaxSymbol)
		}
		return target{to: toExtra, key: key, quoted: quote(key)}, nil
	}
	if field == "extra" {
		return target{to: toObject}, nil
	}
	to := slices.Index(fieldNames[:], field)
	if to < 0 {
		return target{}, fmt.Errorf("there is no field %q; fields are %s, extra and extra.NAME", shorten(field), strings.Join(fieldNames[:], ", "))
	}
	return target{to: to}, nil
}

func (m Mapping) compile() (*reading, error) {
	r := &reading{noHeader: m.NoHeader, delimiter: m.Delimiter}
	if err := r.setColumns(m.Columns); err != nil {
		return nil, err
	}
	if err := r.setConstants(m.Set); err != nil {
		return nil, err
	}
	if d := m.Delimiter; d == '"' || d == '\n' || d == '\r' || d >= 0x80 || d != 0 && d < ' ' && d != '\t' {
		return nil, fmt.Errorf("delimiter %q: it is one character of ASCII, and no quote or line end", string(rune(d)))
	}
	var err error
	if r.shift, err = decimalsOf(m.PriceScale); err != nil {
		return nil, err
	}
	if r.time, err = compileTime(m.TimeFormat, m.Date); err != nil {
		return nil, err
	}
	if r.zone, err = loadZone(m.TimeZone); err != nil {
		return nil, err
	}
	if r.zone != nil && !r.time.local() {
		return nil, fmt.Errorf("time zone %q: times of the format %q are in UTC and need none", m.TimeZone, m.TimeFormat)
	}
	return r, nil
}

func (r *reading) setColumns(columns map[string]string) error {
	seen := make(map[string]string)
	for column, field := range columns {
		t, err := parseTarget(field)
		if err != nil {
			return fmt.Errorf("map column %q: %w", shorten(column), err)
		}
		if other, twice := seen[fold(column)]; twice {
			return fmt.Errorf("map column %q: it is there twice, as %q and as %q; names of columns are compared without regard to case", shorten(column), other, field)
		}
		seen[fold(column)] = field
		r.columns = append(r.columns, columnRule{fold(column), t})
	}
	slices.SortFunc(r.columns, func(a, b columnRule) int { return strings.Compare(a.column, b.column) })
	return nil
}

func (r *reading) setConstants(constants map[string]string) error {
	for field, value := range constants {
		t, err := parseTarget(field)
		switch {
		case err != nil:
			return fmt.Errorf("set %q: %w", shorten(field), err)
		case t.to == toSequence:
			return errors.New("set sequence: it rises with every row; left out, the rows of each symbol are numbered")
		case t.to == toObject:
			return errors.New("set extra: name a field of it: extra.NAME")
		case value == "":
			return fmt.Errorf("set %s: a value is wanted", field)
		}
		r.constants = append(r.constants, constantRule{t, value})
	}
	slices.SortFunc(r.constants, func(a, b constantRule) int { return strings.Compare(a.target.String(), b.target.String()) })
	if !slices.ContainsFunc(r.constants, func(c constantRule) bool { return strings.Contains(c.value, FileName) }) {
		_, _, err := r.constant("")
		return err
	}
	return nil
}

// constant is a tick of the constants alone, and those of extra, an object that is still open.
func (r *reading) constant(file string) (t tick.Tick, extra []byte, err error) {
	c := converter{times: times{form: autoForm{}}} // a constant stands as in a record, whatever the files are like
	for _, rule := range r.constants {
		value := strings.ReplaceAll(rule.value, FileName, file)
		if rule.target.to == toExtra {
			extra = appendMember(extra, rule.target.quoted, []byte(value))
		} else if _, err := c.value(rule.target.to, []byte(value)); err != nil {
			return tick.Tick{}, nil, fmt.Errorf("set %s=%q: %w", rule.target, shorten(value), err)
		}
	}
	return c.t, extra, nil
}

// decimalsOf says how many decimals a scale of prices stands for.
func decimalsOf(scale int64) (int, error) {
	n := 0
	for s := scale; s > 1; s /= 10 {
		if s%10 != 0 {
			return 0, fmt.Errorf("price scale %d: it is a power of ten, such as 10000 where 1674100 means 167.41", scale)
		}
		n++
	}
	if scale < 0 {
		return 0, fmt.Errorf("price scale %d: it is a power of ten", scale)
	}
	return n, nil
}

// text is what the reading adds to a feed's identity beside the layout of each file.
func (r *reading) text() string {
	s := "scale=" + strconv.Itoa(r.shift) + ";time=" + strconv.Quote(r.time.text())
	if r.zone != nil {
		s += ";zone=" + strconv.Quote(r.zone.String())
	}
	return s
}

// plain says whether values are read as they are without a mapping.
func (r *reading) plain() bool {
	_, auto := r.time.(autoForm)
	return r.shift == 0 && auto && r.zone == nil
}
