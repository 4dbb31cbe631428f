package main

import (
	"bufio"
	"context"
	"strings"
	"unicode/utf8"

	"ticklake/internal/query"
)

// table prints rows under each other, numbers to the right.
type table struct {
	w       *bufio.Writer
	columns []query.Column
	widths  []int
}

// widthRows is how many rows decide the widths: what is wider later sticks out.
const widthRows = 1000

func printTable(ctx context.Context, w *bufio.Writer, r *query.Result) (n int64, err error) {
	t := &table{w: w, columns: r.Columns, widths: make([]int, len(r.Columns))}
	first := make([][]*string, 0, 64)
	for row, err := range r.Rows(ctx) {
		if err != nil {
			return n, err
		}
		n++
		if n > widthRows {
			t.print(row)
			continue
		}
		if first = append(first, row); n == widthRows {
			t.begin(first)
		}
	}
	if n < widthRows {
		t.begin(first)
	}
	return n, nil
}

// begin prints the head and the first rows, as wide as the widest of them.
func (t *table) begin(first [][]*string) {
	head, rule := make([]*string, len(t.columns)), make([]*string, len(t.columns))
	for i, c := range t.columns {
		head[i] = &c.Name
	}
	for _, row := range append([][]*string{head}, first...) {
		for i, v := range row {
			t.widths[i] = max(t.widths[i], utf8.RuneCountInString(cell(v)))
		}
	}
	for i, width := range t.widths {
		line := strings.Repeat("─", width)
		rule[i] = &line
	}
	t.print(head)
	t.print(rule)
	for _, row := range first {
		t.print(row)
	}
}

func (t *table) print(row []*string) {
	for i, v := range row {
		text := cell(v)
		pad := strings.Repeat(" ", max(0, t.widths[i]-utf8.RuneCountInString(text)))
		switch {
		case numeric(t.columns[i]):
			text = pad + text
		case i < len(row)-1: // what ends the line needs no filling
			text += pad
		}
		if i > 0 {
			text = "  " + text
		}
		_, _ = t.w.WriteString(text) // its error comes with Flush
	}
	_ = t.w.WriteByte('\n')
}

// cell keeps a value on its line, and a terminal's control sequences out of it.
func cell(v *string) string {
	if v == nil {
		return "NULL"
	}
	return strings.Map(func(r rune) rune {
		if r < 0x20 || 0x7f <= r && r <= 0x9f {
			return '·'
		}
		return r
	}, *v)
}
