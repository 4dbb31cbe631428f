package tick

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Parse reads value, one JSON object, into t by the rules; what t held is gone. The error is a *Reject.
// Parse does not keep value and does not change it.
func Parse(value []byte, t *Tick) error {
	t.Reset()
	if len(value) == 0 {
		return &Reject{Reason: EmptyValue, Detail: "the record has no value"}
	}
	if !utf8.Valid(value) {
		return &Reject{Reason: InvalidUTF8, Detail: "the value is not UTF-8"}
	}
	if depth(value) > MaxDepth {
		return &Reject{Reason: TooDeep, Detail: "nested deeper than 128 levels"}
	}
	var tokens [len(fieldNames)][]byte
	if err := split(value, &tokens, t); err != nil {
		return err
	}
	return t.set(&tokens)
}

// split takes the object apart: the tokens of known fields, and everything else into t.Extra. Values are judged only
// when the whole object is known to be JSON, and then in the fields' own order, so that a record with several faults
// is told the same one by any reader.
func split(value []byte, tokens *[len(fieldNames)][]byte, t *Tick) error {
	d := jsontext.NewDecoder(bytes.NewBuffer(value))
	if d.PeekKind() != jsontext.KindBeginObject {
		if _, err := d.ReadValue(); err != nil {
			return syntax(err)
		}
		return &Reject{Reason: InvalidJSON, Detail: "not an object"}
	}
	if _, err := d.ReadToken(); err != nil {
		return syntax(err)
	}
	read := func() ([]byte, error) { // as it stands in value: the decoder's own slice ends with its next call
		v, err := d.ReadValue()
		end := int(d.InputOffset())
		return value[end-len(v) : end], err
	}
	for d.PeekKind() != jsontext.KindEndObject {
		name, err := read()
		if err != nil {
			return syntax(err)
		}
		v, err := read()
		if err != nil {
			return syntax(err)
		}
		if f, known := fieldNamed(name); known {
			tokens[f] = v
			continue
		}
		t.Extra = appendMember(t.Extra, name, v)
	}
	if _, err := d.ReadToken(); err != nil {
		return syntax(err)
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return &Reject{Reason: InvalidJSON, Detail: "bytes after the object"}
	}
	if len(t.Extra) > 0 {
		t.Extra = append(t.Extra, '}')
	}
	return nil
}

// syntax turns the library's error into the rules' words, which must outlive the library.
func syntax(err error) error {
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return &Reject{Reason: DuplicateKey, Detail: "an object has the same name twice"}
	}
	return &Reject{Reason: InvalidJSON, Detail: "not JSON by RFC 8259"}
}

// fieldNames are the record's fields in its order, which is also that of raw CSV, before extra.
var fieldNames = [...]string{
	"timestamp", "symbol", "price", "volume", "open", "high", "low", "venue", "currency", "sequence",
}

// fieldNamed finds the field that a JSON string names.
func fieldNamed(quoted []byte) (field int, known bool) {
	name := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(name, '\\') >= 0 {
		plain, err := jsontext.AppendUnquote(nil, quoted)
		if err != nil {
			return 0, false
		}
		name = plain
	}
	for f, n := range fieldNames {
		if string(name) == n {
			return f, true
		}
	}
	return 0, false
}

// set judges the fields' tokens; a nil token and null are both absent.
func (t *Tick) set(tokens *[len(fieldNames)][]byte) error {
	for f, token := range tokens {
		absent := token == nil || string(token) == "null"
		if absent {
			if f < requiredFields {
				return &Reject{Reason: MissingField, Field: fieldNames[f], Detail: errMissing.Error()}
			}
			continue
		}
		text, quoted := token, token[0] == '"'
		if quoted {
			if text = token[1 : len(token)-1]; bytes.IndexByte(text, '\\') >= 0 {
				plain, err := jsontext.AppendUnquote(nil, token)
				if err != nil {
					return syntax(err)
				}
				text = plain
			}
		}
		if err := t.setField(f, text, quoted || isNumber(token), quoted); err != nil {
			return err
		}
	}
	return nil
}

func isNumber(token []byte) bool { return token[0] == '-' || isDigit(token[0]) }

// AppendJSON appends t as one JSON object in its one form: fields in the record's order, NULLs left out, the members of
// extra last. Parse gives t back.
func AppendJSON(dst []byte, t *Tick) []byte {
	dst = append(dst, `{"timestamp":"`...)
	dst = t.Timestamp.Append(dst)
	dst = append(dst, `","symbol":`...)
	dst = appendQuoted(dst, string(t.Symbol))
	dst = append(dst, `,"price":`...)
	dst = t.Price.Append(dst)
	dst = appendInteger(dst, `,"volume":`, t.Volume)
	dst = appendPrice(dst, `,"open":`, t.Open)
	dst = appendPrice(dst, `,"high":`, t.High)
	dst = appendPrice(dst, `,"low":`, t.Low)
	if t.Venue != "" {
		dst = appendQuoted(append(dst, `,"venue":`...), t.Venue)
	}
	if t.Currency != "" {
		dst = appendQuoted(append(dst, `,"currency":`...), t.Currency)
	}
	dst = appendInteger(dst, `,"sequence":`, t.Sequence)
	if len(t.Extra) > 2 {
		dst = append(dst, ',')
		return append(dst, t.Extra[1:]...)
	}
	return append(dst, '}')
}

func appendQuoted(dst []byte, s string) []byte {
	// The library fails only on invalid UTF-8, which no value that passed the rules has; it has then written
	// replacement characters, which the reader refuses.
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}

func appendInteger(dst []byte, before string, v Null[int64]) []byte {
	if !v.Valid {
		return dst
	}
	return strconv.AppendInt(append(dst, before...), v.V, 10)
}

func appendPrice(dst []byte, before string, v Null[Price]) []byte {
	if !v.Valid {
		return dst
	}
	return v.V.Append(append(dst, before...))
}
