package main

import (
	"cmp"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// app is what every command shares.
type app struct {
	in       io.Reader
	out, err io.Writer
	flags    globalFlags
	workDir  string // at the start: the S3 server changes it
}

// globalFlags are flags of every command.
type globalFlags struct {
	endpointFlags
	data    string
	output  string
	verbose bool
}

// log writes to stderr: warnings, and with --verbose all that happens.
func (a *app) log() *slog.Logger {
	level := slog.LevelWarn
	if a.flags.verbose {
		level = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(a.err, &slog.HandlerOptions{Level: level}))
}

func newRoot(a *app) *cobra.Command {
	a.workDir, _ = os.Getwd() // "" prints paths in full
	root := &cobra.Command{
		Use:   "ticklake",
		Short: "Live stock-market data from Kafka into a queryable lake, exactly once",
		Long: `Live stock-market data from Kafka into a queryable lake, exactly once, and answers to questions about it.

Every flag can be set in the environment: --max-age as TICKLAKE_MAX_AGE. A flag that is given wins.`,
		Args:              knownCommand,
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceUsage:      true,
		SilenceErrors:     true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return fromEnvironment(cmd, os.LookupEnv) },
	}
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usage("%w; see `%s --help`", err, cmd.CommandPath())
	})
	flags := root.PersistentFlags()
	flags.StringVar(&a.flags.data, "data", "", "data directory of the ticklake that is meant, running or at rest")
	flags.StringVarP(&a.flags.output, "output", "o", "table", "how to print: table, csv or json")
	flags.BoolVar(&a.flags.aws, "aws", false, "mean AWS itself, with the account's own configuration")
	flags.StringVar(&a.flags.kafka, "kafka", "", "Kafka brokers, HOST:PORT with commas between, where they are not the running up's")
	flags.StringVar(&a.flags.bucket, "bucket", "", "the lake's bucket (default: the running up's, or "+defaultBucket+")")
	flags.StringVar(&a.flags.database, "database", "", "the catalog's database (default: the running up's, or "+defaultDatabase+")")
	flags.StringVar(&a.flags.workgroup, "workgroup", "", "the Athena workgroup (default: the running up's, or "+defaultWorkgroup+")")
	flags.StringVar(&a.flags.results, "output-location", "", "where query results are written (default: s3://BUCKET/results/)")
	flags.BoolVarP(&a.flags.verbose, "verbose", "v", false, "tell on stderr what happens")
	root.AddCommand(
		newUp(a), newProduce(a), newSimulate(a), newSink(a), newCrawl(a), newCatalog(a), newQuery(a), newInsights(a), newStatus(a), newTopics(a), newVerify(a), newVersion(a),
		&cobra.Command{Use: "exit-codes", Short: "What the exit codes mean", Long: exitCodesHelp},
	)
	root.SuggestionsMinimumDistance = 2
	root.CompletionOptions.DisableDefaultCmd = true
	for _, c := range root.Commands() {
		if c.Args == nil && c.Runnable() {
			c.Args = noArgs
		}
	}
	return root
}

// knownCommand refuses a word that is no command, and names the nearest.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	near := ""
	if like := cmd.SuggestionsFor(args[0]); len(like) > 0 {
		near = fmt.Sprintf("; did you mean %q?", like[0])
	}
	return usage("%s has no command %q%s see `%s --help`", cmd.CommandPath(), args[0], cmp.Or(near, ";"), cmd.CommandPath())
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage("%s takes no argument, and there is %q; see `%s --help`", cmd.CommandPath(), args[0], cmd.CommandPath())
	}
	return nil
}

// fromEnvironment sets the flags that were not given from the environment, under the same names.
func fromEnvironment(cmd *cobra.Command, lookup func(string) (string, bool)) (err error) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		name := "TICKLAKE_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		value, ok := lookup(name)
		if err != nil || f.Changed || !ok || f.Name == "help" {
			return
		}
		if e := cmd.Flags().Set(f.Name, value); e != nil {
			err = usage("%s=%q: %w", name, value, e)
		}
	})
	return err
}
