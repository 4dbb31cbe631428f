package duck

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

// udfError is a fault under Trino's name, as a function of ours raises it. Its text carries the name through DuckDB.
type udfError struct{ name, message string }

const errorMark = "\x02tl"

func (e *udfError) Error() string { return errorMark + e.name + "\x03" + e.message + "\x04" }

func asUDFError(err error, target **udfError) bool { return errors.As(err, target) }

func faultf(name, format string, args ...any) error {
	return &udfError{name: name, message: fmt.Sprintf(format, args...)}
}

// function is a scalar function of ours: what it takes and gives, and what it does for one row. NULL in is
// NULL out.
type function struct {
	name string
	in   []duckdb.Type
	// decimals are the scales of DECIMAL(38,s) arguments, by place; out likewise.
	decimals map[int]int
	out      duckdb.TypeInfo
	volatile bool
	do       func(v []driver.Value) (any, error)
}

const (
	text    = duckdb.TYPE_VARCHAR
	bigint  = duckdb.TYPE_BIGINT
	double  = duckdb.TYPE_DOUBLE
	boolean = duckdb.TYPE_BOOLEAN
	blob    = duckdb.TYPE_BLOB
	date    = duckdb.TYPE_DATE
	clock   = duckdb.TYPE_TIME
	moment  = duckdb.TYPE_TIMESTAMP
	decimal = duckdb.TYPE_DECIMAL
)

func info(t duckdb.Type) duckdb.TypeInfo {
	i, err := duckdb.NewTypeInfo(t)
	if err != nil {
		panic(fmt.Sprintf("type %v: %v", t, err))
	}
	return i
}

func texts() duckdb.TypeInfo {
	i, err := duckdb.NewListInfo(info(text))
	if err != nil {
		panic(fmt.Sprintf("list of texts: %v", err))
	}
	return i
}

func decimalInfo(p, s int) duckdb.TypeInfo {
	i, err := duckdb.NewDecimalInfo(uint8(p), uint8(s))
	if err != nil {
		panic(fmt.Sprintf("decimal(%d,%d): %v", p, s, err))
	}
	return i
}

// Config is what DuckDB is told of the function.
func (f *function) Config() duckdb.ScalarFuncConfig {
	c := duckdb.ScalarFuncConfig{ResultTypeInfo: f.out, Volatile: f.volatile}
	for i, t := range f.in {
		if t == decimal {
			c.InputTypeInfos = append(c.InputTypeInfos, decimalInfo(38, f.decimals[i]))
			continue
		}
		c.InputTypeInfos = append(c.InputTypeInfos, info(t))
	}
	return c
}

// Executor runs the function; a panic in it must not cross into C.
func (f *function) Executor() duckdb.ScalarFuncExecutor {
	return duckdb.ScalarFuncExecutor{RowExecutor: func(v []driver.Value) (out any, err error) {
		defer func() {
			if r := recover(); r != nil {
				out, err = nil, fmt.Errorf("function %s: %v\n%s", f.name, r, debug.Stack())
			}
		}()
		return f.do(v)
	}}
}

func register(ctx context.Context, db *sql.DB, fs []*function) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect to the engine: %w", err)
	}
	defer func() { _ = conn.Close() }()
	for _, f := range fs {
		if err := duckdb.RegisterScalarUDF(conn, f.name, f); err != nil {
			return fmt.Errorf("register function %s: %w", f.name, err)
		}
		// See pinned for what the second one is for.
		v := *f
		v.name, v.volatile = "gv_"+strings.TrimPrefix(f.name, "go_"), true
		if err := duckdb.RegisterScalarUDF(conn, v.name, &v); err != nil {
			return fmt.Errorf("register function %s: %w", v.name, err)
		}
	}
	return nil
}

// fn is a function of plain types.
func fn(name string, out duckdb.Type, in []duckdb.Type, do func(v []driver.Value) (any, error)) *function {
	return &function{name: name, in: in, out: info(out), do: do}
}

func args(ts ...duckdb.Type) []duckdb.Type { return ts }

// macros are what SQL says shortly; a parameter may be written more than once.
var macros = []string{
	`CREATE MACRO tl_finite(x) AS CASE WHEN isfinite(x) THEN x END`,
	`CREATE MACRO tl_round_to(x, step) AS (x + step // 2) - (((x + step // 2) % step) + step) % step`,
	`CREATE MACRO tl_sequence(lo, hi, step) AS CASE
		WHEN step = 0 THEN CAST([go_fail('INVALID_FUNCTION_ARGUMENT', 'step must not be zero')] AS BIGINT[])
		WHEN (step > 0 AND hi < lo) OR (step < 0 AND hi > lo) THEN CAST([go_fail('INVALID_FUNCTION_ARGUMENT', 'sequence stop value should be greater than or equal to start value if step is greater than zero otherwise stop should be less than or equal to start')] AS BIGINT[])
		WHEN (hi::HUGEINT - lo) // step >= 10000 THEN CAST([go_fail('INVALID_FUNCTION_ARGUMENT', 'result of sequence function must not have more than 10000 entries')] AS BIGINT[])
		WHEN step > 0 THEN range(lo, hi + 1, step) ELSE range(lo, hi - 1, step) END`,
}
