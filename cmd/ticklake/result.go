package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"strings"

	"ticklake/internal/query"
)

// rowsOf yields rows, or an error as the last element.
type rowsOf = iter.Seq2[query.Row, error]

// printResult prints a result as --output says, and then what it took.
func (a *app) printResult(ctx context.Context, r *query.Result, how showing) error {
	columns := make([]column, len(r.Columns))
	for i, c := range r.Columns {
		columns[i] = column{c.Name, numeric(c)}
	}
	p := &printing{columns: columns, rows: r.Rows(ctx), how: how}
	err := a.show(how, func(w *bufio.Writer) error {
		switch a.flags.output {
		case formCSV:
			return p.csv(w)
		case formJSON:
			return p.json(w, r.Columns)
		}
		err := p.table(w, screenOf(a.out))
		if p.more {
			_, _ = fmt.Fprintln(w, screenOf(a.out).in(dim, "… there are more rows: --rows 0 prints all of them"))
		}
		return err
	})
	if err != nil {
		return err
	}
	if on := screenOf(a.err); a.flags.output == formTable || on.terminal() {
		_, _ = fmt.Fprintln(on, on.in(dim, p.summary(r.Stats)))
	}
	return nil
}

// printing is rows that are being printed.
type printing struct {
	columns []column
	rows    rowsOf
	how     showing
	n       int64 // printed
	more    bool  // there are others
	cut     bool  // a text is not there in full
}

// each calls do with each row that is to be printed.
func (p *printing) each(do func(query.Row) error) error {
	for row, err := range p.rows {
		if err != nil {
			return err
		}
		if p.how.rows > 0 && p.n == p.how.rows {
			p.more = true
			return nil
		}
		p.n++
		if err := do(row); err != nil {
			return err
		}
	}
	return nil
}

// summary says what was printed and what it took.
func (p *printing) summary(s query.Stats) string {
	rows := plural(p.n, "row")
	if p.more {
		rows = "the first " + rows
	}
	words := []string{rows, took(s.Elapsed), size(s.BytesScanned) + " read", "list price on AWS $" + price(s.Price())}
	if p.cut {
		words = append(words, "texts cut to fit (--wide)")
	}
	return strings.Join(words, ", ")
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

// widthRows is how many rows decide the widths of a table: what is wider later sticks out, or is shortened.
const widthRows = 1000

func (p *printing) table(w *bufio.Writer, on *screen) error {
	t := &table{w: w, screen: on, columns: p.columns}
	if !p.how.wide {
		t.fits, _ = t.screen.size()
	}
	var first [][]*string
	err := p.each(func(row query.Row) error {
		if p.n > widthRows {
			t.row(row)
			return nil
		}
		if first = append(first, row); p.n == widthRows {
			t.begin(first)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if p.n < widthRows {
		t.begin(first)
	}
	p.cut = t.cut
	return nil
}

func (p *printing) csv(w *bufio.Writer) error {
	out := newCSV(w, p.columns)
	return p.each(func(row query.Row) error {
		out.row(row)
		return nil
	})
}

// json prints a list of objects, a row each. Numbers stand as the engine wrote them, to the last digit.
func (p *printing) json(w *bufio.Writer, columns []query.Column) error {
	_ = w.WriteByte('[') // its error comes with Flush
	err := p.each(func(row query.Row) error {
		if p.n > 1 {
			_ = w.WriteByte(',')
		}
		_, _ = w.WriteString("\n ")
		return writeObject(w, columns, row)
	})
	_, _ = w.WriteString("\n]\n")
	return err
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
