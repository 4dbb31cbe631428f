package docs

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ticklake/e2e/program"
)

var (
	documentedJSON = regexp.MustCompile("(?ms)^### `(ticklake [^`]*)`\n(?:(.*?)\n)?```json\n(.*?)\n```$")
	leftOut        = regexp.MustCompile(`(?s)UTC, sizes bytes\. (.*?) are left out`)
	quotedName     = regexp.MustCompile("`([a-z_]+)`")
)

// jsonIsAsDocumented holds the JSON of every command in docs/commands.md against what is printed: the same fields, of the
// same types.
func jsonIsAsDocumented(t *testing.T, s *shared) {
	body, err := os.ReadFile(filepath.Join(root, "docs", "commands.md"))
	if err != nil {
		t.Fatal(err)
	}
	m := leftOut.FindStringSubmatch(string(body))
	if m == nil {
		t.Fatal("it is not found which fields may be left out")
	}
	optional := make(map[string]bool)
	for _, name := range quotedName.FindAllStringSubmatch(m[1], -1) {
		optional[name[1]] = true
	}
	documented := documentedJSON.FindAllStringSubmatch(string(body), -1)
	if want := strings.Count(string(body), "```json\n"); len(documented) != want || want == 0 {
		t.Errorf("%d of %d blocks of JSON stand under a command", len(documented), want)
	}
	for _, d := range documented {
		t.Run(d[1], func(t *testing.T) {
			dir := newDirectory(t)
			if err := os.Symlink(filepath.Join(s.place.Dir, "data"), filepath.Join(dir.place.Dir, "data")); err != nil {
				t.Fatal(err)
			}
			code, out := dir.place.Shell(d[1] + " --output json 2>/dev/null")
			var want, got any
			if err := json.Unmarshal([]byte(d[3]), &want); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(out), &got); err != nil || code != 0 {
				t.Fatalf("exit code %d, %v\n%s", code, err, out)
			}
			for _, difference := range compare("", want, got, optional) {
				t.Error(difference)
			}
		})
	}
}

// compare says where got has not the shape of want. A list is compared by all of its elements, null fits all.
func compare(at string, want, got any, optional map[string]bool) (differences []string) {
	if want == nil || got == nil {
		return nil
	}
	switch want := want.(type) {
	case map[string]any:
		got, ok := got.(map[string]any)
		if !ok {
			return []string{at + " is no object"}
		}
		if at == ".values" { // names of parameters
			return nil
		}
		for _, name := range slices.Sorted(maps.Keys(want)) {
			value, there := got[name]
			if !there && !optional[name] {
				differences = append(differences, fmt.Sprintf("%s.%s is documented, and is not printed", at, name))
			}
			differences = append(differences, compare(at+"."+name, want[name], value, optional)...)
		}
		for _, name := range slices.Sorted(maps.Keys(got)) {
			if _, there := want[name]; !there {
				differences = append(differences, fmt.Sprintf("%s.%s is printed, and is not documented", at, name))
			}
		}
	case []any:
		got, ok := got.([]any)
		if !ok {
			return []string{at + " is no list"}
		}
		for i := range got {
			if len(want) > 0 {
				differences = append(differences, compare(at+"[]", want[0], got[i], optional)...)
			}
		}
	default:
		if fmt.Sprintf("%T", want) != fmt.Sprintf("%T", got) {
			differences = append(differences, fmt.Sprintf("%s is %T, not %T", at, got, want))
		}
	}
	return differences
}

// exitCodesAreAsDocumented holds the document's table against the program's.
func exitCodesAreAsDocumented(t *testing.T, p *program.Place) {
	body, err := os.ReadFile(filepath.Join(root, "docs", "commands.md"))
	if err != nil {
		t.Fatal(err)
	}
	var codes []struct {
		Code    int
		Meaning string
	}
	if err := json.Unmarshal([]byte(p.OK("exit-codes", "--output", "json")), &codes); err != nil {
		t.Fatal(err)
	}
	for _, c := range codes {
		if line := fmt.Sprintf("\n| %d | %s |\n", c.Code, c.Meaning); !strings.Contains(string(body), line) {
			t.Errorf("docs/commands.md lacks %s", line)
		}
	}
}
