package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// The forms in which a command prints, as --output names them.
const (
	formTable = "table"
	formCSV   = "csv"
	formJSON  = "json"
)

var allForms = []string{formTable, formCSV, formJSON}

// formsKey is the annotation of a command that has its forms.
const formsKey = "forms"

// prints says in which forms a command prints; one that says nothing has all but CSV, which wants one table of one shape.
func prints(cmd *cobra.Command, forms ...string) *cobra.Command {
	if cmd.Annotations == nil {
		cmd.Annotations = make(map[string]string)
	}
	cmd.Annotations[formsKey] = strings.Join(forms, ",")
	return cmd
}

func formsOf(cmd *cobra.Command) []string {
	if forms := cmd.Annotations[formsKey]; forms != "" {
		return strings.Split(forms, ",")
	}
	return []string{formTable, formJSON}
}

// checkOutput refuses a form that the command has not. One that the environment or the configuration file asks for is meant
// for the commands that have it.
func (a *app) checkOutput(cmd *cobra.Command) error {
	form, forms := a.flags.output, formsOf(cmd)
	switch {
	case slices.Contains(forms, form):
		return nil
	case !slices.Contains(allForms, form):
		return usage("--output %q%s; it is table, csv or json", form, didYouMean(nearest(form, allForms)))
	case a.given["output"]:
		return usage("`%s` does not print %s; it prints %s", cmd.CommandPath(), form, strings.Join(forms, " or "))
	}
	a.flags.output = formTable
	return nil
}
