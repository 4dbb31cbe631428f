package main

import (
	"bytes"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

func newCompletion(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use: "completion", Short: "Print a script that completes commands, flags and names in a shell", Args: knownCommand,
		Long: `Prints a script for a shell, which then completes commands, flags, their values, and the names of insights, their parameters,
tables and topics, as the running ticklake has them.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	for _, shell := range []struct {
		name, examples string
		write          func(root *cobra.Command) error
	}{
		{
			"bash", `  source <(ticklake completion bash)     # in this shell
  mkdir -p ~/.local/share/bash-completion/completions
  ticklake completion bash > ~/.local/share/bash-completion/completions/ticklake   # in every new one`,
			func(root *cobra.Command) error { return writeBashCompletion(a.out, root) },
		},
		{
			"zsh", `  source <(ticklake completion zsh)                            # needs zsh
  ticklake completion zsh > "${fpath[1]}/_ticklake"            # needs zsh; in every new one`,
			func(root *cobra.Command) error { return writeZshCompletion(a.out, root) },
		},
		{
			"fish", `  ticklake completion fish | source                            # needs fish
  ticklake completion fish > ~/.config/fish/completions/ticklake.fish   # needs fish; in every new one`,
			func(root *cobra.Command) error { return root.GenFishCompletion(a.out, true) },
		},
	} {
		cmd.AddCommand(prints(&cobra.Command{
			Use: shell.name, Short: "The script for " + shell.name, Args: noArgs, Example: shell.examples,
			RunE: func(cmd *cobra.Command, _ []string) error { return shell.write(cmd.Root()) },
		}, formTable))
	}
	return cmd
}

// ownWords is what the script needs of the package bash-completion, where that is not installed: the line's words, not
// broken at = and :, which the program wants whole.
const ownWords = `
__ticklake_words()
{
    local line=${COMP_LINE:0:COMP_POINT}
    read -ra words <<< "$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    cword=$((${#words[@]} - 1))
    cur=${words[cword]}
    prev=${words[cword - 1]}
}
`

// writeBashCompletion writes the library's script, made to do without other packages.
func writeBashCompletion(w io.Writer, root *cobra.Command) error {
	var script bytes.Buffer
	if err := root.GenBashCompletionV2(&script, true); err != nil {
		return err
	}
	text := strings.Replace(script.String(), `_get_comp_words_by_ref "$@" cur prev words cword`, "__ticklake_words", 1)
	_, err := io.WriteString(w, text+ownWords)
	return err
}

// ownCompinit starts zsh's completion where nobody has: a bare zsh has none.
const ownCompinit = `(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
`

// writeZshCompletion writes the library's script, made to do in a bare zsh.
func writeZshCompletion(w io.Writer, root *cobra.Command) error {
	var script bytes.Buffer
	if err := root.GenZshCompletion(&script); err != nil {
		return err
	}
	const registers = "compdef _ticklake ticklake\n"
	_, err := io.WriteString(w, strings.Replace(script.String(), registers, ownCompinit+registers, 1))
	return err
}
