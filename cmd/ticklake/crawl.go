package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ticklake/internal/crawl"
	"ticklake/internal/pipeline"
)

func newCrawl(a *app) *cobra.Command {
	var every time.Duration
	var once bool
	var listen string
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
			c, err := e.openCatalog(ctx)
			if err != nil {
				return err
			}
			defer func() { _ = c.Close() }()
			if err := catalogAnswers(ctx, c, e.database); err != nil {
				return err
			}
			config := crawl.Config{Store: store, Bucket: e.bucket, Catalog: c, Database: e.database, Every: every, Log: a.log()}
			if !once {
				return a.crawlOn(ctx, &config, listen)
			}
			crawler, err := crawl.Open(config)
			if err != nil {
				return err
			}
			if err := crawler.Once(ctx); err != nil {
				return unlessStopped(ctx, err)
			}
			return a.printCrawl(crawler.Status())
		},
	}
	cmd.Flags().BoolVar(&once, "once", false, "register what is there now, say so, and end")
	cmd.Flags().DurationVar(&every, "every", 5*time.Second, "time between two crawls")
	cmd.Flags().StringVar(&listen, "operations", "127.0.0.1:0", "address that serves /status, /healthz, /readyz and /metrics")
	return cmd
}

// crawlOn crawls until it is stopped.
func (a *app) crawlOn(ctx context.Context, config *crawl.Config, listen string) error {
	p, err := pipeline.Open(ctx, pipeline.Config{Store: config.Store, Crawl: config, OnAway: a.tellAway, OnBack: a.tellBack, Log: a.log()})
	if err != nil {
		return err
	}
	stop, err := a.serveOperations(p, listen)
	if err != nil {
		return err
	}
	return errors.Join(p.Run(ctx, a.partFailed), stop())
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
