package duck

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"ticklake/internal/local/athena/trino"
)

// Column is a column of a result.
type Column struct {
	Name string
	Type trino.Type
}

// Athena is the type's name as Athena's API has it: decimal, varchar, timestamp, array, ….
func (c Column) Athena() string {
	switch c.Type.Kind {
	case trino.Unknown:
		return "unknown"
	case trino.Real:
		return "float"
	}
	return c.Type.Kind.String()
}

// Precision and scale as Athena's API has them.
func (c Column) Precision() (precision, scale int) {
	switch c.Type.Kind {
	case trino.Tinyint:
		return 3, 0
	case trino.Smallint:
		return 5, 0
	case trino.Integer:
		return 10, 0
	case trino.Bigint:
		return 19, 0
	case trino.Real:
		return 17, 0
	case trino.Double:
		return 17, 0
	case trino.Decimal:
		return c.Type.Precision, c.Type.Scale
	case trino.Varchar:
		if c.Type.Precision == trino.Unbounded {
			return 2147483647, 0
		}
		return c.Type.Precision, 0
	case trino.Char:
		return c.Type.Precision, 0
	case trino.Varbinary:
		return 1073741824, 0
	case trino.Timestamp, trino.TimestampTZ, trino.Time:
		return c.Type.Precision, 0
	}
	return 0, 0
}

// Result is an answer, row by row. It is not safe for concurrent use.
type Result struct {
	Kind Kind
	// Verb is SELECT, or what a utility statement is: SHOW_TABLES, DESCRIBE_TABLE, ….
	Verb    string
	Columns []Column
	Stats   Stats
	// Write is set where the rows are for a file: WriteParquet, in place of Next.
	Write *trino.Write

	source source
	err    error
	begin  time.Time
	clean  func(string) string // takes this machine's paths out of a message
}

func utilityResult(u *trino.Utility, begin time.Time) *Result {
	r := &Result{Kind: Utility, Verb: u.Verb, source: &fixedRows{u.Rows}, begin: begin}
	for _, c := range u.Columns {
		r.Columns = append(r.Columns, Column{Name: c.Name, Type: c.Type})
	}
	r.Stats.Planning = time.Since(begin)
	return r
}

// Next reads the next row: Athena's text for each column, nil for NULL. It returns nil at the end, which may be
// one that Err explains.
func (r *Result) Next() []*string {
	if r.err != nil || r.source == nil {
		return nil
	}
	row, err := r.source.text()
	if err != nil {
		r.err = r.cleaned(err)
		return nil
	}
	if row == nil {
		r.Stats.Execution = time.Since(r.begin)
		return nil
	}
	r.Stats.Rows++
	return row
}

// WriteParquet writes the rows as a Parquet file, and returns how many they are.
func (r *Result) WriteParquet(w io.Writer) (int64, error) {
	if r.err != nil || r.source == nil {
		return 0, r.err
	}
	rows, err := r.source.parquet(w)
	r.err = r.cleaned(err)
	r.Stats.Rows, r.Stats.Execution = rows, time.Since(r.begin)
	return rows, r.err
}

// cleaned takes the machine's paths out of a fault.
func (r *Result) cleaned(err error) error { return cleaned(err, r.clean) }

func cleaned(err error, clean func(string) string) error {
	var fault *trino.Error
	if clean != nil && errors.As(err, &fault) {
		fault.Message = clean(fault.Message)
	}
	return err
}

// Err is why Next ended early, or nil.
func (r *Result) Err() error { return r.err }

// Close ends the result and frees what it holds. It may be called twice.
func (r *Result) Close() error {
	if r.source == nil {
		return nil
	}
	source := r.source
	r.source = nil
	if err := source.close(); err != nil {
		return fmt.Errorf("close the result: %w", err)
	}
	return nil
}

// render writes a value in Athena's text form: arrays [a, b], maps {k=v}, rows {f=v}, doubles as Java prints them.
func render(v any, t trino.Type) string {
	if v == nil {
		return "null"
	}
	switch x := v.(type) {
	case bool:
		return strconv.FormatBool(x)
	case string:
		if t.Kind == trino.Char {
			return x + strings.Repeat(" ", max(0, t.Precision-len([]rune(x))))
		}
		return x
	case float64:
		return javaDouble(x, 64)
	case float32:
		return javaDouble(float64(x), 32)
	case int64:
		switch t.Kind {
		case trino.IntervalDay:
			return intervalText(x)
		case trino.IntervalYear:
			return monthsText(x)
		}
		return strconv.FormatInt(x, 10)
	case duckdb.Decimal:
		return decimalText(x.Value, t.Scale)
	case []byte:
		var b strings.Builder
		for i, c := range x {
			if i > 0 {
				b.WriteByte(' ')
			}
			fmt.Fprintf(&b, "%02x", c)
		}
		return b.String()
	case time.Time:
		return renderTime(x, t)
	case []any:
		parts := make([]string, len(x))
		for i, e := range x {
			parts[i] = render(e, t.Elems[0])
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		parts := make([]string, len(t.Elems))
		for i, e := range t.Elems {
			name := fmt.Sprintf("field%d", i)
			if i < len(t.Names) && t.Names[i] != "" {
				name = t.Names[i]
			}
			parts[i] = name + "=" + render(x[fmt.Sprintf("f%d", i)], e)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case duckdb.OrderedMap:
		var parts []string
		for i, k := range x.Keys() {
			parts = append(parts, render(k, t.Elems[0])+"="+render(x.Values()[i], t.Elems[1]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return fmt.Sprint(v)
}

func renderTime(x time.Time, t trino.Type) string {
	fraction := ""
	if t.Precision > 0 {
		fraction = "." + strings.Repeat("0", t.Precision)
	}
	switch t.Kind {
	case trino.Date:
		return x.Format("2006-01-02")
	case trino.Time:
		return x.Format("15:04:05" + fraction)
	case trino.TimestampTZ:
		loc, name, ok := trino.Zone(t.Zone)
		if !ok {
			loc, name = time.UTC, "UTC"
		}
		return x.In(loc).Format("2006-01-02 15:04:05"+fraction) + " " + name
	}
	return x.Format("2006-01-02 15:04:05" + fraction)
}
