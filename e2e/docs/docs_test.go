// Package docs runs the examples of README.md, docs/*.md and every command's --help as they are printed: the built binary,
// a directory of its own, no environment.
//
// What an example needs beside that is said in the document: by a shell comment that begins with "needs"
// ("# needs a broker") at a command, or by <!-- needs: AWS --> before a whole block. Such examples are only parsed: their
// ticklake commands must have the flags that are given. Lines of make are held against the Makefile.
package docs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ticklake/e2e/program"
)

func TestMain(m *testing.M) { os.Exit(program.Main(m)) }

// root is the repository's.
const root = "../.."

func TestDocumentsSayWhatIsSo(t *testing.T) {
	shared := newShared(t)
	paths, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	t.Run("documents", func(t *testing.T) {
		for _, path := range append(paths, filepath.Join(root, "README.md")) {
			body, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range shellFences(string(body)) {
				run(t, shared, example{where: filepath.Base(path), line: f.line, text: f.text, needs: f.needs})
			}
		}
		for _, h := range helps(t, shared.place, "ticklake") {
			if h.leaf && h.examples == "" {
				t.Errorf("%s --help has no example", h.command)
			}
			if h.examples != "" {
				run(t, shared, example{where: h.command + " --help", line: 1, text: h.examples})
			}
		}
	})
	t.Run("JSON", func(t *testing.T) { jsonIsAsDocumented(t, shared) })
	t.Run("exit codes", func(t *testing.T) { exitCodesAreAsDocumented(t, shared.place) })
	shared.server.Stop()
}

// TestContributingNamesWhatThereIs only parses: its lines build and test.
func TestContributingNamesWhatThereIs(t *testing.T) {
	p := program.New(t)
	body, err := os.ReadFile(filepath.Join(root, "CONTRIBUTING.md"))
	if err != nil {
		t.Fatal(err)
	}
	fences := shellFences(string(body))
	if len(fences) == 0 {
		t.Fatal("no example is found")
	}
	for _, f := range fences {
		e := example{where: "CONTRIBUTING.md", line: f.line, text: f.text, needs: "a work tree"}
		for _, c := range e.commands(t) {
			c.parse(t, p)
		}
	}
}

func TestTheReaderOfDocumentsFindsExamples(t *testing.T) {
	document := strings.ReplaceAll(`# Title
'''sh
ticklake up   # runs
make test
'''
<!-- needs: AWS -->

'''bash
aws s3 ls
'''
'''
plain diagram ──▶
'''
'''
ticklake insights
'''
'''json
{"not": "a shell"}
'''
`, "'''", "```")
	fences := shellFences(document)
	if len(fences) != 3 || fences[0].line != 3 || fences[0].needs != "" || fences[1].needs != "AWS" || fences[2].text != "ticklake insights\n" {
		t.Errorf("%+v", fences)
	}
	commands := example{text: fences[0].text + "ticklake query \"SELECT 1\n\" |\n cat # needs a b\n"}.commands(t)
	if len(commands) != 3 || commands[0].text != "ticklake up" || commands[0].needs != "" || commands[2].needs != "a b" {
		t.Errorf("%+v", commands)
	}
}
