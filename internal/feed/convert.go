package feed

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"ticklake/internal/stream"
	"ticklake/internal/tick"
)

// maxSymbols bounds how many symbols are numbered.
const maxSymbols = 1 << 20

// maxValue bounds a record's value so that its key and headers fit beside it.
const maxValue = stream.MaxRecordBytes - 4096

// Leniency counts rows of a dataset whose time was not RFC 3339 and was read all the same.
type Leniency struct {
	Blank  int64 // a blank stood for the T
	NoZone int64 // no offset: taken for UTC
}

// converter makes ticks of the rows of one dataset.
type converter struct {
	file    string
	layout  *layout
	numbers map[string]*int64 // rows of each symbol so far
	lenient Leniency
	t       tick.Tick
	pairs   []string
	scratch []byte
}

// tick makes a tick of row, good until the next call, with its value as JSON appended to dst; or says why it cannot. The
// error is the dataset's, not the row's.
func (c *converter) tick(row *csvRow, dst []byte) (value []byte, bad *Bad, err error) {
	if bad := c.fields(row); bad != nil {
		return dst, bad, nil
	}
	if c.layout.numbered {
		n := c.numbers[string(c.t.Symbol)]
		if n == nil {
			if len(c.numbers) == maxSymbols {
				return dst, nil, fmt.Errorf("%s:%d: more than %d symbols", c.file, row.line, maxSymbols)
			}
			n = new(int64)
			c.numbers[string(c.t.Symbol)] = n
		}
		c.t.Sequence = tick.Some(*n + 1)
		value = tick.AppendJSON(dst, &c.t)
		if len(value)-len(dst) <= maxValue {
			*n++
			return value, nil, nil
		}
	} else if value = tick.AppendJSON(dst, &c.t); len(value)-len(dst) <= maxValue {
		return value, nil, nil
	}
	return dst, c.bad(row, 0, tick.BadRow, fmt.Sprintf("a record of it would be larger than %d bytes", maxValue)), nil
}

// bad makes a Bad of what is wrong with a column, counted from 1, or 0.
func (c *converter) bad(row *csvRow, column int, reason tick.Reason, detail string) *Bad {
	b := &Bad{File: c.file, Line: row.line, Column: column, Reason: reason, Detail: detail}
	if column > 0 {
		b.Name = shorten(c.layout.names[column-1])
	}
	return b
}

// fields fills c.t from row.
func (c *converter) fields(row *csvRow) *Bad {
	c.t.Reset()
	c.pairs = c.pairs[:0]
	if row.defect != "" {
		return c.bad(row, 0, tick.BadRow, row.defect)
	}
	if have, want := len(row.fields), len(c.layout.to); have != want {
		return c.bad(row, 0, tick.BadRow, fmt.Sprintf("%d fields where the header has %d", have, want))
	}
	if !utf8.Valid(row.raw) {
		column := 0
		for i, f := range row.fields {
			if !utf8.Valid(f) {
				column = i + 1
				break
			}
		}
		return c.bad(row, column, tick.InvalidUTF8, "not UTF-8")
	}
	for i, text := range row.fields {
		if reason, err := c.field(c.layout.to[i], c.layout.names[i], text); err != nil {
			return c.bad(row, i+1, reason, err.Error())
		}
	}
	if len(c.pairs) > 0 {
		c.t.SetExtra(c.pairs...)
	}
	return nil
}

var errMissing = tick.FieldError("required, and not there")

// field sets one field of c.t. An empty text is absent.
func (c *converter) field(to int, name string, text []byte) (tick.Reason, error) {
	switch {
	case to == toExtra:
		c.pairs = append(c.pairs, name, string(text))
		return "", nil
	case len(text) > 0:
		return c.value(to, text)
	case to >= 0 && to < requiredFields:
		return tick.MissingField, errMissing
	}
	return "", nil
}

func (c *converter) value(to int, text []byte) (reason tick.Reason, err error) {
	t := &c.t
	switch to {
	case toTimestamp:
		t.Timestamp, err = c.time(text)
		return tick.BadTimestamp, err
	case toSymbol:
		t.Symbol = tick.Symbol(text)
		return tick.BadSymbol, tick.CheckSymbol(string(t.Symbol))
	case toVenue:
		t.Venue = string(text)
		return tick.BadCode, tick.CheckCode(t.Venue)
	case toCurrency:
		t.Currency = string(text)
		return tick.BadCode, tick.CheckCode(t.Currency)
	case toObject:
		return tick.BadRow, c.object(text)
	case toPrice:
		t.Price, err = tick.ParsePrice(text)
	case toOpen:
		t.Open, err = some(tick.ParsePrice(text))
	case toHigh:
		t.High, err = some(tick.ParsePrice(text))
	case toLow:
		t.Low, err = some(tick.ParsePrice(text))
	case toVolume:
		t.Volume, err = some(tick.ParseInteger(text))
	case toSequence:
		t.Sequence, err = some(tick.ParseInteger(text))
	}
	return tick.BadNumber, err
}

func some[T any](v T, err error) (tick.Null[T], error) { return tick.Some(v), err }

// time reads a dataset's time, where more is allowed than on the wire: a blank for the T, and no zone, which is UTC.
func (c *converter) time(text []byte) (tick.Timestamp, error) {
	const date = len("2024-05-17")
	if len(text) <= date {
		return tick.ParseTimestamp(text)
	}
	blank := text[date] == ' '
	noZone := !bytes.ContainsAny(text[date+1:], "Zz+-")
	if !blank && !noZone {
		return tick.ParseTimestamp(text)
	}
	s := append(c.scratch[:0], text...)
	if blank {
		s[date] = 'T'
	}
	if noZone {
		s = append(s, 'Z')
	}
	c.scratch = s
	ts, err := tick.ParseTimestamp(s)
	if err == nil && blank {
		c.lenient.Blank++
	}
	if err == nil && noZone {
		c.lenient.NoZone++
	}
	return ts, err
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
