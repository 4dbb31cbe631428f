package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ticklake/internal/crawl"
)

func newCrawl(a *app) *cobra.Command {
	var every time.Duration
	var once bool
	cmd := &cobra.Command{
		Use:   "crawl",
		Short: "Register the lake's tables and folders in the Glue catalog",
		Long: `Registers the lake's tables with their declared columns, comments and units, and each new folder as a partition, until
Ctrl-C, or once. What is not the lake's is listed and left alone.`,
		Example: `  ticklake crawl --once
  ticklake crawl --bucket my-lake --database market --aws --every 60s   # needs AWS`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			e, err := a.endpoints(ctx)
			if err != nil {
				return err
			}
			store, closeStore, err := e.store(ctx)
			if err != nil {
				return err
			}
			defer closeStore()
			c, database, err := a.openCatalog(cmd)
			if err != nil {
				return err
			}
			defer func() { _ = c.Close() }()
			crawler, err := crawl.Open(crawl.Config{Store: store, Bucket: e.bucket, Catalog: c, Database: database, Every: every, Log: a.log()})
			if err != nil {
				return err
			}
			if !once {
				return crawler.Run(ctx)
			}
			if err := crawler.Once(ctx); err != nil {
				return unlessStopped(ctx, err)
			}
			return a.printCrawl(crawler.Status())
		},
	}
	cmd.Flags().BoolVar(&once, "once", false, "register what is there now, say so, and end")
	cmd.Flags().DurationVar(&every, "every", 5*time.Second, "time between two crawls")
	return cmd
}

func (a *app) printCrawl(s crawl.Status) error {
	if a.flags.output == formJSON {
		return printJSON(a.out, s)
	}
	if err := a.printCrawled(s.Tables); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.out, "\n%s added\n", plural(s.Added, "partition"))
	a.printForeign("", &s)
	return err
}

// printCrawled lists the tables that are registered.
func (a *app) printCrawled(tables []crawl.TableStatus) error {
	rows := make([][]string, len(tables))
	for i, t := range tables {
		rows[i] = []string{t.Table, count(int64(t.Partitions))}
	}
	return a.printTable(columnsNamed("table", "partitions#"), rows)
}

// shownForeign is how many prefixes are named to people.
const shownForeign = 5

// printForeign says what in the bucket is not the lake's.
func (a *app) printForeign(indent string, s *crawl.Status) {
	if s.ForeignTotal == 0 {
		return
	}
	names := s.Foreign[:min(len(s.Foreign), shownForeign)]
	more := ""
	if others := s.ForeignTotal - len(names); others > 0 {
		more = fmt.Sprintf(" and %s more", count(int64(others)))
	}
	_, _ = fmt.Fprintf(a.out, "%snot the lake's, and left alone: %s%s\n", indent, plain(strings.Join(names, ", ")), more)
}
