package feed

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"ticklake/internal/stream"
	"ticklake/internal/tick"
)

// maxValue bounds a record's value so that its key and headers fit beside it.
const maxValue = stream.MaxRecordBytes - 4096

// maxFaults bounds how many columns of one row are told to be wrong.
const maxFaults = 4

// converter makes ticks of the rows of one dataset.
type converter struct {
	file    string
	layout  *layout
	shift   string // an exponent that prices are given, "" for none
	times   times
	symbols symbols
	at      *symbolState // of the last tick; nil where it is not known
	t       tick.Tick
	faults  []Fault
	moments []byte // the timestamp's columns, joined
	scratch []byte
}

func newConverter(r *reading) converter {
	c := converter{times: times{form: r.time, clock: wallClock{zone: r.zone}}}
	if r.shift > 0 {
		c.shift = "e-" + strconv.Itoa(r.shift)
	}
	return c
}

// tick makes a tick of row, good until the next call, with its value as JSON appended to dst; or says why it cannot. The
// error is the dataset's, not the row's.
func (c *converter) tick(row *csvRow, dst []byte) (value []byte, bad *Bad, err error) {
	if bad := c.fields(row); bad != nil {
		return dst, bad, nil
	}
	if c.at = c.symbols.get(c.t.Symbol); c.layout.numbered {
		if c.at == nil {
			return dst, nil, fmt.Errorf("%s:%d: more than %d symbols", c.file, row.line, maxSymbols)
		}
		c.t.Sequence = tick.Some(c.at.rows + 1)
	}
	value = tick.AppendJSON(dst, &c.t)
	if len(value)-len(dst) > maxValue {
		return dst, c.bad(row, tick.BadRow, fmt.Sprintf("a record of it would be larger than %d bytes", maxValue)), nil
	}
	if c.at != nil {
		c.at.rows++
	}
	return value, nil, nil
}

// bad makes a Bad of a row that is wrong as a whole.
func (c *converter) bad(row *csvRow, reason tick.Reason, detail string) *Bad {
	return &Bad{File: c.file, Line: row.line, Fault: Fault{Reason: reason, Detail: detail}}
}

// badColumns makes a Bad of the faults of columns.
func (c *converter) badColumns(row *csvRow) *Bad {
	return &Bad{File: c.file, Line: row.line, Fault: c.faults[0], More: slices.Clone(c.faults[1:])}
}

// fault notes what is wrong with a column, counted from 0.
func (c *converter) fault(column int, reason tick.Reason, detail string) {
	if len(c.faults) < maxFaults {
		c.faults = append(c.faults, Fault{Column: column + 1, Name: shorten(c.layout.names[column]), Reason: reason, Detail: detail})
	}
}

// fields fills c.t from row.
func (c *converter) fields(row *csvRow) *Bad {
	extra := c.t.Extra[:0]
	c.t = c.layout.template
	c.t.Extra = append(extra, c.layout.extra...)
	c.faults = c.faults[:0]
	if row.defect != "" {
		return c.bad(row, tick.BadRow, row.defect)
	}
	if have, want := len(row.fields), len(c.layout.targets); have != want {
		return c.bad(row, tick.BadRow, fmt.Sprintf("%d fields where the %s %d", have, c.layout.measure(), want))
	}
	if !utf8.Valid(row.raw) {
		return c.notUTF8(row)
	}
	for i, text := range row.fields {
		target := &c.layout.targets[i]
		if target.to == toTimestamp && c.layout.moments > 1 {
			text = c.join(row.fields)
		}
		if reason, err := c.field(target, text); err != nil {
			c.fault(i, reason, err.Error())
		}
	}
	if len(c.faults) > 0 {
		return c.badColumns(row)
	}
	if c.layout.members {
		c.t.Extra = append(c.t.Extra, '}')
	}
	return nil
}

func (c *converter) notUTF8(row *csvRow) *Bad {
	for i, f := range row.fields {
		if !utf8.Valid(f) {
			c.fault(i, tick.InvalidUTF8, "not UTF-8")
			return c.badColumns(row)
		}
	}
	return c.bad(row, tick.InvalidUTF8, "not UTF-8")
}

// join makes one text of the timestamp's columns.
func (c *converter) join(fields [][]byte) []byte {
	c.moments = c.moments[:0]
	for i, t := range c.layout.targets {
		if t.to == toTimestamp || t.to == toTimeMore {
			if len(c.moments) > 0 {
				c.moments = append(c.moments, ' ')
			}
			c.moments = append(c.moments, fields[i]...)
		}
	}
	return c.moments
}

// moment is the time of a row as it stands.
func (c *converter) moment(fields [][]byte) string {
	for i, t := range c.layout.targets {
		if t.to == toTimestamp && i < len(fields) {
			if c.layout.moments > 1 {
				return string(c.join(fields))
			}
			return string(fields[i])
		}
	}
	return ""
}

var errMissing = tick.FieldError("required, and not there")

// field sets one field of c.t. An empty text is absent.
func (c *converter) field(t *target, text []byte) (tick.Reason, error) {
	switch {
	case t.to == toExtra:
		c.t.Extra = appendMember(c.t.Extra, t.quoted, text)
		return "", nil
	case t.to == toTimeMore:
		return "", nil
	case len(text) > 0:
		return c.value(t.to, text)
	case t.to >= 0 && t.to < requiredFields:
		return tick.MissingField, errMissing
	}
	return "", nil
}

func (c *converter) value(to int, text []byte) (reason tick.Reason, err error) {
	t := &c.t
	switch to {
	case toTimestamp:
		t.Timestamp, err = c.times.read(text)
		return tick.BadTimestamp, err
	case toSymbol:
		t.Symbol, err = c.symbols.check(text)
		return tick.BadSymbol, err
	case toVenue:
		t.Venue = string(text)
		return tick.BadCode, tick.CheckCode(t.Venue)
	case toCurrency:
		t.Currency = string(text)
		return tick.BadCode, tick.CheckCode(t.Currency)
	case toObject:
		return tick.BadRow, c.object(text)
	case toPrice:
		t.Price, err = c.price(text)
	case toOpen:
		t.Open, err = some(c.price(text))
	case toHigh:
		t.High, err = some(c.price(text))
	case toLow:
		t.Low, err = some(c.price(text))
	case toVolume:
		t.Volume, err = some(tick.ParseInteger(text))
	case toSequence:
		t.Sequence, err = some(tick.ParseInteger(text))
	}
	return tick.BadNumber, err
}

func some[T any](v T, err error) (tick.Null[T], error) { return tick.Some(v), err }

// price reads a price, which may stand multiplied by a power of ten: an exponent takes that off and rounds nothing.
func (c *converter) price(text []byte) (tick.Price, error) {
	if c.shift == "" {
		return tick.ParsePrice(text)
	}
	if i := bytes.IndexAny(text, "eE"); i >= 0 {
		own, err := strconv.Atoi(string(text[i+1:]))
		if err != nil {
			return tick.ParsePrice(text)
		}
		by, _ := strconv.Atoi(c.shift[1:])
		c.scratch = strconv.AppendInt(append(c.scratch[:0], text[:i+1]...), int64(own+by), 10)
	} else {
		c.scratch = append(append(c.scratch[:0], text...), c.shift...)
	}
	return tick.ParsePrice(c.scratch)
}

var errObject = tick.FieldError("not a JSON object of fields that the record does not know")

// object takes over a record's extra.
func (c *converter) object(text []byte) error {
	if text[0] != '{' {
		return errObject
	}
	record := append(c.scratch[:0], `{"timestamp":"1970-01-01","symbol":"-","price":0`...)
	if inner := bytes.TrimLeft(text[1:], " \t\r\n"); len(inner) > 0 && inner[0] != '}' {
		record = append(record, ',')
	}
	record = append(record, text[1:]...)
	c.scratch = record
	var t tick.Tick // a field of the record's own would stand twice, and so be refused, or be set here
	if err := tick.Parse(record, &t); err != nil {
		return errObject
	}
	only := tick.Tick{Symbol: "-", Extra: t.Extra}
	if !bytes.Equal(tick.AppendJSON(nil, &only), tick.AppendJSON(nil, &t)) {
		return errObject
	}
	c.t.Extra = append(c.t.Extra[:0], t.Extra...)
	return nil
}
