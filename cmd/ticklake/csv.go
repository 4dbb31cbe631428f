package main

import (
	"bufio"
	"strings"
)

// csvWriter writes CSV by RFC 4180 with a header line, its lines ended by a line feed. NULL is an empty field, an empty text
// is "": so Athena writes them, too.
type csvWriter struct{ w *bufio.Writer }

func newCSV(w *bufio.Writer, columns []column) csvWriter {
	out := csvWriter{w}
	head := make([]*string, len(columns))
	for i := range columns {
		head[i] = &columns[i].name
	}
	out.row(head)
	return out
}

// row writes one line. Its error comes with the writer's Flush.
func (c csvWriter) row(row []*string) {
	for i, v := range row {
		if i > 0 {
			_ = c.w.WriteByte(',')
		}
		if v != nil {
			c.field(*v)
		}
	}
	_ = c.w.WriteByte('\n')
}

func (c csvWriter) field(text string) {
	if text != "" && !strings.ContainsAny(text, ",\"\r\n") && text[0] != ' ' && text[0] != '\t' {
		_, _ = c.w.WriteString(text)
		return
	}
	_ = c.w.WriteByte('"')
	_, _ = c.w.WriteString(strings.ReplaceAll(text, `"`, `""`))
	_ = c.w.WriteByte('"')
}
