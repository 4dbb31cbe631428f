package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"ticklake/internal/insight"
	"ticklake/internal/lake"
	"ticklake/internal/query"
)

func newInsights(a *app) *cobra.Command {
	var list, showSQL bool
	var params []string
	var topic string
	var show showFlags
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
		RunE: untilDone(func(cmd *cobra.Command, args []string) error {
			if list {
				return a.listInsights()
			}
			values, err := parseParams(params)
			if err != nil {
				return err
			}
			how, err := a.showing(&show, cmd.Flags())
			if err != nil {
				return err
			}
			var one *insight.Insight
			switch {
			case len(args) == 1:
				if one, err = insight.Find(args[0]); err != nil {
					return wrongName(err)
				}
			case len(values) > 0 || showSQL:
				return usage("--param and --sql are for one insight; name it")
			case a.flags.output == formCSV:
				return usage("all insights together print as table or json; name one for csv")
			}
			e, err := a.endpoints(cmd.Context())
			if err != nil {
				return err
			}
			client, err := e.query(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { _ = client.Close() }()
			if !cmd.Flags().Changed("topic") {
				topic = e.topic
			}
			table := lake.Curated.Table(topic)
			if one == nil {
				return a.showInsights(cmd.Context(), querier{client}, table, how)
			}
			ask := insight.Run
			if showSQL {
				ask = insight.Prepare
			}
			answer, err := ask(cmd.Context(), querier{client}, table, one, values)
			switch {
			case errors.As(err, new(*insight.UnknownError)):
				return wrongName(err)
			case errors.As(err, new(*insight.ValueError)):
				return usageError{err}
			case err != nil:
				return err
			}
			if showSQL && a.flags.output != formJSON {
				_, err := fmt.Fprintln(a.out, answer.SQL)
				return err
			}
			return a.printAnswer(answer, how)
		}),
	}
	flags := cmd.Flags()
	flags.BoolVar(&list, "list", false, "list the questions and what they take")
	flags.BoolVar(&showSQL, "sql", false, "print the SQL in place of the answer")
	flags.StringArrayVar(&params, "param", nil, "NAME=VALUE, a parameter of the insight")
	flags.StringVar(&topic, "topic", "", "the topic whose ticks are asked (default: the running up's, or "+defaultTopic+")")
	show.register(flags)
	return prints(cmd, allForms...)
}

// wrongName is an insight or a parameter that there is not, with the nearest that there is.
func wrongName(err error) error {
	var unknown *insight.UnknownError
	if errors.As(err, &unknown) {
		return usage("%w%s", err, cmp.Or(didYouMean(nearest(unknown.Name, unknown.Known)), "; hint: `ticklake insights --list` shows what there is"))
	}
	return err
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

// listInsights says which questions there are.
func (a *app) listInsights() error {
	all := insight.All()
	rows := make([][]string, len(all))
	for n, i := range all {
		takes := make([]string, len(i.Params))
		for m, p := range i.Params {
			takes[m] = p.Name + "=" + p.Default
		}
		rows[n] = []string{i.Name, i.Question, strings.Join(takes, " ")}
	}
	return a.printList(all, columnsNamed("insight", "question", "parameters"), rows)
}
