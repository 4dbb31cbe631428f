package duck

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"ticklake/internal/local/athena/trino"
)

// duckType is how values of a type are held in DuckDB. A char is held without the spaces at its end, a moment in
// UTC whatever its zone, an interval as a number of milliseconds or months.
func duckType(t trino.Type) string {
	switch t.Kind {
	case trino.Boolean:
		return "BOOLEAN"
	case trino.Tinyint:
		return "TINYINT"
	case trino.Smallint:
		return "SMALLINT"
	case trino.Integer, trino.Unknown:
		return "INTEGER"
	case trino.Bigint, trino.IntervalDay, trino.IntervalYear:
		return "BIGINT"
	case trino.Real:
		return "FLOAT"
	case trino.Double:
		return "DOUBLE"
	case trino.Decimal:
		return fmt.Sprintf("DECIMAL(%d,%d)", t.Precision, t.Scale)
	case trino.Varchar, trino.Char, trino.JSON:
		return "VARCHAR"
	case trino.Varbinary:
		return "BLOB"
	case trino.Date:
		return "DATE"
	case trino.Time:
		return "TIME"
	case trino.Timestamp, trino.TimestampTZ:
		if t.Precision > 6 {
			return "TIMESTAMP_NS"
		}
		return "TIMESTAMP"
	case trino.Array:
		return duckType(t.Elems[0]) + "[]"
	case trino.Map:
		return "MAP(" + duckType(t.Elems[0]) + ", " + duckType(t.Elems[1]) + ")"
	case trino.Row:
		fields := make([]string, len(t.Elems))
		for i, e := range t.Elems {
			fields[i] = fmt.Sprintf("f%d %s", i, duckType(e))
		}
		return "STRUCT(" + strings.Join(fields, ", ") + ")"
	}
	panic(trino.Unsupported(trino.Pos{}, "the type %s", t))
}

// quote writes a text as a literal; DuckDB knows no escapes in it but the doubled quote.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func doubleSQL(v float64) string {
	switch {
	case math.IsNaN(v):
		return "'NaN'::DOUBLE"
	case math.IsInf(v, 1):
		return "'Infinity'::DOUBLE"
	case math.IsInf(v, -1):
		return "'-Infinity'::DOUBLE"
	}
	return "'" + strconv.FormatFloat(v, 'e', -1, 64) + "'::DOUBLE"
}

// literal writes a literal from its value.
func literal(e *trino.Expr) string {
	t := e.Type
	switch v := e.Value.(type) {
	case bool:
		return strconv.FormatBool(v)
	case string:
		return quote(v)
	case []byte:
		return "unhex('" + hex.EncodeToString(v) + "')"
	case float64:
		if t.Kind == trino.Real {
			return "CAST(" + doubleSQL(v) + " AS FLOAT)"
		}
		return doubleSQL(v)
	case *big.Int:
		return "'" + decimalText(v, t.Scale) + "'::" + duckType(t)
	case int64:
		switch t.Kind {
		case trino.Date:
			return fmt.Sprintf("('epoch'::DATE + %d)", v)
		case trino.Time:
			return "'" + time.UnixMicro(v).UTC().Format("15:04:05.000000") + "'::TIME"
		case trino.Timestamp, trino.TimestampTZ:
			if t.Precision > 6 {
				return fmt.Sprintf("make_timestamp_ns(%d::BIGINT)", v)
			}
			return fmt.Sprintf("make_timestamp(%d::BIGINT)", v)
		}
		return fmt.Sprintf("'%d'::%s", v, duckType(t))
	}
	panic(trino.Unsupported(e.Pos, "a literal of type %s", t))
}

// decimalText writes a decimal from its digits.
func decimalText(v *big.Int, scale int) string {
	s := new(big.Int).Abs(v).String()
	if len(s) <= scale {
		s = strings.Repeat("0", scale-len(s)+1) + s
	}
	if scale > 0 {
		s = s[:len(s)-scale] + "." + s[len(s)-scale:]
	}
	if v.Sign() < 0 {
		s = "-" + s
	}
	return s
}
