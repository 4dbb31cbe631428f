package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"ticklake/internal/insight"
	"ticklake/internal/lake"
	"ticklake/internal/query"
)

func newInsights(a *app) *cobra.Command {
	var list, showSQL bool
	var params []string
	var topic string
	cmd := &cobra.Command{
		Use:   "insights [NAME]",
		Short: "Answer named questions: highest traded stock, daily trend, drawdown …",
		Long: `Without a name it answers every question with its defaults, the first rows of each; with one, that question alone. Days
default to the last with data; a day can be given as 2021-05-28, last, or last-30.`,
		Example: `  ticklake insights
  ticklake insights --list
  ticklake insights highest_traded --param day=2021-05-28
  ticklake insights ohlcv_bars --param symbol=AAPL --param seconds=60 --output csv`,
		Args: atMostOne("name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if list {
				return a.listInsights()
			}
			values, err := parseParams(params)
			if err != nil {
				return err
			}
			client, err := a.queryClient(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { _ = client.Close() }()
			table := lake.Curated.Table(topic)
			if len(args) == 0 {
				if len(values) > 0 {
					return usage("--param is for one insight; name it")
				}
				return a.allInsights(cmd.Context(), querier{client}, table)
			}
			i, err := insight.Find(args[0])
			if err != nil {
				return usageError{err}
			}
			answer, err := insight.Run(cmd.Context(), querier{client}, table, i, values)
			if errors.As(err, new(*insight.UnknownError)) || errors.As(err, new(*insight.ValueError)) {
				return usageError{err}
			}
			if err != nil {
				return err
			}
			if showSQL {
				_, err := fmt.Fprintln(a.out, answer.SQL)
				return err
			}
			return a.printAnswer(answer, 0)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&list, "list", false, "list the questions and what they take")
	flags.BoolVar(&showSQL, "sql", false, "print the SQL in place of the answer")
	flags.StringArrayVar(&params, "param", nil, "NAME=VALUE, a parameter of the insight")
	flags.StringVar(&topic, "topic", defaultTopic, "the topic whose ticks are asked")
	return cmd
}

func parseParams(params []string) (insight.Values, error) {
	values := make(insight.Values)
	for _, p := range params {
		name, value, ok := strings.Cut(p, "=")
		if !ok {
			return nil, usage("--param %q: write NAME=VALUE", p)
		}
		values[name] = value
	}
	return values, nil
}

// querier asks Athena for an insight.
type querier struct{ client *query.Client }

// Query implements insight.Querier.
func (q querier) Query(ctx context.Context, sql string) (columns []string, rows [][]*string, err error) {
	r, err := q.client.Run(ctx, sql)
	if err != nil {
		return nil, nil, pointed(sql, err)
	}
	for _, c := range r.Columns {
		columns = append(columns, c.Name)
	}
	for row, err := range r.Rows(ctx) {
		if err != nil {
			return nil, nil, err
		}
		rows = append(rows, row)
	}
	return columns, rows, nil
}

func (a *app) listInsights() error {
	if a.flags.output == "json" {
		return printJSON(a.out, insight.All())
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, i := range insight.All() {
		var takes []string
		for _, p := range i.Params {
			takes = append(takes, p.Name+"="+p.Default)
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", i.Name, i.Question, strings.Join(takes, " "))
	}
	return w.Flush()
}

// firstRows is how many rows of each insight are printed where all are.
const firstRows = 5

func (a *app) allInsights(ctx context.Context, q insight.Querier, table string) error {
	last, err := insight.LastDay(ctx, q, table)
	if err != nil {
		return err
	}
	var answers []*insight.Answer
	for _, i := range insight.All() {
		answer, err := insight.Run(ctx, q, table, &i, i.Dates(last))
		if err != nil {
			return err
		}
		answers = append(answers, answer)
		if a.flags.output == "table" {
			if err := a.printAnswer(answer, firstRows); err != nil {
				return err
			}
			_, _ = fmt.Fprintln(a.out)
		}
	}
	if a.flags.output == "json" {
		return printJSON(a.out, answers)
	}
	if a.flags.output != "table" {
		return usage("all insights print as table or json; name one for %s", a.flags.output)
	}
	return nil
}

// printAnswer prints an answer, or its first rows where limit is above 0.
func (a *app) printAnswer(answer *insight.Answer, limit int) error {
	i := answer.Insight
	if a.flags.output == "json" {
		return printJSON(a.out, answer)
	}
	if a.flags.output == "table" {
		var with []string
		for _, p := range i.Params {
			with = append(with, p.Name+" "+answer.Values[p.Name])
		}
		_, _ = fmt.Fprintf(a.out, "%s: %s\n%s: %s\n", i.Name, i.Question, i.Title, strings.Join(with, ", "))
	}
	if answer.Missing != "" {
		_, err := fmt.Fprintf(a.out, "It cannot be answered: %s.\n", answer.Missing)
		return err
	}
	if len(answer.Rows) == 0 && i.Empty != "" && a.flags.output == "table" {
		_, err := fmt.Fprintln(a.out, i.Empty)
		return err
	}
	rows := answer.Rows
	if limit > 0 && len(rows) > limit {
		rows = rows[:limit]
	}
	out := bufio.NewWriter(a.out)
	if a.flags.output == "csv" {
		if err := writeCSV(out, answerColumns(i, false), rows); err != nil {
			return err
		}
		return out.Flush()
	}
	rows = figures(rows)
	t := &table{w: out, columns: answerColumns(i, true), widths: make([]int, len(i.Columns))}
	t.begin(rows)
	if more := len(answer.Rows) - len(rows); more > 0 {
		_, _ = fmt.Fprintf(out, "… and %s\n", plural(int64(more), "more row"))
	}
	return out.Flush()
}

// answerColumns are an insight's columns as they are printed: a unit stands in the head.
func answerColumns(i *insight.Insight, units bool) []query.Column {
	columns := make([]query.Column, len(i.Columns))
	for n, c := range i.Columns {
		columns[n] = query.Column{Name: c.Name, Type: "varchar"}
		if units && c.Unit != "" {
			columns[n].Name += " [" + c.Unit + "]"
		}
		if c.Unit != "" && c.Unit != "UTC" {
			columns[n].Type = "double" // to the right
		}
	}
	return columns
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
