package duck

import (
	"encoding/binary"
	"fmt"
	"math/big"
	"time"

	duckdb "github.com/duckdb/duckdb-go/v2"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"

	"ticklake/internal/local/athena/trino"
)

// fileColumn is a column of a Parquet file that is written, or a part of one: an array's element, a map's key and value, a
// row's fields.
type fileColumn struct {
	typ          trino.Type
	leaf, leaves int // its leaves, in the order of the file
	repetition   int // the level at which an array or a map repeats
	parts        []fileColumn
}

func leaves(columns []fileColumn) int {
	n := 0
	for i := range columns {
		n += columns[i].leaves
	}
	return n
}

// fileSchema lays the columns of a file out.
func fileSchema(names []string, types []trino.Type) ([]fileColumn, *parquet.Schema) {
	out := make([]fileColumn, len(types))
	root := orderedGroup{Group: make(parquet.Group)}
	leaf := 0
	for i, t := range types {
		out[i] = layOut(t, leaf, 0)
		leaf += out[i].leaves
		root.add(names[i], parquet.Optional(fileNode(t)))
	}
	return out, parquet.NewSchema("hive_schema", root)
}

func layOut(t trino.Type, leaf, repetition int) fileColumn {
	c := fileColumn{typ: t, leaf: leaf, leaves: 1}
	if t.Kind == trino.Array || t.Kind == trino.Map {
		repetition++
		c.repetition = repetition
	}
	if len(t.Elems) == 0 {
		return c
	}
	c.leaves = 0
	for _, e := range t.Elems {
		part := layOut(e, leaf+c.leaves, repetition)
		c.leaves += part.leaves
		c.parts = append(c.parts, part)
	}
	return c
}

// fileNode is how Athena stores a type.
func fileNode(t trino.Type) parquet.Node {
	switch t.Kind {
	case trino.Boolean:
		return parquet.Leaf(parquet.BooleanType)
	case trino.Tinyint:
		return parquet.Int(8)
	case trino.Smallint:
		return parquet.Int(16)
	case trino.Integer:
		return parquet.Leaf(parquet.Int32Type)
	case trino.Bigint:
		return parquet.Leaf(parquet.Int64Type)
	case trino.Real:
		return parquet.Leaf(parquet.FloatType)
	case trino.Double:
		return parquet.Leaf(parquet.DoubleType)
	case trino.Decimal:
		return parquet.Decimal(t.Scale, t.Precision, decimalStore(t.Precision))
	case trino.Varbinary:
		return parquet.Leaf(parquet.ByteArrayType)
	case trino.Date:
		return parquet.Date()
	case trino.Timestamp:
		return parquet.Leaf(parquet.Int96Type)
	case trino.Array:
		return parquet.List(parquet.Optional(fileNode(t.Elems[0])))
	case trino.Map:
		return parquet.Map(fileNode(t.Elems[0]), parquet.Optional(fileNode(t.Elems[1])))
	case trino.Row:
		group := orderedGroup{Group: make(parquet.Group)}
		for i, e := range t.Elems {
			group.add(t.Names[i], parquet.Optional(fileNode(e)))
		}
		return group
	}
	return parquet.String()
}

func decimalStore(precision int) parquet.Type {
	switch {
	case precision <= 9:
		return parquet.Int32Type
	case precision <= 18:
		return parquet.Int64Type
	}
	return parquet.FixedLenByteArrayType(decimalBytes)
}

const decimalBytes = 16

// orderedGroup is a group whose fields keep their order; the library's own sorts them by name.
type orderedGroup struct {
	parquet.Group
	names []string
}

func (g *orderedGroup) add(name string, node parquet.Node) {
	g.Group[name] = node
	g.names = append(g.names, name)
}

// Fields implements parquet.Node.
func (g orderedGroup) Fields() []parquet.Field {
	fields := make(map[string]parquet.Field)
	for _, f := range g.Group.Fields() {
		fields[f.Name()] = f
	}
	ordered := make([]parquet.Field, len(g.names))
	for i, name := range g.names {
		ordered[i] = fields[name]
	}
	return ordered
}

// leafValue is a value of the engine as the file has it.
func leafValue(v any, t trino.Type) (parquet.Value, error) {
	switch x := v.(type) {
	case bool:
		return parquet.BooleanValue(x), nil
	case int8:
		return parquet.Int32Value(int32(x)), nil
	case int16:
		return parquet.Int32Value(int32(x)), nil
	case int32:
		return parquet.Int32Value(x), nil
	case int64:
		return parquet.Int64Value(x), nil
	case float32:
		return parquet.FloatValue(x), nil
	case float64:
		return parquet.DoubleValue(x), nil
	case string:
		return parquet.ByteArrayValue([]byte(x)), nil
	case []byte:
		return parquet.ByteArrayValue(x), nil
	case duckdb.Decimal:
		return decimalValue(x.Value, t.Precision), nil
	case time.Time:
		if t.Kind == trino.Date {
			return parquet.Int32Value(int32(x.Unix() / secondsOfDay)), nil
		}
		return parquet.Int96Value(int96(x)), nil
	}
	return parquet.Value{}, fmt.Errorf("write a value of type %T as %s", v, t)
}

func decimalValue(v *big.Int, precision int) parquet.Value {
	switch {
	case precision <= 9:
		return parquet.Int32Value(int32(v.Int64()))
	case precision <= 18:
		return parquet.Int64Value(v.Int64())
	}
	b := make([]byte, decimalBytes)
	if v.Sign() < 0 { // two's complement
		v = new(big.Int).Add(v, new(big.Int).Lsh(big.NewInt(1), 8*decimalBytes))
	}
	return parquet.FixedLenByteArrayValue(v.FillBytes(b))
}

const (
	secondsOfDay = 24 * 60 * 60
	julianEpoch  = 2_440_588 // the Julian day of 1970-01-01
)

// int96 is a moment as Hive has it in Parquet: nanoseconds of the day, then the Julian day.
func int96(t time.Time) deprecated.Int96 {
	day, second := t.Unix()/secondsOfDay, t.Unix()%secondsOfDay
	if second < 0 {
		day, second = day-1, second+secondsOfDay
	}
	var b [12]byte
	binary.LittleEndian.PutUint64(b[:], uint64(second)*1e9+uint64(t.Nanosecond()))
	binary.LittleEndian.PutUint32(b[8:], uint32(day+julianEpoch))
	return deprecated.Int96{binary.LittleEndian.Uint32(b[0:]), binary.LittleEndian.Uint32(b[4:]), binary.LittleEndian.Uint32(b[8:])}
}
