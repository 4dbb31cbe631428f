package main

import (
	"fmt"
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
  ticklake crawl --bucket my-lake --database market --aws --every 60s`,
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
				return err
			}
			return a.printCrawl(crawler.Status())
		},
	}
	cmd.Flags().BoolVar(&once, "once", false, "register what is there now, say so, and end")
	cmd.Flags().DurationVar(&every, "every", 5*time.Second, "time between two crawls")
	return cmd
}

func (a *app) printCrawl(s crawl.Status) error {
	if a.flags.output == "json" {
		return printJSON(a.out, s)
	}
	for _, t := range s.Tables {
		_, _ = fmt.Fprintf(a.out, "%s  %s\n", t.Table, plural(int64(t.Partitions), "partition"))
	}
	_, err := fmt.Fprintf(a.out, "%s added\n", plural(s.Added, "partition"))
	for _, prefix := range s.Foreign {
		_, _ = fmt.Fprintf(a.out, "not the lake's: %s\n", prefix)
	}
	return err
}
