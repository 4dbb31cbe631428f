package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

func newEnv(a *app) *cobra.Command {
	var unset bool
	var shell string
	cmd := &cobra.Command{
		Use:   "env",
		Short: "Print the variables that point AWS's tools at the running up",
		Long: `Prints lines for a shell that set the AWS SDKs' own variables, so that the AWS CLI, boto3 and whatever else speaks to AWS
speaks to the running ticklake instead. --unset prints lines that take them away again.`,
		Example: `  eval "$(ticklake env)"
  eval "$(ticklake env --unset)"
  ticklake env --shell fish | source   # needs fish`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			write, ok := shells[shell]
			if !ok {
				return usage("--shell %q: it is bash, zsh, sh or fish", shell)
			}
			if unset {
				for _, v := range append(awsNames(), withoutValue...) {
					write.unset(a.out, v)
				}
				return nil
			}
			variables, kafka, err := a.awsVariables(cmd.Context())
			if err != nil {
				return err
			}
			if a.flags.output == "json" {
				values := make(map[string]string)
				for _, v := range variables {
					values[v.name] = v.value
				}
				return printJSON(a.out, values)
			}
			for _, v := range variables {
				write.set(a.out, v)
			}
			for _, name := range withoutValue {
				write.unset(a.out, name)
			}
			if kafka != "" {
				_, err = fmt.Fprintf(a.out, "# Kafka: %s\n", kafka)
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&unset, "unset", false, "take the variables away again")
	cmd.Flags().StringVar(&shell, "shell", "bash", "for which shell: bash, zsh, sh or fish")
	return cmd
}

// variable is one of the environment.
type variable struct{ name, value string }

// withoutValue are variables that would lead elsewhere.
var withoutValue = []string{"AWS_PROFILE", "AWS_SESSION_TOKEN"}

// awsVariables are those that point at the running ticklake, and its Kafka.
func (a *app) awsVariables(context.Context) ([]variable, string, error) {
	ready, missing, err := a.running()
	if err == nil {
		err = missing
	}
	if err != nil {
		return nil, "", err
	}
	values := []string{
		value(ready.S3), value(ready.Glue), value(ready.Athena), value(ready.STS),
		ready.AccessKeyID, ready.SecretAccessKey, ready.Region, ready.Region,
	}
	var variables []variable
	for i, name := range awsNames() {
		if values[i] != "" {
			variables = append(variables, variable{name, values[i]})
		}
	}
	return variables, value(ready.Kafka), nil
}

// awsNames are the SDKs' own.
func awsNames() []string {
	return []string{
		"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_GLUE", "AWS_ENDPOINT_URL_ATHENA", "AWS_ENDPOINT_URL_STS",
		"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION",
	}
}

// syntax is how a shell sets variables.
type syntax struct {
	set   func(w io.Writer, v variable)
	unset func(w io.Writer, name string)
}

var posix = syntax{
	set: func(w io.Writer, v variable) {
		_, _ = fmt.Fprintf(w, "export %s='%s'\n", v.name, strings.ReplaceAll(v.value, "'", `'\''`))
	},
	unset: func(w io.Writer, name string) { _, _ = fmt.Fprintf(w, "unset %s\n", name) },
}

var shells = map[string]syntax{
	"bash": posix, "zsh": posix, "sh": posix,
	"fish": {
		set: func(w io.Writer, v variable) {
			_, _ = fmt.Fprintf(w, "set -gx %s '%s'\n", v.name, strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(v.value))
		},
		unset: func(w io.Writer, name string) { _, _ = fmt.Fprintf(w, "set -e %s\n", name) },
	},
}
