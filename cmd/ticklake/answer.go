package main

import (
	"bufio"
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"ticklake/internal/insight"
	"ticklake/internal/query"
)

// firstRows is how many rows of each insight are printed where all are.
const firstRows = 5

// triedInsight is an insight's answer, or why it has none.
type triedInsight struct {
	*insight.Answer
	Error string `json:"error,omitempty"`
}

// showInsights answers every insight, as --output says, through a pager if that is how.
func (a *app) showInsights(ctx context.Context, q insight.Querier, table string, how showing) error {
	if a.flags.output == formJSON {
		var tried []triedInsight
		failed, err := eachInsight(ctx, q, table, func(t triedInsight) error {
			tried = append(tried, t)
			return nil
		})
		if err != nil {
			return err
		}
		if err := printJSON(a.out, tried); err != nil {
			return err
		}
		return insightsFailed(failed)
	}
	var failed []string
	err := a.show(how, func(w *bufio.Writer) (err error) {
		failed, err = eachInsight(ctx, q, table, func(t triedInsight) error {
			if err := a.writeAnswer(w, t, showing{rows: firstRows, wide: how.wide}); err != nil {
				return err
			}
			_ = w.WriteByte('\n')
			return w.Flush() // one after the other, as they come
		})
		return err
	})
	if err != nil {
		return err
	}
	return insightsFailed(failed)
}

// allInsights is showInsights without a pager.
func (a *app) allInsights(ctx context.Context, q insight.Querier, table string) error {
	return a.showInsights(ctx, q, table, showing{})
}

// eachInsight answers all, and returns the names of those that failed. It goes on behind one that does.
func eachInsight(ctx context.Context, q insight.Querier, table string, do func(triedInsight) error) (failed []string, err error) {
	last, err := insight.LastDay(ctx, q, table)
	if err != nil {
		return nil, err
	}
	for _, i := range insight.All() {
		answer, err := insight.Run(ctx, q, table, &i, i.Dates(last))
		tried := triedInsight{Answer: answer}
		if err != nil {
			if ctx.Err() != nil {
				return failed, err
			}
			failed = append(failed, i.Name)
			tried = triedInsight{&insight.Answer{Insight: &i}, err.Error()}
		}
		if err := do(tried); err != nil {
			return failed, err
		}
	}
	return failed, nil
}

func insightsFailed(names []string) error {
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d insights failed: %s; what each says stands with it", len(names), len(insight.All()), strings.Join(names, ", "))
}

// printAnswer prints one answer as --output says.
func (a *app) printAnswer(answer *insight.Answer, how showing) error {
	switch a.flags.output {
	case formJSON:
		return printJSON(a.out, answer)
	case formCSV:
		if answer.Missing != "" {
			a.note("%s cannot be answered: %s", answer.Insight.Name, answer.Missing)
		}
		columns := make([]column, len(answer.Insight.Columns))
		for n, c := range answer.Insight.Columns {
			columns[n].name = c.Name
		}
		p := &printing{columns: columns, rows: rowsIn(answer.Rows), how: how}
		return a.show(how, p.csv)
	}
	return a.show(how, func(w *bufio.Writer) error { return a.writeAnswer(w, triedInsight{Answer: answer}, how) })
}

// writeAnswer writes an answer for people.
func (a *app) writeAnswer(w *bufio.Writer, t triedInsight, how showing) error {
	i, on := t.Insight, screenOf(a.out)
	with := make([]string, len(i.Params))
	for n, p := range i.Params {
		with[n] = p.Name + " " + plain(t.Values[p.Name])
	}
	_, _ = fmt.Fprintf(w, "%s: %s\n", on.in(bold, i.Name), i.Question) // its error comes with Flush
	switch {
	case t.Error != "":
		_, _ = fmt.Fprintf(w, "%s %s\n", on.in(red, "It failed:"), t.Error)
		return nil
	case len(with) > 0:
		_, _ = fmt.Fprintln(w, on.in(dim, strings.Join(with, ", ")))
	}
	switch {
	case t.Missing != "":
		_, _ = fmt.Fprintf(w, "It cannot be answered: %s.\n", t.Missing)
		return nil
	case len(t.Rows) == 0 && i.Empty != "":
		_, _ = fmt.Fprintln(w, i.Empty)
		return nil
	}
	p := &printing{columns: answerColumns(i, t.Rows), rows: rowsIn(figures(t.Rows)), how: how}
	if err := p.table(w, on); err != nil {
		return err
	}
	if more := int64(len(t.Rows)) - p.n; more > 0 {
		_, _ = fmt.Fprintln(w, on.in(dim, "… and "+plural(more, "more row")))
	}
	return nil
}

// rowsIn yields rows that are there.
func rowsIn(rows [][]*string) rowsOf {
	return func(yield func(query.Row, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// answerColumns are an insight's columns as people see them: a unit stands in the head.
func answerColumns(i *insight.Insight, rows [][]*string) []column {
	columns := make([]column, len(i.Columns))
	for n, c := range i.Columns {
		columns[n] = column{c.Name, numbersIn(rows, n)}
		if c.Unit != "" {
			columns[n].name += " [" + c.Unit + "]"
		}
	}
	return columns
}

var numberForm = regexp.MustCompile(`^-?\d+(\.\d+)?(E-?\d+)?$`)

// numbersIn says whether a column has numbers alone.
func numbersIn(rows [][]*string, n int) bool {
	any := false
	for _, row := range rows {
		if v := row[n]; v != nil {
			if any = numberForm.MatchString(*v); !any {
				return false
			}
		}
	}
	return any
}

// figures shortens numbers for people: an exact decimal loses zeros at its end, beyond two decimals; another fraction has
// four decimals. CSV and JSON have every digit.
func figures(rows [][]*string) [][]*string {
	out := make([][]*string, len(rows))
	for i, row := range rows {
		out[i] = make([]*string, len(row))
		for j, v := range row {
			out[i][j] = v
			if v != nil {
				short := figure(*v)
				out[i][j] = &short
			}
		}
	}
	return out
}

// decimalForm is a decimal(p,9), and fractionForm any other number with a fraction.
var (
	decimalForm  = regexp.MustCompile(`^-?\d+\.\d{9}$`)
	fractionForm = regexp.MustCompile(`^-?\d+\.\d+(E-?\d+)?$`)
)

func figure(text string) string {
	switch {
	case decimalForm.MatchString(text):
		short := strings.TrimRight(text, "0")
		if missing := 2 - (len(short) - 1 - strings.IndexByte(short, '.')); missing > 0 {
			short += strings.Repeat("0", missing)
		}
		return short
	case fractionForm.MatchString(text):
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			return strconv.FormatFloat(f, 'f', 4, 64)
		}
	}
	return text
}
