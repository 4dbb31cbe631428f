package tick

import (
	"bytes"
	"strconv"
)

// Header is the first line of raw CSV, with its line end.
const Header = "timestamp,symbol,price,volume,open,high,low,venue,currency,sequence,extra\n"

// columns is how many fields a row of raw CSV has.
const columns = len(fieldNames) + 1

// AppendRow appends t as a row of raw CSV (RFC 4180) in its one form: NULL is empty, a field is quoted only where it
// holds a comma or a quote, and the line ends with "\n". No field holds a line end: the rules allow none.
func AppendRow(dst []byte, t *Tick) []byte {
	dst = append(t.Timestamp.Append(dst), ',')
	dst = append(appendField(dst, string(t.Symbol)), ',')
	dst = append(t.Price.Append(dst), ',')
	if t.Volume.Valid {
		dst = strconv.AppendInt(dst, t.Volume.V, 10)
	}
	for _, p := range [...]Null[Price]{t.Open, t.High, t.Low} {
		dst = append(dst, ',')
		if p.Valid {
			dst = p.V.Append(dst)
		}
	}
	dst = appendField(append(dst, ','), t.Venue)
	dst = append(appendField(append(dst, ','), t.Currency), ',')
	if t.Sequence.Valid {
		dst = strconv.AppendInt(dst, t.Sequence.V, 10)
	}
	return append(appendField(append(dst, ','), string(t.Extra)), '\n')
}

func appendField(dst []byte, s string) []byte {
	special := false
	for i := range len(s) {
		special = special || s[i] == ',' || s[i] == '"'
	}
	if !special {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	for i := range len(s) {
		if s[i] == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, s[i])
	}
	return append(dst, '"')
}

// ParseRow reads one row of raw CSV, with or without its line end, into t. It is the inverse of AppendRow; that a row
// still has the form AppendRow gave it is what the lake's checksums tell. The error is a *Reject. ParseRow does not
// keep row.
func ParseRow(row []byte, t *Tick) error {
	t.Reset()
	row = bytes.TrimSuffix(row, []byte("\n"))
	var fields [columns][]byte
	if !splitRow(row, &fields) {
		return &Reject{Reason: BadRow, Detail: "not eleven fields of CSV"}
	}
	for f, text := range fields[:len(fieldNames)] {
		if len(text) == 0 {
			if f < requiredFields {
				return &Reject{Reason: MissingField, Field: fieldNames[f], Detail: errMissing.Error()}
			}
			continue
		}
		if err := t.setField(f, text, true, true); err != nil {
			return err
		}
	}
	t.Extra = append(t.Extra, fields[columns-1]...)
	return nil
}

// splitRow takes a row apart at its commas.
func splitRow(row []byte, fields *[columns][]byte) bool {
	for f := range fields {
		var ok bool
		if fields[f], row, ok = cutField(row); !ok {
			return false
		}
		last := f == columns-1
		switch {
		case last:
			return len(row) == 0
		case len(row) == 0 || row[0] != ',':
			return false
		}
		row = row[1:]
	}
	return false
}

// cutField takes the first field off row; rest begins with the comma behind it, or is empty.
func cutField(row []byte) (field, rest []byte, ok bool) {
	if len(row) == 0 || row[0] != '"' {
		end := bytes.IndexByte(row, ',')
		if end < 0 {
			end = len(row)
		}
		return row[:end], row[end:], bytes.IndexByte(row[:end], '"') < 0
	}
	doubled := false
	for i := 1; i < len(row); i++ {
		if row[i] != '"' {
			continue
		}
		if i+1 < len(row) && row[i+1] == '"' {
			doubled = true
			i++
			continue
		}
		field = row[1:i]
		if doubled {
			field = bytes.ReplaceAll(field, []byte(`""`), []byte(`"`))
		}
		return field, row[i+1:], true
	}
	return nil, nil, false
}
