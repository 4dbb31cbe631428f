package main

import (
	"bufio"
	"strings"
)

// column is a column of a table as it is printed.
type column struct {
	name   string
	number bool // stands to the right, and is never shortened
}

// table prints rows under each other.
type table struct {
	w       *bufio.Writer
	screen  *screen // where it is looked at
	columns []column
	widths  []int
	fits    int // shortens texts so that a row has no more columns of the terminal; 0 leaves them
	cut     bool
}

// printTable prints a head and rows that are all there.
func (a *app) printTable(columns []column, rows [][]string) error {
	out := bufio.NewWriter(a.out)
	t := &table{w: out, screen: screenOf(a.out), columns: columns}
	t.begin(pointers(rows))
	return out.Flush()
}

func pointers(rows [][]string) [][]*string {
	cells := make([][]*string, len(rows))
	for i, row := range rows {
		cells[i] = make([]*string, len(row))
		for j := range row {
			cells[i][j] = &row[j]
		}
	}
	return cells
}

// begin prints the head and the first rows, which decide the widths.
func (t *table) begin(first [][]*string) {
	t.widths = make([]int, len(t.columns))
	for i, c := range t.columns {
		t.widths[i] = width(plain(c.name))
	}
	for _, row := range first {
		for i, v := range row {
			t.widths[i] = max(t.widths[i], width(cell(v)))
		}
	}
	t.shrink()
	head, rule := make([]string, len(t.columns)), make([]string, len(t.columns))
	for i, c := range t.columns {
		head[i], rule[i] = plain(c.name), strings.Repeat("─", t.widths[i])
	}
	t.line(head, bold)
	t.line(rule, dim)
	for _, row := range first {
		t.row(row)
	}
}

// leastWidth is what a text is not shortened beyond.
const leastWidth = 10

// between is how many columns stand between two values.
const between = 2

// shrink takes columns of the terminal from the widest texts, until a row fits or none of them has any to give.
func (t *table) shrink() {
	if t.fits == 0 {
		return
	}
	over := between*(len(t.widths)-1) - t.fits
	for _, w := range t.widths {
		over += w
	}
	for over > 0 {
		widest, next := -1, leastWidth // the widest text, and the width of the second widest
		for i, c := range t.columns {
			switch w := t.widths[i]; {
			case c.number || w <= leastWidth:
			case widest < 0 || w > t.widths[widest]:
				if widest >= 0 {
					next = max(next, t.widths[widest])
				}
				widest = i
			default:
				next = max(next, w)
			}
		}
		if widest < 0 {
			return
		}
		take := min(over, max(1, t.widths[widest]-next))
		t.widths[widest] -= take
		over -= take
	}
}

func (t *table) row(row []*string) {
	cells := make([]string, len(row))
	for i, v := range row {
		cells[i] = cell(v)
		if v == nil {
			cells[i] = null // told apart from the text NULL by its colour
		}
	}
	t.write(cells, func(i int) style {
		if row[i] == nil {
			return dim
		}
		return ""
	})
}

func (t *table) line(cells []string, how style) { t.write(cells, func(int) style { return how }) }

// write prints one line. Its error comes with Flush.
func (t *table) write(cells []string, how func(column int) style) {
	last := len(cells) - 1
	for last > 0 && cells[last] == "" { // a line has no blanks at its end
		last--
	}
	for i, text := range cells[:last+1] {
		if t.fits > 0 && !t.columns[i].number && width(text) > t.widths[i] {
			text, t.cut = fit(text, t.widths[i]), true
		}
		pad := strings.Repeat(" ", max(0, t.widths[i]-width(text)))
		if s := how(i); s != "" {
			text = t.screen.in(s, text)
		}
		switch {
		case t.columns[i].number:
			text = pad + text
		case i < last:
			text += pad
		}
		if i > 0 {
			text = strings.Repeat(" ", between) + text
		}
		_, _ = t.w.WriteString(text)
	}
	_ = t.w.WriteByte('\n')
}

const null = "NULL"

// cell is a value as a table shows it.
func cell(v *string) string {
	if v == nil {
		return null
	}
	return plain(*v)
}

// columnsNamed are columns of texts; a name that ends with # holds numbers.
func columnsNamed(names ...string) []column {
	columns := make([]column, len(names))
	for i, name := range names {
		name, number := strings.CutSuffix(name, "#")
		columns[i] = column{name, number}
	}
	return columns
}
