package duck

import (
	"fmt"
	"strings"

	"ticklake/internal/local/athena/trino"
)

// cast writes the conversion of s from one type to another. With try, what cannot be converted is NULL.
func (l *lowerer) cast(pos trino.Pos, s string, from, to trino.Type, try bool) string {
	c := l.castPlain(pos, s, from, to)
	if try {
		return "TRY(" + c + ")"
	}
	return c
}

func (l *lowerer) castPlain(pos trino.Pos, s string, from, to trino.Type) string {
	refuse := func() *trino.Error { return trino.Unsupported(pos, "a cast from %s to %s", from, to) }
	t := duckType(to)
	isNumber := func(k trino.Kind) bool { return k >= trino.Tinyint && k <= trino.Decimal }
	isFloat := func(k trino.Kind) bool { return k == trino.Real || k == trino.Double }
	isInt := func(k trino.Kind) bool { return k >= trino.Tinyint && k <= trino.Bigint }
	switch {
	case from.Kind == trino.Unknown:
		return "CAST(" + s + " AS " + t + ")"
	case to.Kind == trino.JSON:
		return l.toJSON(pos, s, from)
	case from.Kind == trino.JSON:
		return fromJSON(pos, s, to)
	case isNested(from):
		return l.castNested(pos, s, from, to)
	case from.Kind == trino.Char && to.Kind != trino.Char:
		return l.castPlain(pos, pad(s, from), trino.Type{Kind: trino.Varchar, Precision: from.Precision}, to)
	case from.Kind == trino.Varchar && isInt(to.Kind):
		name := map[trino.Kind]string{trino.Tinyint: "TINYINT", trino.Smallint: "SMALLINT", trino.Integer: "INT", trino.Bigint: "BIGINT"}[to.Kind]
		return fmt.Sprintf("CAST(go_parse_int(%s, '%s') AS %s)", s, name, t)
	case from.Kind == trino.Varchar && isFloat(to.Kind):
		return fmt.Sprintf("CAST(go_parse_double(%s, '%s') AS %s)", s, strings.ToUpper(to.Kind.String()), t)
	case from.Kind == trino.Varchar && to.Kind == trino.Decimal:
		return fmt.Sprintf("CAST(go_parse_decimal(%s, %d, %d) AS %s)", s, to.Precision, to.Scale, t)
	case from.Kind == trino.Varchar && to.Kind == trino.Boolean:
		return "go_parse_boolean(" + s + ")"
	case from.Kind == trino.Varchar && to.Kind == trino.Date:
		return "go_parse_date(" + s + ")"
	case from.Kind == trino.Varchar && to.Kind == trino.Time:
		return fmt.Sprintf("go_parse_time(%s, %d)", s, to.Precision)
	case from.Kind == trino.Varchar && to.Kind == trino.Timestamp && to.Precision <= 6:
		return fmt.Sprintf("go_parse_timestamp(%s, %d)", s, to.Precision)
	case from.Kind == trino.Varchar && to.Kind == trino.Varbinary:
		return "encode(" + s + ")"
	case to.Kind == trino.Varchar || to.Kind == trino.Char:
		return l.toText(pos, s, from, to)
	case isFloat(from.Kind) && to.Kind == trino.Decimal:
		return fmt.Sprintf("CAST(go_double_decimal(%s::DOUBLE, %d, %d) AS %s)", floatExact(s, from), to.Precision, to.Scale, t)
	case isFloat(from.Kind) && isInt(to.Kind):
		return "CAST(round(" + s + ") AS " + t + ")"
	case from.Kind == trino.Decimal && isFloat(to.Kind) && from.Precision > 18:
		// Through text, so that the nearest number is found.
		return "CAST(CAST(" + s + " AS VARCHAR) AS " + t + ")"
	case isNumber(from.Kind) && (isNumber(to.Kind) || to.Kind == trino.Boolean), from.Kind == trino.Boolean && isNumber(to.Kind):
		return "CAST(" + s + " AS " + t + ")"
	case from.Kind == trino.Date && to.Kind == trino.Timestamp:
		return "CAST(" + s + " AS " + t + ")"
	case from.Kind == trino.Date && to.Kind == trino.TimestampTZ:
		return fromLocal(to.Zone, "CAST("+s+" AS "+t+")")
	case (from.Kind == trino.Timestamp || from.Kind == trino.TimestampTZ) && to.Kind == trino.Date:
		if from.Kind == trino.TimestampTZ {
			s = toLocal(from.Zone, s)
		}
		return "CAST(" + s + " AS DATE)"
	case (from.Kind == trino.Timestamp || from.Kind == trino.TimestampTZ) && (to.Kind == trino.Timestamp || to.Kind == trino.TimestampTZ):
		return castMoment(pos, s, from, to)
	case (from.Kind == trino.Timestamp || from.Kind == trino.TimestampTZ) && to.Kind == trino.Time && from.Precision <= to.Precision:
		if from.Kind == trino.TimestampTZ {
			s = toLocal(from.Zone, s)
		}
		return "CAST(" + s + " AS TIME)"
	case from.Kind == trino.Time && to.Kind == trino.Time && from.Precision <= to.Precision:
		return s
	}
	panic(refuse())
}

func floatExact(s string, from trino.Type) string {
	if from.Kind == trino.Real {
		return "CAST(go_real_text(" + s + ") AS DOUBLE)"
	}
	return s
}

// castMoment converts between timestamps of different precisions, with and without zones.
func castMoment(pos trino.Pos, s string, from, to trino.Type) string {
	if from.Kind == trino.TimestampTZ && to.Kind == trino.Timestamp {
		if from.Precision > 6 && from.Zone != "UTC" {
			panic(trino.Unsupported(pos, "a cast from %s to %s", from, to))
		}
		s = toLocal(from.Zone, s)
	}
	s = rescaleMoment(s, from.Precision, to.Precision)
	if from.Kind == trino.Timestamp && to.Kind == trino.TimestampTZ {
		return fromLocal(to.Zone, s)
	}
	return s
}

// rescaleMoment rounds half up to fewer digits, and changes the unit where microseconds do not do.
func rescaleMoment(s string, from, to int) string {
	switch {
	case from <= 6 && to > 6:
		return "make_timestamp_ns(epoch_us(" + s + ") * 1000)"
	case from > 6 && to <= 6:
		return fmt.Sprintf("make_timestamp(tl_round_to(epoch_ns(%s), %d) // 1000)", s, pow10(9-to))
	case to < from && to > 6:
		return fmt.Sprintf("make_timestamp_ns(tl_round_to(epoch_ns(%s), %d))", s, pow10(9-to))
	case to < from:
		return fmt.Sprintf("make_timestamp(tl_round_to(epoch_us(%s), %d))", s, pow10(6-to))
	}
	return s
}

func pow10(n int) int64 {
	v := int64(1)
	for range n {
		v *= 10
	}
	return v
}

// momentText writes a timestamp with its number of fraction digits.
func momentText(s string, precision int) string {
	format, digits := "%Y-%m-%d %H:%M:%S.%f", 20+precision
	if precision > 6 {
		format = "%Y-%m-%d %H:%M:%S.%n"
	}
	if precision == 0 {
		digits = 19
	}
	return fmt.Sprintf("left(strftime(%s, '%s'), %d)", s, format, digits)
}

func (l *lowerer) toText(pos trino.Pos, s string, from, to trino.Type) string {
	text := ""
	switch from.Kind {
	case trino.Varchar:
		if to.Kind == trino.Char {
			return fmt.Sprintf("rtrim(left(%s, %d), ' ')", s, to.Precision)
		}
		if to.Precision == trino.Unbounded || from.Precision != trino.Unbounded && from.Precision <= to.Precision {
			return s
		}
		return fmt.Sprintf("left(%s, %d)", s, to.Precision)
	case trino.Char:
		return fmt.Sprintf("rtrim(left(%s, %d), ' ')", s, to.Precision)
	case trino.Boolean, trino.Tinyint, trino.Smallint, trino.Integer, trino.Bigint, trino.Decimal, trino.Date:
		text = "CAST(" + s + " AS VARCHAR)"
	case trino.Double:
		text = "go_double_text(" + s + ")"
	case trino.Real:
		text = "go_real_text(" + s + ")"
	case trino.Timestamp:
		text = momentText(s, from.Precision)
	case trino.TimestampTZ:
		text = momentText(toLocal(from.Zone, s), from.Precision) + " || " + quote(" "+from.Zone)
		if from.Precision > 6 && from.Zone != "UTC" {
			panic(trino.Unsupported(pos, "a cast from %s to %s", from, to))
		}
	case trino.Time:
		n := 9 + from.Precision
		if from.Precision == 0 {
			n = 8
		}
		text = fmt.Sprintf("left(strftime('epoch'::DATE + %s, '%%H:%%M:%%S.%%f'), %d)", s, n)
	case trino.IntervalDay:
		text = "go_interval_text(" + s + ")"
	case trino.IntervalYear:
		text = "go_months_text(" + s + ")"
	default:
		panic(trino.Unsupported(pos, "a cast from %s to %s", from, to))
	}
	if to.Precision == trino.Unbounded {
		return "(" + text + ")"
	}
	return fmt.Sprintf("CASE WHEN length(%[1]s) > %[2]d THEN %[3]s ELSE %[1]s END", text, to.Precision,
		fail(to, trino.InvalidCast, fmt.Sprintf("Value cannot be represented as %s: ", to), text))
}

// castNested converts arrays, maps and rows part by part.
func (l *lowerer) castNested(pos trino.Pos, s string, from, to trino.Type) string {
	l.temp++
	e := fmt.Sprintf("e%d", l.temp)
	switch from.Kind {
	case trino.Array:
		return fmt.Sprintf("CAST(list_transform(%s, lambda %s: %s) AS %s)", s, e, l.castPart(pos, e, from.Elems[0], to.Elems[0]), duckType(to))
	case trino.Row:
		parts := make([]string, len(to.Elems))
		for i := range to.Elems {
			parts[i] = fmt.Sprintf("f%d: %s", i, l.castPart(pos, fmt.Sprintf("(%s).f%d", s, i), from.Elems[i], to.Elems[i]))
		}
		return fmt.Sprintf("CASE WHEN %s IS NULL THEN NULL ELSE {%s} END", s, strings.Join(parts, ", "))
	}
	return fmt.Sprintf("CASE WHEN %[1]s IS NULL THEN NULL ELSE map(list_transform(map_keys(%[1]s), lambda %[2]s: %[3]s), list_transform(map_values(%[1]s), lambda %[2]s: %[4]s)) END",
		s, e, l.castPart(pos, e, from.Elems[0], to.Elems[0]), l.castPart(pos, e, from.Elems[1], to.Elems[1]))
}

func (l *lowerer) castPart(pos trino.Pos, s string, from, to trino.Type) string {
	if from.Equal(to) {
		return s
	}
	return l.castPlain(pos, s, from, to)
}

// toJSON writes a value as JSON text.
func (l *lowerer) toJSON(pos trino.Pos, s string, from trino.Type) string {
	switch from.Kind {
	case trino.JSON:
		return s
	case trino.Boolean, trino.Tinyint, trino.Smallint, trino.Integer, trino.Bigint, trino.Decimal:
		return "CAST(" + s + " AS VARCHAR)"
	case trino.Double:
		return "go_double_json(" + s + ")"
	case trino.Varchar:
		return "go_json_quote(" + s + ")"
	case trino.Date, trino.Timestamp, trino.TimestampTZ:
		return "go_json_quote(" + l.toText(pos, s, from, trino.Type{Kind: trino.Varchar, Precision: trino.Unbounded}) + ")"
	case trino.Array:
		l.temp++
		e := fmt.Sprintf("e%d", l.temp)
		return fmt.Sprintf("'[' || array_to_string(list_transform(%s, lambda %s: coalesce(%s, 'null')), ',') || ']'", s, e, l.toJSON(pos, e, from.Elems[0]))
	case trino.Map:
		if k := from.Elems[0].Kind; k == trino.Varchar {
			l.temp++
			e := fmt.Sprintf("e%d", l.temp)
			return fmt.Sprintf("'{' || array_to_string(list_sort(list_transform(map_entries(%s), lambda %s: go_json_quote(%s.key) || ':' || coalesce(%s, 'null'))), ',') || '}'", s, e, e, l.toJSON(pos, e+".value", from.Elems[1]))
		}
	}
	panic(trino.Unsupported(pos, "a cast from %s to json", from))
}

// fromJSON reads a scalar out of JSON.
func fromJSON(pos trino.Pos, s string, to trino.Type) string {
	switch to.Kind {
	case trino.Varchar:
		if to.Precision == trino.Unbounded {
			return "go_json_text(" + s + ")"
		}
	case trino.Bigint, trino.Integer, trino.Double, trino.Boolean:
		return fmt.Sprintf("CAST(go_json_value(%s, '%s') AS %s)", s, to.Kind, duckType(to))
	}
	panic(trino.Unsupported(pos, "a cast from json to %s", to))
}
