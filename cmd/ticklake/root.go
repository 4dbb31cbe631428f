package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// app is what every command shares.
type app struct {
	in       io.Reader
	out, err io.Writer
	flags    globalFlags
	workDir  string          // at the start: the S3 server changes it
	settings *settings       // of the environment and the configuration file
	given    map[string]bool // flags that stood on the command line
	found    *endpoints      // those that were looked for last
	noted    map[string]bool
	paging   sync.Mutex // held while somebody reads in a pager
}

// globalFlags are flags of every command.
type globalFlags struct {
	endpointFlags
	config  string
	data    string
	output  string
	verbose bool
}

// log writes to stderr: warnings, and with --verbose all that happens.
func (a *app) log() *slog.Logger {
	if !a.flags.verbose {
		return slog.New(newWarnings(a.err))
	}
	return slog.New(slog.NewTextHandler(a.err, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

func newRoot(a *app) *cobra.Command {
	a.workDir, _ = os.Getwd() // "" prints paths in full
	root := &cobra.Command{
		Use:   "ticklake",
		Short: "Live stock-market data from Kafka into a queryable lake, exactly once",
		Long: `Live stock-market data from Kafka into a queryable lake, exactly once, and answers to questions about it.

Every flag can be set in the environment and in a configuration file as well: --max-age as TICKLAKE_MAX_AGE, and as max-age
in ` + configFileName + `; ` + "`ticklake config`" + ` shows what is set where.`,
		Args:              knownCommand,
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceUsage:      true,
		SilenceErrors:     true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return a.configure(cmd) },
	}
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.SetFlagErrorFunc(wrongFlag)
	flags := root.PersistentFlags()
	flags.StringVar(&a.flags.config, "config", "", "configuration file (default: "+configFileName+" in the working directory, where it is)")
	flags.StringVar(&a.flags.data, "data", "", "data directory of the ticklake that is meant, running or at rest")
	flags.StringVarP(&a.flags.output, "output", "o", "table", "how to print: table, csv or json")
	flags.BoolVar(&a.flags.aws, "aws", false, "mean AWS itself, with the account's own configuration")
	a.flags.kafka.register(flags)
	flags.StringVar(&a.flags.bucket, "bucket", "", "the lake's bucket (default: the running up's, or "+defaultBucket+")")
	flags.StringVar(&a.flags.database, "database", "", "the catalog's database (default: the running up's, or "+defaultDatabase+")")
	flags.StringVar(&a.flags.workgroup, "workgroup", "", "the Athena workgroup (default: the running up's, or "+defaultWorkgroup+")")
	flags.StringVar(&a.flags.results, "output-location", "", "where query results are written (default: s3://BUCKET/results/)")
	flags.BoolVarP(&a.flags.verbose, "verbose", "v", false, "tell on stderr what happens")
	root.AddCommand(
		newUp(a), newProduce(a), newSimulate(a), newSink(a), newCrawl(a), newCatalog(a), newQuery(a), newInsights(a), newServe(a), newStatus(a), newTopics(a), newVerify(a), newEnv(a), newConfig(a), newVersion(a),
		newExitCodes(a), newCompletion(a),
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

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage("%s takes no argument, and there is %q; see `%s --help`", cmd.CommandPath(), args[0], cmd.CommandPath())
	}
	return nil
}

// configure sets the flags that were not given from the environment and the configuration file.
func (a *app) configure(cmd *cobra.Command) (err error) {
	if cmd.Name() == cobra.ShellCompRequestCmd || cmd.Name() == cobra.ShellCompNoDescRequestCmd {
		return nil // a shell asks while somebody types
	}
	a.given = make(map[string]bool)
	cmd.Flags().Visit(func(f *pflag.Flag) { a.given[f.Name] = true })
	path := a.flags.config
	if path == "" {
		path = os.Getenv(variableName("config"))
	}
	if a.settings, err = loadSettings(path, os.Environ()); err != nil {
		return err
	}
	if err := a.settings.check(settingNames(cmd.Root())); err != nil {
		return err
	}
	if err := a.settings.apply(cmd.Flags()); err != nil {
		return err
	}
	return a.checkOutput(cmd)
}

// note tells once, on stderr, what somebody might not expect.
func (a *app) note(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	if a.noted[line] {
		return
	}
	if a.noted == nil {
		a.noted = make(map[string]bool)
	}
	a.noted[line] = true
	_, _ = fmt.Fprintf(a.err, "ticklake: %s\n", line)
}
