package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mvdan.cc/sh/v3/syntax"

	"ticklake/e2e/program"
)

// example is lines of shell as they are printed somewhere.
type example struct {
	where string
	line  int
	text  string
	needs string // what only its user has; "" is nothing
}

// command is one statement of an example.
type command struct {
	where string
	line  int
	text  string
	needs string
	calls []call
}

// call is a program within it.
type call struct {
	program string
	text    string
	words   []string // "" where a word is not a plain one
}

// commands takes an example apart.
func (e example) commands(t *testing.T) (all []command) {
	t.Helper()
	file, err := syntax.NewParser(syntax.KeepComments(true), syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(e.text), e.where)
	if err != nil {
		t.Errorf("%s: the block at line %d is no shell: %v", e.where, e.line, err)
		return nil
	}
	for _, s := range file.Stmts {
		c := command{where: e.where, line: e.line + int(s.Pos().Line()) - 1, text: slice(e.text, s), needs: e.needs}
		for _, comment := range s.Comments {
			if rest, ok := strings.CutPrefix(strings.TrimSpace(comment.Text), "needs "); ok {
				c.needs = rest
			}
		}
		syntax.Walk(s, func(n syntax.Node) bool {
			if x, ok := n.(*syntax.CallExpr); ok && len(x.Args) > 0 {
				p := call{text: slice(e.text, x)}
				for _, w := range x.Args {
					p.words = append(p.words, w.Lit())
				}
				p.program = p.words[0]
				c.calls = append(c.calls, p)
			}
			return true
		})
		all = append(all, c)
	}
	return all
}

func slice(text string, n syntax.Node) string { return text[n.Pos().Offset():n.End().Offset()] }

// ordinary are programs that every machine has, and builtins of the shell.
var ordinary = []string{"echo", "cat", "head", "tail", "eval", "export", "source", "cd", "mkdir", "rm", "cp", "gzip", "grep", "sort", "wc", "true", "test", "kill"}

func isTicklake(program string) bool { return program == "ticklake" || program == "bin/ticklake" }

// parse checks a command without running it.
func (c command) parse(t *testing.T, p *program.Place) {
	t.Helper()
	for _, call := range c.calls {
		switch {
		case isTicklake(call.program):
			c.parseTicklake(t, p, call)
		case call.program == "make":
			c.parseMake(t, call)
		case call.program == "go":
			c.parseGo(t, call)
		case c.needs == "" && call.program != "" && !slices.Contains(ordinary, call.program):
			t.Errorf("%s:%d: %s is not on every machine; say so by a comment, # needs …, or by <!-- needs: … --> before the block", c.where, c.line, call.program)
		}
	}
}

var usageLine = regexp.MustCompile(`(?m)^Usage:\n  (ticklake(?: [a-z][a-z-]*)*)`)

// parseTicklake has the program itself look at the flags: with --help behind them, it does nothing else.
func (c command) parseTicklake(t *testing.T, p *program.Place, call call) {
	t.Helper()
	text := strings.TrimPrefix(call.text, "bin/")
	if strings.Contains(text, "$(") || strings.Contains(text, "`") {
		t.Errorf("%s:%d: %s: a command in a command cannot be parsed without running it", c.where, c.line, call.text)
		return
	}
	code, out := p.Shell(text + " --help")
	m := usageLine.FindStringSubmatch(out)
	if code != 0 || m == nil {
		t.Errorf("%s:%d: %s\nis not understood:\n%s", c.where, c.line, call.text, out)
		return
	}
	known := strings.Fields(m[1])[1:]
	words := call.words[1:]
	if len(words) < len(known) || !slices.Equal(words[:len(known)], known) {
		t.Errorf("%s:%d: %s is taken for %s", c.where, c.line, call.text, m[1])
		return
	}
	if strings.Contains(out, "Available Commands:") && len(words) > len(known) && !strings.HasPrefix(words[len(known)], "-") {
		t.Errorf("%s:%d: %s: %s has no command %q", c.where, c.line, call.text, m[1], words[len(known)])
	}
}

var assignment = regexp.MustCompile(`^([A-Z]+)=`)

// parseMake holds targets and variables against the Makefile.
func (c command) parseMake(t *testing.T, call call) {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range strings.Fields(call.text)[1:] {
		if m := assignment.FindStringSubmatch(word); m != nil {
			if !strings.Contains(string(body), "$("+m[1]+")") && !strings.Contains(string(body), "$(or $("+m[1]+")") {
				t.Errorf("%s:%d: the Makefile knows no variable %s", c.where, c.line, m[1])
			}
			continue
		}
		if !regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(word) + `:`).Match(body) {
			t.Errorf("%s:%d: the Makefile has no target %s", c.where, c.line, word)
		}
	}
}

// parseGo looks for the packages that are named by path.
func (c command) parseGo(t *testing.T, call call) {
	t.Helper()
	for _, word := range call.words {
		if !strings.HasPrefix(word, "./") || strings.Contains(word, "...") {
			continue
		}
		if _, err := os.Stat(filepath.Join(root, word)); err != nil {
			t.Errorf("%s:%d: %s is not there", c.where, c.line, word)
		}
	}
}
