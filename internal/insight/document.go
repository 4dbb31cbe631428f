package insight

import (
	"fmt"
	"io"
	"strings"
)

// WriteDocument writes what the heads say as Markdown: what docs/insights.md says of each insight is made by it.
func WriteDocument(w io.Writer) error {
	var b strings.Builder
	b.WriteString("| insight | question |\n|---|---|\n")
	for _, i := range All() {
		fmt.Fprintf(&b, "| [%s](#%s) | %s |\n", i.Name, i.Name, cell(i.Question))
	}
	for _, i := range All() {
		i.document(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (i *Insight) document(b *strings.Builder) {
	fmt.Fprintf(b, "\n## %s\n\n**%s** %s SQL: [%s.sql](../internal/insight/sql/%s.sql).\n", i.Name, i.Title+".", i.Question, i.Name, i.Name)
	b.WriteString("\n| parameter | is | default | meaning |\n|---|---|---|---|\n")
	for _, p := range i.Params {
		fmt.Fprintf(b, "| %s | %s | `%s` | %s |\n", p.Name, p.kind(), p.Default, cell(p.Meaning))
	}
	b.WriteString("\n| column | unit | meaning |\n|---|---|---|\n")
	for _, c := range i.Columns {
		fmt.Fprintf(b, "| %s | %s | %s |\n", c.Name, cell(c.Unit), cell(c.Meaning))
	}
	b.WriteString("\n")
	if len(i.Needs) > 0 {
		var needs []string
		for _, n := range i.Needs {
			needs = append(needs, n.String()+" "+n.when())
		}
		fmt.Fprintf(b, "Needs %s. ", strings.Join(needs, " and "))
	}
	fmt.Fprintf(b, "Drawn as %s.", i.Draw)
	if i.Empty != "" {
		fmt.Fprintf(b, " Without rows: “%s”", i.Empty)
	}
	b.WriteString("\n")
}

// when says in words which days are meant.
func (n Need) when() string {
	switch n.scope[0] {
	case "on":
		return "on the " + n.scope[1]
	case "within":
		return "in the " + n.scope[2] + " days up to the " + n.scope[1]
	}
	return "between " + n.scope[1] + " and " + n.scope[2]
}

// kind says what a value of the parameter is.
func (p *Param) kind() string {
	if p.Kind == Integer {
		return fmt.Sprintf("%d to %d", p.Min, p.Max)
	}
	return string(p.Kind)
}

// String says in words how an answer is drawn.
func (d Draw) String() string {
	switch d.As {
	case AsBars:
		return fmt.Sprintf("bars: %s of each %s", d.Y, d.X)
	case AsLine:
		if d.By != "" {
			return fmt.Sprintf("lines: %s along %s, one for each %s", d.Y, d.X, d.By)
		}
		return fmt.Sprintf("a line: %s along %s", d.Y, d.X)
	case AsCandles:
		return "candles along " + d.X
	}
	return "a table"
}

// cell is text within a table's cell.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
