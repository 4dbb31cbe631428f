package docs

import (
	"regexp"
	"strings"
	"testing"

	"ticklake/e2e/program"
)

// fence is a fenced block of shell commands.
type fence struct {
	line  int // of its first command, from 1
	text  string
	needs string // of the mark before it
}

var (
	mark       = regexp.MustCompile(`^<!--\s*needs:\s*(.*?)\s*-->$`)
	shells     = map[string]bool{"sh": true, "bash": true, "shell": true, "console": true, "zsh": true, "fish": true}
	ofTicklake = regexp.MustCompile(`(?m)^\s*(bin/)?ticklake `)
)

// shellFences are a document's blocks of shell commands: those that say so, and of those that say nothing the ones that
// begin a line with ticklake.
func shellFences(document string) (fences []fence) {
	needs, lines := "", strings.Split(document, "\n")
	for i := 0; i < len(lines); i++ {
		text := strings.TrimSpace(lines[i])
		if m := mark.FindStringSubmatch(text); m != nil {
			needs = m[1]
			continue
		}
		language, opens := strings.CutPrefix(text, "```")
		if !opens {
			if text != "" {
				needs = ""
			}
			continue
		}
		f := fence{line: i + 2, needs: needs}
		for i++; i < len(lines) && strings.TrimSpace(lines[i]) != "```"; i++ {
			f.text += lines[i] + "\n"
		}
		if shells[language] || language == "" && ofTicklake.MatchString(f.text) {
			fences = append(fences, f)
		}
		needs = ""
	}
	return fences
}

// help is what a command says of itself.
type help struct {
	command  string
	leaf     bool
	examples string
}

// helps walks through the commands by their --help.
func helps(t *testing.T, p *program.Place, command string) (all []help) {
	t.Helper()
	text := p.OK(append(strings.Fields(command)[1:], "--help")...)
	h := help{command: command, leaf: true, examples: block(text, "Examples:")}
	for _, line := range strings.Split(block(text, "Available Commands:"), "\n") {
		name := strings.Fields(line)
		if len(name) == 0 || name[0] == "help" {
			continue
		}
		h.leaf = false
		all = append(all, helps(t, p, command+" "+name[0])...)
	}
	return append(all, h)
}

// block is the lines under a heading, up to an empty one.
func block(text, heading string) string {
	_, rest, found := strings.Cut(text, "\n"+heading+"\n")
	if !found {
		return ""
	}
	rest, _, _ = strings.Cut(rest, "\n\n")
	return rest
}
