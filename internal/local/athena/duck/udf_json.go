package duck

import (
	"bytes"
	"database/sql/driver"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"ticklake/internal/local/athena/trino"
)

func jsonFunctions() []*function {
	return []*function{
		fn("go_json_parse", text, args(text), func(v []driver.Value) (any, error) {
			out, ok := renderJSON(jsontext.Value(v[0].(string)), true)
			if !ok {
				return nil, faultf(trino.InvalidArgument, "Cannot convert value to JSON: '%s'", v[0])
			}
			return out, nil
		}),
		fn("go_json_extract", text, args(text, text), func(v []driver.Value) (any, error) {
			got, ok, err := extractJSON(v[0].(string), v[1].(string))
			if err != nil || !ok {
				return nil, err
			}
			if out, ok := renderJSON(got, false); ok {
				return out, nil
			}
			return nil, nil
		}),
		fn("go_json_scalar", text, args(text, text), func(v []driver.Value) (any, error) {
			got, ok, err := extractJSON(v[0].(string), v[1].(string))
			if err != nil || !ok {
				return nil, err
			}
			s, ok := scalarText(got)
			if !ok {
				return nil, nil
			}
			return s, nil
		}),
		fn("go_json_length", bigint, args(text), func(v []driver.Value) (any, error) {
			items, ok := jsonItems(jsontext.Value(v[0].(string)))
			if !ok {
				return nil, nil
			}
			return int64(len(items)), nil
		}),
		fn("go_json_size", bigint, args(text, text), func(v []driver.Value) (any, error) {
			got, ok, err := extractJSON(v[0].(string), v[1].(string))
			if err != nil || !ok {
				return nil, err
			}
			return jsonSize(got), nil
		}),
		fn("go_json_contains", boolean, args(text, text, text), jsonContains),
		fn("go_json_is_scalar", boolean, args(text), func(v []driver.Value) (any, error) {
			val := jsontext.Value(v[0].(string))
			if !val.IsValid() {
				return nil, faultf(trino.InvalidArgument, "Invalid JSON value: %s", v[0])
			}
			k := trimmed(val).Kind()
			return k != '{' && k != '[', nil
		}),
		fn("go_json_quote", text, args(text), func(v []driver.Value) (any, error) { return quoteJSON(v[0].(string)) }),
		fn("go_double_json", text, args(double), func(v []driver.Value) (any, error) {
			s := javaDouble(v[0].(float64), 64)
			if strings.HasSuffix(s, "y") || s == "NaN" {
				return "\"" + s + "\"", nil
			}
			return s, nil
		}),
		fn("go_json_text", text, args(text), func(v []driver.Value) (any, error) {
			val := trimmed(jsontext.Value(v[0].(string)))
			if k := val.Kind(); k == '{' || k == '[' {
				return nil, faultf(trino.InvalidCast, "Cannot cast %s to varchar", v[0])
			}
			s, ok := scalarText(val)
			if !ok {
				return nil, nil
			}
			// A fraction is a double, which Trino writes as it casts one.
			if val.Kind() == '0' && strings.ContainsAny(s, ".eE") {
				if x, err := strconv.ParseFloat(s, 64); err == nil {
					return castText(x, 64), nil
				}
			}
			return s, nil
		}),
		fn("go_json_member", text, args(text, text), func(v []driver.Value) (any, error) { return jsonMember(v[0].(string), v[1].(string)) }),
		fn("go_json_column", text, args(text), func(v []driver.Value) (any, error) {
			val := trimmed(jsontext.Value(v[0].(string)))
			if k := val.Kind(); k == '{' || k == '[' {
				return string(val), nil
			}
			s, ok := scalarText(val)
			if !ok {
				return nil, nil
			}
			return s, nil
		}),
		fn("go_json_value", text, args(text, text), jsonValue),
	}
}

func trimmed(v jsontext.Value) jsontext.Value { return jsontext.Value(bytes.TrimSpace(v)) }

func decoder(v jsontext.Value) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewReader(v), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

func quoteJSON(s string) (string, error) {
	b, err := jsontext.AppendQuote(nil, s)
	if err != nil {
		return "", faultf(trino.InvalidArgument, "the text is not valid UTF-8")
	}
	return string(b), nil
}

// scalarText is the text of a JSON scalar; not ok for null, objects and arrays.
func scalarText(v jsontext.Value) (string, bool) {
	v = trimmed(v)
	switch v.Kind() {
	case '"':
		b, err := jsontext.AppendUnquote(nil, v)
		return string(b), err == nil
	case '0', 't', 'f':
		return string(v), true
	}
	return "", false
}

// renderJSON writes a value without white space, fractions as Java's doubles, and sorted names where asked.
func renderJSON(v jsontext.Value, sorted bool) (string, bool) {
	dec := decoder(v)
	var b strings.Builder
	if !renderValue(dec, &b, sorted) {
		return "", false
	}
	// Nothing may follow.
	if rest := bytes.TrimSpace(dec.UnreadBuffer()); len(rest) > 0 {
		return "", false
	}
	if _, err := dec.ReadToken(); err == nil {
		return "", false
	}
	return b.String(), true
}

func renderValue(dec *jsontext.Decoder, b *strings.Builder, sorted bool) bool {
	switch dec.PeekKind() {
	case '{':
		return renderObject(dec, b, sorted)
	case '[':
		if _, err := dec.ReadToken(); err != nil {
			return false
		}
		b.WriteByte('[')
		for n := 0; dec.PeekKind() != ']'; n++ {
			if n > 0 {
				b.WriteByte(',')
			}
			if !renderValue(dec, b, sorted) {
				return false
			}
		}
		b.WriteByte(']')
		_, err := dec.ReadToken()
		return err == nil
	}
	v, err := dec.ReadValue()
	if err != nil {
		return false
	}
	switch v.Kind() {
	case '0':
		s := string(v)
		if strings.ContainsAny(s, ".eE") {
			x, err := strconv.ParseFloat(s, 64)
			if err != nil {
				return false
			}
			s = javaDouble(x, 64)
		}
		b.WriteString(s)
		return true
	case '"':
		s, ok := scalarText(v)
		if !ok {
			return false
		}
		q, err := quoteJSON(s)
		b.WriteString(q)
		return err == nil
	}
	b.Write(v)
	return true
}

func renderObject(dec *jsontext.Decoder, b *strings.Builder, sorted bool) bool {
	if _, err := dec.ReadToken(); err != nil {
		return false
	}
	type member struct{ name, text string }
	var members []member
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return false
		}
		m := member{name: name.String()}
		var inner strings.Builder
		if !renderValue(dec, &inner, sorted) {
			return false
		}
		m.text = inner.String()
		members = append(members, m)
	}
	if _, err := dec.ReadToken(); err != nil {
		return false
	}
	if sorted {
		slices.SortStableFunc(members, func(x, y member) int { return strings.Compare(x.name, y.name) })
	}
	b.WriteByte('{')
	for i, m := range members {
		if i > 0 {
			b.WriteByte(',')
		}
		q, err := quoteJSON(m.name)
		if err != nil {
			return false
		}
		b.WriteString(q + ":" + m.text)
	}
	b.WriteByte('}')
	return true
}

type pathStep struct {
	name  string
	index int // -1 where the step is a name
}

// parsePath reads $.a["b"][0]; anything else that the JSONPath language has is refused.
func parsePath(s string) ([]pathStep, error) {
	refuse := faultf(trino.NotSupported, "the JSON path %q is not supported: $.name, [\"name\"] and [number] are", s)
	rest, ok := strings.CutPrefix(s, "$")
	if !ok || len(s) > 10000 {
		return nil, refuse
	}
	var steps []pathStep
	for rest != "" {
		switch {
		case strings.HasPrefix(rest, "[\""):
			end := strings.Index(rest[2:], "\"]")
			if end < 0 || strings.Contains(rest[2:2+end], "\\") {
				return nil, refuse
			}
			steps = append(steps, pathStep{name: rest[2 : 2+end], index: -1})
			rest = rest[2+end+2:]
		case rest[0] == '[':
			end := strings.IndexByte(rest, ']')
			if end < 0 {
				return nil, refuse
			}
			n, err := strconv.Atoi(rest[1:end])
			if err != nil || n < 0 {
				return nil, refuse
			}
			steps = append(steps, pathStep{index: n})
			rest = rest[end+1:]
		case rest[0] == '.':
			end := 1
			for end < len(rest) && (rest[end] == '_' || rest[end] == '$' || rest[end] >= 0x80 || rest[end] >= '0' && rest[end] <= '9' || rest[end]|32 >= 'a' && rest[end]|32 <= 'z') {
				end++
			}
			if end == 1 {
				return nil, refuse
			}
			steps = append(steps, pathStep{name: rest[1:end], index: -1})
			rest = rest[end:]
		default:
			return nil, refuse
		}
	}
	return steps, nil
}

// extractJSON finds the value at a path; what is no JSON has none.
func extractJSON(s, path string) (jsontext.Value, bool, error) {
	steps, err := parsePath(path)
	if err != nil {
		return nil, false, err
	}
	v := trimmed(jsontext.Value(s))
	for _, st := range steps {
		dec := decoder(v)
		kind := dec.PeekKind()
		if st.index < 0 && kind != '{' || st.index >= 0 && kind != '[' {
			return nil, false, nil
		}
		if _, err := dec.ReadToken(); err != nil {
			return nil, false, nil
		}
		found := false
		for n := 0; dec.PeekKind() != '}' && dec.PeekKind() != ']'; n++ {
			name := ""
			if kind == '{' {
				t, err := dec.ReadToken()
				if err != nil {
					return nil, false, nil
				}
				name = t.String()
			}
			val, err := dec.ReadValue()
			if err != nil {
				return nil, false, nil
			}
			if kind == '{' && name == st.name || kind == '[' && n == st.index {
				v, found = val.Clone(), true
				break
			}
		}
		if !found {
			return nil, false, nil
		}
	}
	return v, true, nil
}

func jsonItems(v jsontext.Value) ([]jsontext.Value, bool) {
	dec := decoder(v)
	if dec.PeekKind() != '[' {
		return nil, false
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, false
	}
	var out []jsontext.Value
	for dec.PeekKind() != ']' {
		val, err := dec.ReadValue()
		if err != nil {
			return nil, false
		}
		out = append(out, val.Clone())
	}
	return out, true
}

func jsonSize(v jsontext.Value) int64 {
	if items, ok := jsonItems(v); ok {
		return int64(len(items))
	}
	dec := decoder(v)
	if dec.PeekKind() != '{' {
		return 0
	}
	if _, err := dec.ReadToken(); err != nil {
		return 0
	}
	n := int64(0)
	for dec.PeekKind() == '"' {
		// The name, then the value.
		for range 2 {
			if dec.SkipValue() != nil {
				return 0
			}
		}
		n++
	}
	return n
}

func jsonContains(v []driver.Value) (any, error) {
	items, ok := jsonItems(jsontext.Value(v[0].(string)))
	if !ok {
		return nil, nil
	}
	kind, want := v[1].(string), v[2].(string)
	for _, it := range items {
		s, ok := scalarText(it)
		k := trimmed(it).Kind()
		if ok && s == want && (kind == "varchar") == (k == '"') && (kind == "boolean") == (k == 't' || k == 'f') {
			return true, nil
		}
	}
	return false, nil
}

// jsonValue is the text of a scalar for a number or a boolean.
func jsonValue(v []driver.Value) (any, error) {
	val, to := trimmed(jsontext.Value(v[0].(string))), v[1].(string)
	if val.Kind() == 'n' {
		return nil, nil
	}
	s, ok := scalarText(val)
	fault := faultf(trino.InvalidCast, "Cannot cast to %s: %s", to, v[0])
	if !ok {
		return nil, fault
	}
	if val.Kind() != '0' && !(to == "boolean" && (s == "true" || s == "false")) {
		return nil, faultf(trino.NotSupported, "a cast of the JSON %s to %s is not supported", v[0], to)
	}
	x, err := strconv.ParseFloat(s, 64)
	switch {
	case to == "boolean" && val.Kind() == '0':
		return strconv.FormatBool(x != 0), nil
	case to == "bigint" || to == "integer":
		if strings.ContainsAny(s, ".eE") {
			return nil, faultf(trino.NotSupported, "a cast of the JSON %s to %s is not supported", v[0], to)
		}
		if _, err := strconv.ParseInt(s, 10, map[string]int{"bigint": 64, "integer": 32}[to]); err != nil {
			return nil, fault
		}
	case to == "double" && err != nil:
		return nil, fault
	}
	return s, nil
}

// jsonMember finds a member whose name is the column's but for its case.
func jsonMember(s, name string) (any, error) {
	dec := decoder(jsontext.Value(s))
	if dec.PeekKind() != '{' {
		return nil, nil
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, nil
	}
	for dec.PeekKind() == '"' {
		t, err := dec.ReadToken()
		if err != nil {
			return nil, nil
		}
		match := strings.EqualFold(t.String(), name)
		val, err := dec.ReadValue()
		if err != nil {
			return nil, nil
		}
		if match {
			return string(val), nil
		}
	}
	return nil, nil
}
