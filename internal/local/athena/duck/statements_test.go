package duck

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ticklake/internal/local/athena/trino"
)

var update = flag.Bool("update", false, "write the answers into testdata/*.txt: read the difference before believing it")

// TestStatementsAnswerAsAthenaDoes runs testdata/*.txt. A statement follows "> "; its columns ": "; then a line
// a row, "∅" being NULL and "|" between columns; or "! " and the name of its error.
func TestStatementsAnswerAsAthenaDoes(t *testing.T) { answerStatements(t, fixture(t)) }

func TestStatementsAnswerAsAthenaDoesInWorkers(t *testing.T) {
	answerStatements(t, fixtureOn(t, Config{Worker: inWorkers}))
}

func answerStatements(t *testing.T, l *lake) {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no statements", err)
	}
	n := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, block := range strings.Split(strings.TrimSpace(string(data)), "\n\n") {
			head, want := splitBlock(block)
			if head == "" {
				out = append(out, block)
				continue
			}
			n++
			got := l.answerText(statementOf(head))
			if !*update && got != want {
				t.Errorf("%s: %s\n%s", file, head, cmp.Diff(want, got))
			}
			out = append(out, head+"\n"+got)
		}
		if *update {
			if err := os.WriteFile(file, []byte(strings.Join(out, "\n\n")+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n < 200 {
		t.Errorf("only %d statements", n)
	}
}

// splitBlock parts a statement ("> " lines, with comments before it) from its answer.
func splitBlock(block string) (head, want string) {
	var hs, ws []string
	for line := range strings.SplitSeq(block, "\n") {
		if len(ws) == 0 && (strings.HasPrefix(line, "> ") || strings.HasPrefix(line, "# ")) {
			hs = append(hs, line)
		} else {
			ws = append(ws, line)
		}
	}
	if statementOf(strings.Join(hs, "\n")) == "" {
		return "", ""
	}
	return strings.Join(hs, "\n"), strings.Join(ws, "\n")
}

func statementOf(head string) string {
	var lines []string
	for line := range strings.SplitSeq(head, "\n") {
		if s, ok := strings.CutPrefix(line, "> "); ok {
			lines = append(lines, s)
		}
	}
	return strings.Join(lines, "\n")
}

// answerText is an answer in the form of the statement files.
func (l *lake) answerText(sql string) string {
	a, err := l.query(sql)
	if err != nil {
		return "! " + errorName(err)
	}
	cols := make([]string, len(a.columns))
	for i, c := range a.columns {
		cols[i] = c.Name + " " + c.Type.String()
	}
	out := []string{": " + strings.Join(cols, ", ")}
	for _, row := range a.rows {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = "∅"
			if c != nil {
				cells[i] = *c
			}
		}
		out = append(out, strings.Join(cells, "|"))
	}
	return strings.Join(out, "\n")
}

func TestEachFunctionDoesWhatItsExamplesSay(t *testing.T) {
	l := newLake(t)
	for _, f := range trino.Functions() {
		for _, ex := range f.Examples {
			a, err := l.query("SELECT " + ex.SQL)
			if err != nil {
				t.Errorf("%s: %v", ex.SQL, err)
				continue
			}
			got := ""
			if c := a.rows[0][0]; c != nil {
				got = *c
			}
			if got != ex.Want {
				t.Errorf("%s = %q, want %q", ex.SQL, got, ex.Want)
			}
		}
	}
}

// TestEveryLoweringIsThere holds the table of functions and the rules of this package together.
func TestEveryLoweringIsThere(t *testing.T) {
	rules := newRules()
	aggregates := map[string]bool{"min_by": true, "max_by": true, "avg_decimal": true, "percentile": true, "shift": true, "ntile": true, "nth": true, "map_agg": true}
	used := make(map[string]bool)
	for _, f := range trino.Functions() {
		for _, s := range f.Signatures {
			name, ok := strings.CutPrefix(s.Lower, "@")
			if !ok {
				continue
			}
			used[name] = true
			if rules[name] == nil && !aggregates[name] {
				t.Errorf("%s%s has the rule %q, which is not there", f.Name, s.Text, name)
			}
		}
	}
	for name := range rules {
		if !used[name] {
			t.Errorf("no function has the rule %q", name)
		}
	}
}
