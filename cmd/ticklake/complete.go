package main

import (
	"context"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ticklake/internal/insight"
	"ticklake/internal/lake"
	"ticklake/internal/stream"
)

// completing is how a shell's question is answered: what may stand in a word's place.
type completing = cobra.CompletionFunc

// nothing stands there that we know of, nor a file.
const nothing = cobra.ShellCompDirectiveNoFileComp

// complete teaches every command which words may follow. What is not named here has no words; nor is it a file.
func (a *app) complete(root *cobra.Command) {
	flags := map[string]completing{
		"output": func(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return formsOf(cmd), nothing
		},
		"granularity": words(string(lake.Year), string(lake.Month), string(lake.Day), string(lake.Hour)),
		"session":     words("always", "weekdays"),
		"shell":       words("bash", "zsh", "sh", "fish"),
		"kafka-sasl":  words("plain", "scram-sha-256", "scram-sha-512"),
		"parts":       listOf(allParts),
		"without":     listOf(allParts),
		"param":       completeParam,
		"topic":       a.completeTopic,
		"data":        directive(cobra.ShellCompDirectiveDefault),
		"dataset":     directive(cobra.ShellCompDirectiveDefault),
		"file":        directive(cobra.ShellCompDirectiveDefault),
		"out":         directive(cobra.ShellCompDirectiveDefault),
		"ready":       directive(cobra.ShellCompDirectiveDefault),
		"config":      directive(cobra.ShellCompDirectiveDefault),
		"kafka-ca":    directive(cobra.ShellCompDirectiveDefault),
	}
	arguments := map[string]completing{
		"ticklake catalog table":   a.completeTable,
		"ticklake topics describe": a.completeTopic,
		"ticklake insights":        completeInsight,
		"ticklake config":          words(commandNames(root)...),
	}
	for _, c := range commands(root) {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if _, there := c.GetFlagCompletionFunc(f.Name); there || f.Value.Type() == "bool" {
				return
			}
			do := flags[f.Name]
			if do == nil {
				do = cobra.NoFileCompletions
			}
			_ = c.RegisterFlagCompletionFunc(f.Name, do) // it fails where there is no such flag
		})
		if c.ValidArgsFunction == nil {
			c.ValidArgsFunction = cobra.NoFileCompletions
			if do := arguments[c.CommandPath()]; do != nil {
				c.ValidArgsFunction = first(do)
			}
		}
	}
}

func words(of ...string) completing { return cobra.FixedCompletions(of, nothing) }

func directive(d cobra.ShellCompDirective) completing { return cobra.FixedCompletions(nil, d) }

// first completes the first argument alone.
func first(do completing) completing {
	return func(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, nothing
		}
		return do(cmd, args, typed)
	}
}

// listOf completes the last of several words with commas between, by those that are not there yet.
func listOf(of []string) completing {
	return func(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		before := ""
		if i := strings.LastIndexByte(typed, ','); i >= 0 {
			before = typed[:i+1]
		}
		var list []cobra.Completion
		for _, word := range of {
			if !slices.Contains(strings.Split(before, ","), word) {
				list = append(list, before+word)
			}
		}
		return list, nothing | cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveKeepOrder
	}
}

func completeInsight(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var list []cobra.Completion
	for _, i := range insight.All() {
		list = append(list, cobra.CompletionWithDesc(i.Name, i.Question))
	}
	return list, nothing
}

// completeParam completes the parameters of the insight that is named already, and their values where there are words for them.
func completeParam(_ *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return nil, nothing
	}
	i, err := insight.Find(args[0])
	if err != nil {
		return nil, nothing
	}
	var list []cobra.Completion
	name, _, valued := strings.Cut(typed, "=")
	for _, p := range i.Params {
		switch {
		case !valued:
			list = append(list, cobra.CompletionWithDesc(p.Name+"=", p.Meaning+" (default "+p.Default+")"))
		case p.Name == name && p.Kind == insight.Date:
			list = append(list, name+"=last", name+"=last-7", name+"=last-30")
		case p.Name == name:
			list = append(list, name+"="+p.Default)
		}
	}
	if valued {
		return list, nothing
	}
	return list, nothing | cobra.ShellCompDirectiveNoSpace
}

// askFor is how long a shell waits for names that only the running ticklake knows.
const askFor = 900 * time.Millisecond

// ask prepares a look at the running ticklake: what fails says nothing, as somebody is typing.
func (a *app) ask(cmd *cobra.Command) (context.Context, context.CancelFunc) {
	a.err = io.Discard
	if s, err := loadSettings(a.flags.config, os.Environ()); err == nil {
		_ = s.apply(cmd.Flags()) // what does not fit is told when the command runs
	}
	return context.WithTimeout(cmd.Context(), askFor)
}

func (a *app) completeTable(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	ctx, cancel := a.ask(cmd)
	defer cancel()
	e, err := a.endpoints(ctx)
	if err != nil {
		return nil, nothing
	}
	c, err := e.openCatalog(ctx)
	if err != nil {
		return nil, nothing
	}
	defer func() { _ = c.Close() }()
	tables, err := c.Tables(ctx, e.database)
	if err != nil {
		return nil, nothing
	}
	list := make([]cobra.Completion, len(tables))
	for i, t := range tables {
		list[i] = cobra.CompletionWithDesc(t.Name, plain(t.Comment))
	}
	return list, nothing
}

func (a *app) completeTopic(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	ctx, cancel := a.ask(cmd)
	defer cancel()
	_, cluster, err := a.kafka(ctx)
	if err != nil {
		return nil, nothing
	}
	topics, err := stream.OpenTopics(cluster)
	if err != nil {
		return nil, nothing
	}
	defer topics.Close()
	names, err := topics.Names(ctx)
	if err != nil {
		return nil, nothing
	}
	return names, nothing
}
