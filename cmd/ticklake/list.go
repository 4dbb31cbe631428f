package main

import (
	"bufio"
	"strconv"
)

// printList prints a list as --output says: value as JSON, or rows under columns.
func (a *app) printList(value any, columns []column, rows [][]string) error {
	switch a.flags.output {
	case formJSON:
		return printJSON(a.out, value)
	case formCSV:
		out := bufio.NewWriter(a.out)
		w := newCSV(out, columns)
		for _, row := range pointers(rows) {
			w.row(row)
		}
		return out.Flush()
	}
	return a.printTable(columns, rows)
}

// number is a number as a list has it: with commas for people.
func (a *app) number(n int64) string {
	if a.flags.output == formCSV {
		return strconv.FormatInt(n, 10)
	}
	return count(n)
}
