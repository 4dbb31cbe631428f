package trino

import (
	"fmt"
	"strconv"
	"strings"
)

var simpleTypes = map[string]Type{
	"boolean": simple(Boolean), "tinyint": simple(Tinyint), "smallint": simple(Smallint), "integer": simple(Integer),
	"int": simple(Integer), "bigint": simple(Bigint), "real": simple(Real), "double": simple(Double),
	"varbinary": simple(Varbinary), "date": simple(Date), "json": simple(JSON), "unknown": simple(Unknown),
	"interval day to second": simple(IntervalDay), "interval year to month": simple(IntervalYear),
}

// knownTypes are Trino's types that exist there and not here.
const knownTypes = " hyperloglog p4hyperloglog qdigest tdigest ipaddress uuid geometry sphericalgeography bingtile setdigest color objectid kdbtree regressor classifier jsonpath joniregexp likepattern codepoints time with time zone "

// resolveType gives a written type its meaning; context is where Trino reports an unknown one.
func resolveType(y typeName, context Pos) (Type, *Error) {
	unknown := Errorf(context, TypeMismatch, "Unknown type: %s", clip(y.written()))
	if t, ok := simpleTypes[y.name]; ok && len(y.args) == 0 {
		return t, nil
	}
	switch y.name {
	case "varchar":
		if len(y.args) == 0 {
			return varchar(Unbounded), nil
		}
		n, ok := y.numbers(1)
		if !ok || n[0] > 2147483646 {
			return Type{}, unknown
		}
		return varchar(n[0]), nil
	case "char":
		if len(y.args) == 0 {
			return Type{Kind: Char, Precision: 1}, nil
		}
		n, ok := y.numbers(1)
		if !ok || n[0] > 65536 {
			return Type{}, unknown
		}
		return Type{Kind: Char, Precision: n[0]}, nil
	case "decimal", "numeric":
		return resolveDecimal(y, context, unknown)
	case "time", "timestamp", "timestamp with time zone":
		return resolveTime(y, context, unknown)
	case "array", "map":
		return resolveNested(y, context, unknown)
	case "row":
		return resolveRow(y, context, unknown)
	}
	if strings.Contains(knownTypes, " "+y.name+" ") {
		return Type{}, Unsupported(context, "the type %s", y.name)
	}
	switch y.name {
	case "string", "text":
		unknown = unknown.hint("write varchar")
	case "float", "float8":
		unknown = unknown.hint("write real or double")
	}
	return Type{}, unknown
}

func resolveDecimal(y typeName, context Pos, unknown *Error) (Type, *Error) {
	if len(y.args) == 0 {
		return decimalType(38, 0), nil
	}
	n, ok := y.numbers(len(y.args))
	if !ok || len(n) > 2 {
		return Type{}, unknown
	}
	t := decimalType(n[0], 0)
	if len(n) == 2 {
		t.Scale = n[1]
	}
	if t.Precision < 1 || t.Precision > 38 || t.Scale > t.Precision {
		return Type{}, Errorf(context, TypeMismatch, "Invalid type %s: DECIMAL precision must be in range [1, 38] and its scale in [0, precision]", t)
	}
	return t, nil
}

func resolveTime(y typeName, context Pos, unknown *Error) (Type, *Error) {
	p := 3
	if len(y.args) > 0 {
		n, ok := y.numbers(1)
		if !ok || n[0] > 12 {
			return Type{}, unknown
		}
		p = n[0]
	}
	switch {
	case y.name == "time" && p > 6:
		return Type{}, Unsupported(context, "a time of more than 6 fraction digits")
	case p > 9:
		return Type{}, Unsupported(context, "a timestamp of more than 9 fraction digits")
	case y.name == "time":
		return Type{Kind: Time, Precision: p}, nil
	case y.name == "timestamp":
		return timestampType(p), nil
	}
	return zonedType(p, ""), nil
}

func resolveNested(y typeName, context Pos, unknown *Error) (Type, *Error) {
	want := 1
	t := Type{Kind: Array}
	if y.name == "map" {
		want, t.Kind = 2, Map
	}
	if len(y.args) != want {
		return Type{}, unknown
	}
	for _, a := range y.args {
		e, err := resolveType(a, context)
		if err != nil {
			return Type{}, err
		}
		t.Elems = append(t.Elems, e)
	}
	return t, nil
}

func resolveRow(y typeName, context Pos, unknown *Error) (Type, *Error) {
	if len(y.args) == 0 {
		return Type{}, unknown
	}
	t := Type{Kind: Row}
	for _, a := range y.args {
		e, err := resolveType(a, context)
		if err != nil {
			return Type{}, err
		}
		t.Elems, t.Names = append(t.Elems, e), append(t.Names, a.field)
	}
	return t, nil
}

func (y typeName) numbers(n int) ([]int, bool) {
	if len(y.args) != n {
		return nil, false
	}
	out := make([]int, n)
	for i, a := range y.args {
		if !a.isNum {
			return nil, false
		}
		out[i] = a.number
	}
	return out, true
}

func (y typeName) written() string {
	if y.isNum {
		return strconv.Itoa(y.number)
	}
	if len(y.args) == 0 {
		return y.name
	}
	parts := make([]string, len(y.args))
	for i, a := range y.args {
		parts[i] = a.written()
	}
	return y.name + "(" + strings.Join(parts, ", ") + ")"
}

// ParseHiveType reads a column's type as Glue and Hive write it: bigint, decimal(18,9), array<string>,
// map<string,bigint>, struct<a:int,b:string>. A timestamp is a timestamp(3), as on Athena.
func ParseHiveType(s string) (Type, error) {
	h := &hiveParser{src: strings.ToLower(strings.TrimSpace(s))}
	t, err := h.typ(0)
	if err == nil && h.off != len(h.src) {
		err = fmt.Errorf("unexpected %q", h.src[h.off:])
	}
	if err != nil {
		return Type{}, fmt.Errorf("read column type %q: %w", clip(s), err)
	}
	return t, nil
}

type hiveParser struct {
	src string
	off int
}

var hiveTypes = map[string]Type{
	"boolean": simple(Boolean), "tinyint": simple(Tinyint), "smallint": simple(Smallint), "int": simple(Integer),
	"integer": simple(Integer), "bigint": simple(Bigint), "float": simple(Real), "real": simple(Real),
	"double": simple(Double), "string": varchar(Unbounded), "binary": simple(Varbinary), "date": simple(Date),
	"timestamp": timestampType(3), "decimal": decimalType(10, 0),
}

func (h *hiveParser) word() string {
	from := h.off
	for h.off < len(h.src) && !strings.ContainsRune("<>(),: ", rune(h.src[h.off])) {
		h.off++
	}
	return h.src[from:h.off]
}

func (h *hiveParser) skip(c byte) bool {
	for h.off < len(h.src) && h.src[h.off] == ' ' {
		h.off++
	}
	if h.off < len(h.src) && h.src[h.off] == c {
		h.off++
		for h.off < len(h.src) && h.src[h.off] == ' ' {
			h.off++
		}
		return true
	}
	return false
}

func (h *hiveParser) typ(depth int) (Type, error) {
	if depth > 20 {
		return Type{}, fmt.Errorf("nested deeper than 20 levels")
	}
	name := h.word()
	switch {
	case name == "array" && h.skip('<'):
		e, err := h.typ(depth + 1)
		return arrayType(e), h.close('>', err)
	case name == "map" && h.skip('<'):
		k, err := h.typ(depth + 1)
		if err != nil {
			return Type{}, err
		}
		if !h.skip(',') {
			return Type{}, fmt.Errorf("a map needs two types")
		}
		v, err := h.typ(depth + 1)
		return mapType(k, v), h.close('>', err)
	case name == "struct" && h.skip('<'):
		return h.row(depth)
	case (name == "decimal" || name == "varchar" || name == "char") && h.skip('('):
		return h.sized(name)
	}
	if t, ok := hiveTypes[name]; ok {
		return t, nil
	}
	return Type{}, fmt.Errorf("unknown type %q", clip(name))
}

func (h *hiveParser) row(depth int) (Type, error) {
	t := Type{Kind: Row}
	for {
		name := h.word()
		if name == "" || !h.skip(':') {
			return Type{}, fmt.Errorf("a struct field needs name:type")
		}
		e, err := h.typ(depth + 1)
		if err != nil {
			return Type{}, err
		}
		t.Elems, t.Names = append(t.Elems, e), append(t.Names, name)
		if !h.skip(',') {
			return t, h.close('>', nil)
		}
	}
}

func (h *hiveParser) sized(name string) (Type, error) {
	var n []int
	for {
		v, err := strconv.Atoi(h.word())
		if err != nil {
			return Type{}, fmt.Errorf("a size is not a number")
		}
		n = append(n, v)
		if !h.skip(',') {
			break
		}
	}
	err := h.close(')', nil)
	switch {
	case err != nil:
		return Type{}, err
	case name == "decimal" && len(n) <= 2 && n[0] >= 1 && n[0] <= 38:
		t := decimalType(n[0], 0)
		if len(n) == 2 {
			t.Scale = n[1]
		}
		if t.Scale >= 0 && t.Scale <= t.Precision {
			return t, nil
		}
	case name == "varchar" && len(n) == 1 && n[0] >= 1 && n[0] <= 65535:
		return varchar(n[0]), nil
	case name == "char" && len(n) == 1 && n[0] >= 1 && n[0] <= 255:
		return Type{Kind: Char, Precision: n[0]}, nil
	}
	return Type{}, fmt.Errorf("sizes of %s are out of range", name)
}

func (h *hiveParser) close(c byte, err error) error {
	if err != nil {
		return err
	}
	if !h.skip(c) {
		return fmt.Errorf("%q is missing", string(c))
	}
	return nil
}
