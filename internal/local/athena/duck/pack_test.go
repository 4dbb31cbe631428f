package duck

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ticklake/internal/local/athena/trino"
)

var (
	packDir     = flag.String("trino-pack-dir", "", "a folder with statements and a real Trino's answers; see TestTrinoPack")
	packVerbose = flag.Bool("trino-pack-verbose", false, "print each statement that is not right")
)

// packCase is a statement of the pack and what a Trino answered.
type packCase struct {
	ID, Group, SQL string
	Columns        []struct{ Name, Type string }
	Rows           [][]*string
	Error          *struct{ Name, Message string }
}

// verdicts of a statement, in the order in which they are printed.
var verdicts = []string{"right", "refused", "wrong error name", "SILENTLY DIFFERENT"}

// TestTrinoPack runs the statements of a pack (setup as its README says) and counts how the answers compare. Any
// that differs without saying so fails.
func TestTrinoPack(t *testing.T) {
	if *packDir == "" {
		t.Log("no pack: -trino-pack-dir names a folder with dev.jsonl, types.json, ticks.csv, nested.jsonl, nested_small.csv")
		return
	}
	l := packLake(t)
	f, err := os.Open(filepath.Join(*packDir, "dev.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	count := make(map[string]map[string]int)
	var groups []string
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 16<<20)
	for sc.Scan() {
		var c packCase
		if err := json.Unmarshal(sc.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		verdict, detail := judgePack(l, c)
		if count[c.Group] == nil {
			count[c.Group] = make(map[string]int)
			groups = append(groups, c.Group)
		}
		count[c.Group][verdict]++
		count[c.Group]["all"]++
		if verdict == verdicts[3] {
			t.Errorf("%s: silently different\n  %s\n  %s", c.ID, c.SQL, detail)
		} else if verdict != verdicts[0] && *packVerbose {
			t.Logf("%s: %s\n  %s\n  %s", c.ID, verdict, c.SQL, detail)
		}
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	total := make(map[string]int)
	fmt.Printf("%-20s %5s %6s %8s %12s %7s\n", "group", "all", "right", "refused", "wrong error", "silent")
	line := func(name string, n map[string]int) {
		fmt.Printf("%-20s %5d %6d %8d %12d %7d\n", name, n["all"], n[verdicts[0]], n[verdicts[1]], n[verdicts[2]], n[verdicts[3]])
	}
	for _, g := range groups {
		line(g, count[g])
		for k, v := range count[g] {
			total[k] += v
		}
	}
	line("total", total)
}

func packLake(t *testing.T) *lake {
	l := newLake(t)
	types := map[string]string{
		"ticks":        "id int, ts timestamp, symbol string, price decimal(18,9), volume bigint, open decimal(18,9), venue string, d date, flag boolean, x double, i int, r float",
		"nested":       "id int, tags array<string>, m map<string,bigint>, arr array<bigint>",
		"nested_small": "id int, s string",
	}
	csv := map[string]string{"field.delim": ",", "skip.header.line.count": "1"}
	l.table("ticks", types["ticks"], trino.FormatDelimited, csv)
	l.table("nested", types["nested"], trino.FormatJSON, nil)
	l.table("nested_small", types["nested_small"], trino.FormatDelimited, csv)
	for _, name := range []string{"ticks.csv", "nested.jsonl", "nested_small.csv"} {
		data, err := os.ReadFile(filepath.Join(*packDir, name))
		if err != nil {
			t.Fatal(err)
		}
		l.write(strings.SplitN(name, ".", 2)[0]+"/"+name, data)
	}
	return l
}

// judgePack compares one answer with Trino's.
func judgePack(l *lake, c packCase) (verdict, detail string) {
	got, err := l.query(c.SQL)
	if err != nil {
		name := errorName(err)
		switch {
		case c.Error != nil && c.Error.Name == name:
			return verdicts[0], ""
		case name == trino.NotSupported:
			return verdicts[1], err.Error()
		}
		want := "an answer"
		if c.Error != nil {
			want = c.Error.Name
		}
		return verdicts[2], fmt.Sprintf("got %v, want %s", err, want)
	}
	if c.Error != nil {
		return verdicts[3], fmt.Sprintf("got %s, want the error %s: %s", show(got.rows), c.Error.Name, c.Error.Message)
	}
	plain := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, " ", "")) }
	var types, want []string
	for _, x := range got.columns {
		types = append(types, x.Name+" "+plain(x.Type.String()))
	}
	for _, x := range c.Columns {
		want = append(want, x.Name+" "+plain(x.Type))
	}
	if !slices.Equal(types, want) {
		return verdicts[3], fmt.Sprintf("columns %v, want %v", types, want)
	}
	a, b := lines(got.rows), lines(c.Rows)
	if !slices.Equal(a, b) && !ordered(c.SQL) {
		slices.Sort(a)
		slices.Sort(b)
	}
	if !slices.Equal(a, b) {
		return verdicts[3], fmt.Sprintf("rows %s, want %s", show(got.rows), show(c.Rows))
	}
	return verdicts[0], ""
}

// ordered says whether a statement has an ORDER BY outside of parentheses.
func ordered(sql string) bool {
	depth := 0
	for i := range sql {
		switch sql[i] {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth == 0 && strings.HasPrefix(strings.ToUpper(sql[i:]), "ORDER BY") {
			return true
		}
	}
	return false
}

func lines(rows [][]*string) []string {
	out := make([]string, len(rows))
	for i, row := range rows {
		var parts []string
		for _, c := range row {
			if c == nil {
				parts = append(parts, "NULL")
			} else {
				parts = append(parts, fmt.Sprintf("%q", *c))
			}
		}
		out[i] = strings.Join(parts, ", ")
	}
	return out
}

func show(rows [][]*string) string {
	s := fmt.Sprint(lines(rows))
	if len(s) > 600 {
		s = s[:600] + "…"
	}
	return s
}
