package main

import (
	"bufio"
	"fmt"
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
	fits    int  // a row shall have no more columns of the terminal: texts are shortened; 0 leaves them
	upright bool // a row does not fit even so: each value has a line
	spare   int  // columns of the terminal that a row leaves free
	cut     bool // a text is not there in full
	n       int  // rows
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
	for _, row := range first {
		for i, v := range row {
			t.widths[i] = max(t.widths[i], width(cell(v)))
		}
	}
	floor := make([]int, len(t.columns)) // what a column is not made narrower than
	for i, c := range t.columns {
		name := width(plain(c.name))
		floor[i] = max(t.widths[i], min(name, leastHead))
		t.widths[i] = max(t.widths[i], name)
		if !c.number {
			floor[i] = min(t.widths[i], leastText)
		}
	}
	if over := t.shrink(floor); over > 0 && len(first) > 0 {
		t.upright = true
		for _, row := range first {
			t.row(row)
		}
		return
	}
	head, rule := make([]string, len(t.columns)), make([]string, len(t.columns))
	for i, c := range t.columns {
		head[i], rule[i] = fit(plain(c.name), t.widths[i]), strings.Repeat("─", t.widths[i])
	}
	t.line(head, bold)
	t.line(rule, dim)
	for _, row := range first {
		t.row(row)
	}
}

const (
	leastText = 10 // a text is not shortened beyond
	leastHead = 6  // nor a number's head
	between   = 2  // columns of the terminal between two values
)

// shrink takes columns of the terminal from the widest, until a row fits or none of them has any to give; it returns by how
// much a row is too wide then.
func (t *table) shrink(floor []int) (over int) {
	if t.fits == 0 {
		return 0
	}
	over = between*(len(t.widths)-1) - t.fits
	for _, w := range t.widths {
		over += w
	}
	t.spare = max(0, -over)
	for over > 0 {
		widest, next := -1, 0 // of those that can give, and the width of the second widest
		for i, w := range t.widths {
			switch {
			case w <= floor[i]:
			case widest < 0 || w > t.widths[widest]:
				if widest >= 0 {
					next = t.widths[widest]
				}
				widest = i
			default:
				next = max(next, w)
			}
		}
		if widest < 0 {
			return over
		}
		take := min(over, max(1, t.widths[widest]-max(next, floor[widest])))
		t.widths[widest] -= take
		over -= take
	}
	return 0
}

func (t *table) row(row []*string) {
	t.n++
	if t.upright {
		t.stand(row)
		return
	}
	cells := make([]string, len(row))
	for i, v := range row {
		cells[i] = cell(v)
	}
	t.shorten(cells)
	t.write(cells, func(i int) style { return styleOf(row[i]) })
}

// shorten cuts texts that are wider than their columns, as far as the row has no room to spare.
func (t *table) shorten(cells []string) {
	if t.fits == 0 {
		return
	}
	spare := t.spare
	for i, text := range cells {
		wide := width(text)
		if t.columns[i].number || wide <= t.widths[i] {
			continue
		}
		if wide > t.widths[i]+spare {
			cells[i], t.cut = fit(text, t.widths[i]+spare), true
		}
		spare -= min(spare, wide-t.widths[i])
	}
}

// styleOf tells NULL from the text NULL.
func styleOf(v *string) style {
	if v == nil {
		return dim
	}
	return ""
}

// stand prints a row's values under each other, with their names.
func (t *table) stand(row []*string) {
	names := 0
	for _, c := range t.columns {
		names = max(names, width(plain(c.name)))
	}
	title := fmt.Sprintf("── row %d ", t.n)
	_, _ = fmt.Fprintln(t.w, t.screen.in(dim, title+strings.Repeat("─", max(0, min(t.fits, 2*names)-width(title)))))
	for i, v := range row {
		text := cell(v)
		if room := t.fits - names - between; !t.columns[i].number && width(text) > room {
			text, t.cut = fit(text, max(room, leastText)), true
		}
		name := plain(t.columns[i].name)
		_, _ = fmt.Fprintf(t.w, "%s%s%s\n", t.screen.in(bold, name), strings.Repeat(" ", names-width(name)+between), t.screen.in(styleOf(v), text))
	}
}

func (t *table) line(cells []string, how style) { t.write(cells, func(int) style { return how }) }

// write prints one line. Its error comes with Flush.
func (t *table) write(cells []string, how func(column int) style) {
	last := len(cells) - 1
	for last > 0 && cells[last] == "" { // a line has no blanks at its end
		last--
	}
	for i, text := range cells[:last+1] {
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
