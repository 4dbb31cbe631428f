package trino

import (
	"fmt"
	"io"
	"strings"
)

// WriteFunctions writes the table of functions as Markdown: what docs/sql.md says of functions is made by it.
func WriteFunctions(w io.Writer) error {
	titles := map[FunctionKind]string{Scalar: "Functions", AggregateFn: "Aggregates", WindowFn: "Window functions"}
	for _, kind := range []FunctionKind{Scalar, AggregateFn, WindowFn} {
		if _, err := fmt.Fprintf(w, "## %s\n\n| function | takes | meaning | example |\n|---|---|---|---|\n", titles[kind]); err != nil {
			return err
		}
		for _, f := range Functions() {
			var takes []string
			for _, s := range f.Signatures {
				if s.Lower != "" {
					takes = append(takes, "`"+s.Text+"`")
				}
			}
			if f.Kind != kind || len(takes) == 0 {
				continue
			}
			example := ""
			if len(f.Examples) > 0 {
				want := f.Examples[0].Want
				if want == "" {
					want = "NULL or ''"
				}
				example = "`" + f.Examples[0].SQL + "` is `" + want + "`"
			}
			row := fmt.Sprintf("| %s | %s | %s | %s |", f.Name, strings.Join(takes, "<br>"), f.Meaning, strings.ReplaceAll(example, "|", "\\|"))
			if _, err := fmt.Fprintln(w, row); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
	}
	return nil
}

// WriteRefused writes the names of the functions that Athena has and this package refuses.
func WriteRefused(w io.Writer) error {
	var names []string
	for _, name := range strings.Fields(elsewhere) {
		if f := LookupFunction(name); f == nil {
			names = append(names, name)
		}
	}
	for _, f := range Functions() {
		answered := false
		for _, s := range f.Signatures {
			answered = answered || s.Lower != ""
		}
		if !answered {
			names = append(names, f.Name)
		}
	}
	_, err := fmt.Fprintln(w, strings.Join(names, ", "))
	return err
}
