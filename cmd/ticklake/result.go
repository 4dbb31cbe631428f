package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"

	"ticklake/internal/query"
)

// printResult prints a result as --output says, and then what it took.
func (a *app) printResult(ctx context.Context, r *query.Result) (err error) {
	out := bufio.NewWriter(a.out)
	var rows int64
	switch a.flags.output {
	case "table":
		rows, err = printTable(ctx, out, r)
	case "csv":
		rows, err = printCSV(ctx, out, r)
	case "json":
		rows, err = printRows(ctx, out, r)
	default:
		return usage("--output %q: it is table, csv or json", a.flags.output)
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		return err
	}
	if a.flags.output == "table" {
		_, _ = fmt.Fprintf(a.err, "%s, %s read, %s, list price on AWS $%s\n", plural(rows, "row"), size(r.Stats.BytesScanned), took(r.Stats.Elapsed), price(r.Stats.Price()))
	}
	return nil
}

// price prints dollars to the first two digits that count.
func price(dollars float64) string {
	if dollars == 0 {
		return "0"
	}
	decimals := max(2, 1-int(math.Floor(math.Log10(dollars))))
	return fmt.Sprintf("%.*f", decimals, dollars)
}

// numeric says whether a column's values are numbers: they stand to the right, and bare in JSON.
func numeric(c query.Column) bool {
	switch c.Type {
	case "tinyint", "smallint", "integer", "bigint", "real", "float", "double", "decimal":
		return true
	}
	return false
}

func printCSV(ctx context.Context, w io.Writer, r *query.Result) (n int64, err error) {
	out := newCSV(w, r.Columns)
	for row, err := range r.Rows(ctx) {
		if err != nil {
			return n, err
		}
		if err := out.write(row); err != nil {
			return n, err
		}
		n++
	}
	out.w.Flush()
	return n, out.w.Error()
}

// writeCSV prints rows that are there already.
func writeCSV(w io.Writer, columns []query.Column, rows [][]*string) error {
	out := newCSV(w, columns)
	for _, row := range rows {
		if err := out.write(row); err != nil {
			return err
		}
	}
	out.w.Flush()
	return out.w.Error()
}

// csvWriter writes CSV with a header line; NULL is empty.
type csvWriter struct {
	w    *csv.Writer
	line []string
}

func newCSV(w io.Writer, columns []query.Column) *csvWriter {
	out := &csvWriter{w: csv.NewWriter(w), line: make([]string, len(columns))}
	for i, c := range columns {
		out.line[i] = c.Name
	}
	_ = out.w.Write(out.line) // its error comes with the rows'
	return out
}

func (c *csvWriter) write(row []*string) error {
	for i, v := range row {
		c.line[i] = ""
		if v != nil {
			c.line[i] = *v
		}
	}
	return c.w.Write(c.line)
}

// printRows prints a JSON list of objects, a row each. Numbers stand as the engine wrote them, to the last digit.
func printRows(ctx context.Context, w *bufio.Writer, r *query.Result) (n int64, err error) {
	_ = w.WriteByte('[')
	for row, err := range r.Rows(ctx) {
		if err != nil {
			return n, err
		}
		if n > 0 {
			_ = w.WriteByte(',')
		}
		_, _ = w.WriteString("\n ")
		if err := writeObject(w, r.Columns, row); err != nil {
			return n, err
		}
		n++
	}
	_, err = w.WriteString("\n]\n")
	return n, err
}

func writeObject(w *bufio.Writer, columns []query.Column, row query.Row) error {
	_ = w.WriteByte('{')
	for i, c := range columns {
		if i > 0 {
			_, _ = w.WriteString(", ")
		}
		name, err := json.Marshal(c.Name)
		if err != nil {
			return err
		}
		value, err := jsonValue(c, row[i])
		if err != nil {
			return err
		}
		_, _ = w.Write(name)
		_, _ = w.WriteString(": ")
		_, _ = w.Write(value)
	}
	return w.WriteByte('}')
}

func jsonValue(c query.Column, v *string) ([]byte, error) {
	switch {
	case v == nil:
		return []byte("null"), nil
	case (numeric(c) && json.Valid([]byte(*v))) || (c.Type == "boolean" && (*v == "true" || *v == "false")):
		return []byte(*v), nil
	}
	return json.Marshal(*v)
}
