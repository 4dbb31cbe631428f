package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"ticklake/internal/query"
)

func newQuery(a *app) *cobra.Command {
	var file string
	var show showFlags
	cmd := &cobra.Command{
		Use:   "query [SQL]",
		Short: "Ask in SQL",
		Long: `Runs one statement on Athena: on the running up's, or on AWS with --aws. The statement is the argument, a file (-f), or
standard input. Rows go to standard output; what it took goes to standard error. Ctrl-C stops the statement there, too.

On a terminal the first 1,000 rows are shown, texts are shortened to its width, and what is longer than the terminal goes
through $PAGER, or less. Elsewhere all of it is printed.`,
		Example: `  ticklake query "SELECT symbol, sum(volume) AS v FROM ticks GROUP BY 1 ORDER BY 2 DESC LIMIT 5"
  ticklake query -f question.sql --output csv > answer.csv
  echo 'SHOW TABLES' | ticklake query`,
		Args: atMostOne("statement"),
		RunE: untilDone(func(cmd *cobra.Command, args []string) error {
			sql, err := a.statement(args, file)
			if err != nil {
				return err
			}
			how, err := a.showing(&show, cmd.Flags())
			if err != nil {
				return err
			}
			client, err := a.queryClient(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { _ = client.Close() }()
			result, err := client.Run(cmd.Context(), sql)
			if err != nil {
				return pointed(sql, err)
			}
			return a.printResult(cmd.Context(), result, how)
		}),
	}
	cmd.Flags().StringVarP(&file, "file", "f", "", "read the statement from this file; - is standard input")
	show.register(cmd.Flags())
	return prints(cmd, allForms...)
}

// maxStatement is Athena's limit, in bytes.
const maxStatement = 262_144

// statement is what is asked: the argument, a file, or standard input.
func (a *app) statement(args []string, file string) (string, error) {
	var text string
	switch {
	case len(args) == 1 && file != "":
		return "", usage("there is a statement and a file; give one of them")
	case len(args) == 1:
		text = args[0]
	default:
		in := a.in
		if typed, ok := in.(*os.File); ok && file == "" && term.IsTerminal(int(typed.Fd())) {
			return "", usage("no statement; hint: ticklake query 'SELECT count(*) FROM ticks', or -f FILE")
		}
		if file != "" && file != "-" {
			f, err := os.Open(file)
			if err != nil {
				return "", fmt.Errorf("read the statement from %s: %w; hint: -f names a file, and - standard input", file, plainError(err))
			}
			defer func() { _ = f.Close() }() // only read
			in = f
		}
		body, err := io.ReadAll(io.LimitReader(in, maxStatement+1))
		if err != nil {
			return "", fmt.Errorf("read the statement: %w; hint: ticklake query 'SELECT count(*) FROM ticks', or -f FILE", plainError(err))
		}
		text = string(body)
	}
	if len(text) > maxStatement {
		return "", usage("the statement has more than %s bytes, which Athena does not take", count(maxStatement))
	}
	text = strings.TrimSuffix(strings.TrimSpace(text), ";")
	if text == "" {
		return "", usage("no statement; hint: ticklake query 'SELECT count(*) FROM ticks'")
	}
	return text, nil
}

func (a *app) queryClient(ctx context.Context) (*query.Client, error) {
	e, err := a.endpoints(ctx)
	if err != nil {
		return nil, err
	}
	return e.query(ctx)
}

// pointed adds the line of the statement at which it failed, with a mark under the place.
func pointed(sql string, err error) error {
	var failed *query.Error
	if !errors.As(err, &failed) {
		return err
	}
	if failed.Hint == "" && (failed.Name == "SYNTAX_ERROR" || failed.Name == "NOT_SUPPORTED") {
		err = fmt.Errorf("%w; hint: docs/sql.md says what is answered", err)
	}
	if failed.Line < 1 {
		return err
	}
	lines := strings.Split(sql, "\n")
	if failed.Line > len(lines) {
		return err
	}
	line := []rune(strings.ReplaceAll(lines[failed.Line-1], "\t", " "))
	column := min(max(failed.Column, 1), len(line)+1)
	const width = 100 // of what is shown of a long line
	from := max(0, column-1-width/2)
	shown := line[from:min(len(line), from+width)]
	return fmt.Errorf("%w\n  %s\n  %s^", err, string(shown), strings.Repeat(" ", column-1-from))
}
