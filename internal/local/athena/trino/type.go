package trino

import (
	"fmt"
	"strconv"
	"strings"
)

// Kind is a family of types.
type Kind uint8

// The kinds, in Trino's words. Unknown is the type of NULL; Func that of a lambda.
const (
	Unknown Kind = iota
	Boolean
	Tinyint
	Smallint
	Integer
	Bigint
	Real
	Double
	Decimal
	Varchar
	Char
	Varbinary
	Date
	Time
	Timestamp
	TimestampTZ
	IntervalDay
	IntervalYear
	Array
	Map
	Row
	JSON
	Func
)

var kindNames = [...]string{
	"unknown", "boolean", "tinyint", "smallint", "integer", "bigint", "real", "double", "decimal", "varchar", "char",
	"varbinary", "date", "time", "timestamp", "timestamp with time zone", "interval day to second",
	"interval year to month", "array", "map", "row", "json", "function",
}

// String is the kind's name as Trino writes it.
func (k Kind) String() string { return kindNames[k] }

// Unbounded is the length of a varchar that has none.
const Unbounded = -1

// Type is a Trino type as a value.
type Type struct {
	Kind Kind
	// Precision is a decimal's number of digits, a time's or timestamp's number of fraction digits, the length
	// of a varchar (or Unbounded) or a char.
	Precision int
	// Scale is a decimal's number of digits after the point.
	Scale int
	// Elems are an array's element, a map's key and value, a row's fields.
	Elems []Type
	// Names are a row's field names, "" where a field has none.
	Names []string
	// Zone is the time zone of every value of a timestamp with time zone: here it is known before a statement
	// runs, and part of what must agree where values meet.
	Zone string
}

func simple(k Kind) Type              { return Type{Kind: k} }
func varchar(n int) Type              { return Type{Kind: Varchar, Precision: n} }
func decimalType(p, s int) Type       { return Type{Kind: Decimal, Precision: p, Scale: s} }
func timestampType(p int) Type        { return Type{Kind: Timestamp, Precision: p} }
func zonedType(p int, zn string) Type { return Type{Kind: TimestampTZ, Precision: p, Zone: zn} }
func arrayType(e Type) Type           { return Type{Kind: Array, Elems: []Type{e}} }
func mapType(k, v Type) Type          { return Type{Kind: Map, Elems: []Type{k, v}} }

// Equal says whether two types are the same, names of fields and zones included.
func (t Type) Equal(u Type) bool {
	if t.Kind != u.Kind || t.Precision != u.Precision || t.Scale != u.Scale || t.Zone != u.Zone || len(t.Elems) != len(u.Elems) {
		return false
	}
	for i := range t.Elems {
		if !t.Elems[i].Equal(u.Elems[i]) || t.Kind == Row && t.fieldName(i) != u.fieldName(i) {
			return false
		}
	}
	return true
}

func (t Type) fieldName(i int) string {
	if i < len(t.Names) {
		return t.Names[i]
	}
	return ""
}

// String is the type as Trino's typeof prints it: decimal(18,9), array(varchar), row(a integer, b varchar(1)).
func (t Type) String() string {
	switch t.Kind {
	case Decimal:
		return fmt.Sprintf("decimal(%d,%d)", t.Precision, t.Scale)
	case Varchar:
		if t.Precision == Unbounded {
			return "varchar"
		}
		return "varchar(" + strconv.Itoa(t.Precision) + ")"
	case Char:
		return "char(" + strconv.Itoa(t.Precision) + ")"
	case Time, Timestamp:
		return fmt.Sprintf("%s(%d)", t.Kind, t.Precision)
	case TimestampTZ:
		return fmt.Sprintf("timestamp(%d) with time zone", t.Precision)
	case Array, Map, Row, Func:
		parts := make([]string, len(t.Elems))
		for i, e := range t.Elems {
			parts[i] = e.String()
			if n := t.fieldName(i); t.Kind == Row && n != "" {
				parts[i] = n + " " + parts[i]
			}
		}
		return t.Kind.String() + "(" + strings.Join(parts, ", ") + ")"
	}
	return t.Kind.String()
}

func (t Type) isInteger() bool { return t.Kind >= Tinyint && t.Kind <= Bigint }
func (t Type) isNumeric() bool { return t.Kind >= Tinyint && t.Kind <= Decimal }
func (t Type) isText() bool    { return t.Kind == Varchar || t.Kind == Char }

// Orderable says whether values of the type can be sorted and compared with "<".
func (t Type) Orderable() bool {
	switch t.Kind {
	case Map, JSON, Func:
		return false
	case Array, Row:
		for _, e := range t.Elems {
			if !e.Orderable() {
				return false
			}
		}
	}
	return true
}

// hasKind says whether the type or anything within it is of a kind.
func (t Type) hasKind(k Kind) bool {
	if t.Kind == k {
		return true
	}
	for _, e := range t.Elems {
		if e.hasKind(k) {
			return true
		}
	}
	return false
}

// fine says whether the type or anything within it holds more than microseconds.
func (t Type) fine() bool {
	if (t.Kind == Timestamp || t.Kind == TimestampTZ || t.Kind == Time) && t.Precision > 6 {
		return true
	}
	for _, e := range t.Elems {
		if e.fine() {
			return true
		}
	}
	return false
}
