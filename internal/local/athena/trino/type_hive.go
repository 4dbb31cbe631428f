package trino

import "strings"

// Lengths beyond which Hive has no varchar or char.
const (
	maxHiveVarchar = 65535
	maxHiveChar    = 255
)

// hiveType writes a type as Glue and Hive have it: string, decimal(18,9), array<bigint>. What Hive has not is refused in
// Trino's words.
func hiveType(t Type) (string, *Error) {
	if name, ok := hiveNames[t.Kind]; ok {
		return name, nil
	}
	refused := &Error{Name: NotSupported, Message: "Unsupported Hive type: " + t.String()}
	switch t.Kind {
	case Decimal:
		return t.String(), nil
	case Varchar:
		if t.Precision == Unbounded {
			return "string", nil
		}
		// Hive has no varchar(0), the type of an empty text.
		if t.Precision < 1 || t.Precision > maxHiveVarchar {
			return "", refused.hint("CAST it to varchar")
		}
		return t.String(), nil
	case Char:
		if t.Precision > maxHiveChar {
			return "", refused.hint("CAST it to varchar")
		}
		return t.String(), nil
	case Timestamp:
		if t.Precision != 3 {
			refused.Message = "Incorrect timestamp precision for " + t.String() + "; the configured precision is MILLISECONDS"
			return "", refused.hint("CAST it to timestamp(3)")
		}
		return "timestamp", nil
	case Array, Map, Row:
		return hiveNested(t)
	case TimestampTZ:
		return "", refused.hint("CAST it to timestamp(3)")
	}
	return "", refused.hint("CAST it to varchar")
}

var hiveNames = map[Kind]string{
	Boolean: "boolean", Tinyint: "tinyint", Smallint: "smallint", Integer: "int", Bigint: "bigint", Real: "float", Double: "double",
	Varbinary: "binary", Date: "date",
}

func hiveNested(t Type) (string, *Error) {
	parts := make([]string, len(t.Elems))
	for i, e := range t.Elems {
		part, err := hiveType(e)
		if err != nil {
			return "", err
		}
		if t.Kind == Row {
			name := t.fieldName(i)
			if name == "" || strings.ContainsAny(name, "<>(),: ") {
				return "", &Error{
					Name: NotSupported, Message: "Anonymous row type is not supported in Hive. Please give each field a name: " + t.String(),
					Hint: "CAST(ROW(…) AS row(name type, …))",
				}
			}
			part = name + ":" + part
		}
		parts[i] = part
	}
	name := map[Kind]string{Array: "array", Map: "map", Row: "struct"}[t.Kind]
	return name + "<" + strings.Join(parts, ",") + ">", nil
}
