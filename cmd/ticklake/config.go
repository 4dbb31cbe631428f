package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func newConfig(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "config [COMMAND]",
		Short: "Show each setting with its value and where that is from",
		Long: `Shows every setting of a command, or of all, with its value and where that is from: a flag, the environment, the
configuration file, or the default. Secrets are not shown.

A setting has one name everywhere: the flag --max-age is TICKLAKE_MAX_AGE in the environment and max-age in the
configuration file, a YAML file with one "name: value" a line. That is the file of --config, or ` + configFileName + ` in the working
directory. Flags win over the environment, and that over the file. AWS's endpoints and credentials have the SDKs' own
variables.`,
		Example: `  ticklake config
  ticklake config up --output json`,
		Args: atMostOne("command"),
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			from := commands(root)
			if len(args) == 1 {
				at := slices.IndexFunc(root.Commands(), func(c *cobra.Command) bool { return c.Name() == args[0] })
				if at < 0 {
					return usage("there is no command %q%s", args[0], didYouMean(nearest(args[0], commandNames(root))))
				}
				from = commands(root.Commands()[at])
			}
			shown := a.settingsOf(from)
			if a.flags.output == "json" {
				return printJSON(a.out, struct {
					File     string    `json:"file"`
					Settings []setting `json:"settings"`
					AWS      []setting `json:"aws"`
				}{a.settings.path, shown, awsSettings(os.LookupEnv)})
			}
			return a.printSettings(cmd.Context(), shown)
		},
	}
}

// setting is one as it is shown.
type setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	From  string `json:"from"` // "default", a variable, or file:line
}

const hidden = "(set, not shown)"

// settingsOf are those of some commands, by name. A default that differs from command to command is told with each.
func (a *app) settingsOf(from []*cobra.Command) []setting {
	defaults := make(map[string][]string) // of each name: the values
	users := make(map[string][]string)    // and of each name and value: the commands
	given := make(map[string]setting)
	for _, c := range from {
		each := func(f *pflag.Flag) {
			if slices.Contains(notSettings, f.Name) || f.Hidden {
				return
			}
			if value, where := a.settings.get(f.Name); where != "" {
				given[f.Name] = setting{f.Name, value, where}
			}
			if f.Changed && a.given[f.Name] {
				given[f.Name] = setting{f.Name, f.Value.String(), "--" + f.Name}
			}
			if !slices.Contains(defaults[f.Name], f.DefValue) {
				defaults[f.Name] = append(defaults[f.Name], f.DefValue)
			}
			users[f.Name+" "+f.DefValue] = append(users[f.Name+" "+f.DefValue], c.Name())
		}
		c.LocalFlags().VisitAll(each)
		c.InheritedFlags().VisitAll(each)
	}
	var all []setting
	for name, values := range defaults {
		s, ok := given[name]
		if !ok {
			if len(values) > 1 {
				for i, v := range values {
					values[i] = fmt.Sprintf("%s (%s)", v, strings.Join(users[name+" "+v], ", "))
				}
			}
			s = setting{name, strings.Join(values, "; "), "default"}
		}
		if slices.Contains(secrets, name) && s.Value != "" {
			s.Value = hidden
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b setting) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// awsSettings are the SDKs' own variables that are set.
func awsSettings(lookup func(string) (string, bool)) []setting {
	secret := []string{"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
	var set []setting
	for _, name := range slices.Concat([]string{awsVariable, "AWS_CONFIG_FILE", "AWS_CA_BUNDLE"}, awsNames(), withoutValue) {
		value, ok := lookup(name)
		if !ok {
			continue
		}
		if slices.Contains(secret, name) {
			value = hidden
		}
		set = append(set, setting{name, value, "environment"})
	}
	return set
}

func (a *app) printSettings(ctx context.Context, shown []setting) error {
	path := a.settings.path
	if path == "" {
		path = "none; " + configFileName + " in this directory would be read"
	}
	_, _ = fmt.Fprintf(a.out, "configuration file: %s\n\n", path)
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, s := range slices.Concat(shown, awsSettings(os.LookupEnv)) {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", s.Name, cmp.Or(s.Value, "-"), s.From)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	e, err := a.endpoints(ctx)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintln(a.out)
	for _, p := range []*place{&e.s3, &e.glue, &e.athena} {
		if p.err == nil && !e.atRest {
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", p.service, cmp.Or(p.url, "AWS, region "+p.aws.Region), p.from)
		}
	}
	if e.kafka.err == nil && !e.atRest {
		_, _ = fmt.Fprintf(w, "Kafka\t%s\t%s\n", strings.Join(e.kafka.cluster.Brokers, ","), e.kafka.from)
	}
	return w.Flush()
}

func commandNames(root *cobra.Command) []string {
	var names []string
	for _, c := range root.Commands() {
		names = append(names, c.Name())
	}
	return names
}
