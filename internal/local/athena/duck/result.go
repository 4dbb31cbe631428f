package duck

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
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

	ctx    context.Context
	rows   *sql.Rows
	conn   *sql.Conn
	offset int64
	inPage int64
	fixed  [][]string
	values []any
	err    error
	begin  time.Time
	clean  func(string) string
}

func utilityResult(u *trino.Utility, begin time.Time) *Result {
	r := &Result{Kind: Utility, Verb: u.Verb, fixed: u.Rows, begin: begin}
	for _, c := range u.Columns {
		r.Columns = append(r.Columns, Column{Name: c.Name, Type: c.Type})
	}
	r.Stats.Planning = time.Since(begin)
	return r
}

func (e *Engine) run(ctx context.Context, q *trino.Query, p *planner, text string, begin time.Time) (*Result, error) {
	r := &Result{Kind: DML, Verb: "SELECT", ctx: ctx, begin: time.Now(), clean: p.clean}
	for _, c := range q.Columns {
		r.Columns = append(r.Columns, Column{Name: c.Name, Type: c.Type})
	}
	r.Stats = p.stats
	r.Stats.Planning = time.Since(begin)
	conn, err := e.db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to the engine: %w", err)
	}
	r.conn = conn
	r.values = make([]any, len(r.Columns))
	// The driver would hold a whole result outside of DuckDB's memory limit; a table is within it, and spills.
	if _, err := conn.ExecContext(ctx, "CREATE OR REPLACE TEMP TABLE answer AS "+text); err != nil {
		return nil, errors.Join(translateError(ctx, err, p.clean), r.Close())
	}
	if err := r.page(); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// pageRows is how many rows of an answer are read at a time.
const pageRows = 20000

// page opens the next rows of the answer, in their order.
func (r *Result) page() error {
	rows, err := r.conn.QueryContext(r.ctx, fmt.Sprintf("SELECT * FROM answer WHERE rowid >= %d AND rowid < %d", r.offset, r.offset+pageRows))
	if err != nil {
		return translateError(r.ctx, err, r.clean)
	}
	r.rows, r.offset, r.inPage = rows, r.offset+pageRows, 0
	return nil
}

// advance moves to the next row, over the end of a page that was full; false at the end or at an error.
func (r *Result) advance() bool {
	for {
		if r.rows.Next() {
			r.inPage++
			return true
		}
		if err := r.rows.Err(); err != nil {
			r.err = translateError(r.ctx, err, r.clean)
			return false
		}
		if err := r.rows.Close(); err != nil {
			r.err = translateError(r.ctx, err, r.clean)
			return false
		}
		if r.inPage < pageRows {
			return false
		}
		if r.err = r.page(); r.err != nil {
			return false
		}
	}
}

// Next reads the next row: Athena's text for each column, nil for NULL. It returns nil at the end, which may be
// one that Err explains.
func (r *Result) Next() []*string {
	if r.err != nil {
		return nil
	}
	if r.conn == nil {
		if len(r.fixed) == 0 {
			return nil
		}
		row := make([]*string, len(r.Columns))
		for i := range row {
			row[i] = &r.fixed[0][i]
		}
		r.fixed = r.fixed[1:]
		r.Stats.Rows++
		return row
	}
	if !r.scan() {
		return nil
	}
	row := make([]*string, len(r.values))
	for i, v := range r.values {
		if v == nil {
			continue
		}
		s := render(v, r.Columns[i].Type)
		row[i] = &s
	}
	return row
}

// scan reads the next row into values; false at the end, or at an error.
func (r *Result) scan() bool {
	if r.err != nil || !r.advance() {
		r.Stats.Execution = time.Since(r.begin)
		return false
	}
	ptrs := make([]any, len(r.values))
	for i := range r.values {
		ptrs[i] = &r.values[i]
	}
	if err := r.rows.Scan(ptrs...); err != nil {
		r.err = fmt.Errorf("read row: %w", err)
		return false
	}
	r.Stats.Rows++
	return true
}

// Err is why Next ended early, or nil.
func (r *Result) Err() error { return r.err }

// Close ends the result and frees its connection. It may be called twice.
func (r *Result) Close() error {
	if r.conn == nil {
		return nil
	}
	rows, conn := r.rows, r.conn
	r.rows, r.conn, r.fixed = nil, nil, nil
	var errs []error
	if rows != nil {
		errs = append(errs, rows.Close())
	}
	// The statement may have been cancelled; its table goes all the same.
	_, err := conn.ExecContext(context.WithoutCancel(r.ctx), "DROP TABLE IF EXISTS answer")
	errs = append(errs, err, conn.Close())
	if err := errors.Join(errs...); err != nil && r.ctx.Err() == nil {
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
