package ticklake_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// layers are the parts of the code from the ground up. A part imports what lies in lower layers, and its own packages.
// docs/architecture.md draws them, and .golangci.yml has them for editors.
func layers() [][]string {
	return [][]string{
		{"internal/tick", "internal/awsclient", "internal/httpd"},
		{"internal/stream", "internal/objects", "internal/catalog", "internal/query", "internal/lake"},
		{"internal/feed", "internal/sink", "internal/crawl", "internal/insight", "internal/verify"},
		{"internal/pipeline", "internal/web", "internal/local"},
		{"cmd", "e2e"},
	}
}

// forLocal are the parts that the servers on one machine may use: the lake and what stands in it. Of the pipeline that
// they serve they know nothing else.
func forLocal() []string {
	return []string{"internal/tick", "internal/httpd", "internal/lake", "internal/objects", "internal/catalog", "internal/crawl"}
}

func TestImportsPointOneWay(t *testing.T) {
	noticeChanges(t)
	for _, p := range listPackages(t) {
		for _, imported := range p.Imports {
			if wrong := judge(p.ImportPath, imported); wrong != "" {
				t.Error(wrong)
			}
		}
		if part, _ := place(p.ImportPath); part != "internal/tick" {
			continue // tests may use what they like
		}
		for _, imported := range slices.Concat(p.TestImports, p.XTestImports) {
			if wrong := judge(p.ImportPath, imported); wrong != "" {
				t.Errorf("a test: %s", wrong)
			}
		}
	}
}

func TestAnImportThatPointsUpwardsIsNamed(t *testing.T) {
	for _, test := range []struct{ name, from, to, want string }{
		{name: "down", from: "internal/sink", to: "internal/lake"},
		{name: "down by several layers", from: "cmd/ticklake", to: "internal/tick"},
		{name: "within a part", from: "internal/local/athena/engine", to: "internal/local/athena/duck"},
		{
			name: "up", from: "internal/lake", to: "internal/verify",
			want: "internal/lake imports internal/verify, which lies above it: an import points to a lower layer (docs/architecture.md)",
		},
		{
			name: "sideways", from: "internal/feed/market", to: "internal/sink",
			want: "internal/feed/market imports internal/sink, which lies beside it: an import points to a lower layer (docs/architecture.md)",
		},
		{
			name: "the pipeline and the servers", from: "internal/pipeline", to: "internal/local/kafka",
			want: "internal/pipeline imports internal/local/kafka, which lies beside it: an import points to a lower layer (docs/architecture.md)",
		},
		{
			name: "the servers and the pipeline", from: "internal/local/s3", to: "internal/sink",
			want: "internal/local/s3 imports internal/sink: the servers may use tick, lake, objects, catalog and crawl, and know nothing else of the pipeline",
		},
		{
			name: "a part of a similar name", from: "internal/lakehouse", to: "internal/tick",
			want: "internal/lakehouse is in no layer: give it one in imports_test.go, .golangci.yml and docs/architecture.md",
		},
		{
			name: "to a part without a layer", from: "cmd/ticklake", to: "internal/util",
			want: "internal/util is in no layer: give it one in imports_test.go, .golangci.yml and docs/architecture.md",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, judge("ticklake/"+test.from, "ticklake/"+test.to)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// judge says in a sentence what is wrong with an import, or nothing.
func judge(from, to string) string {
	if to != "ticklake" && !strings.HasPrefix(to, "ticklake/") || from == to {
		return ""
	}
	part, height := place(from)
	lower, depth := place(to)
	from, to = strings.TrimPrefix(from, "ticklake/"), strings.TrimPrefix(to, "ticklake/")
	const noLayer = " is in no layer: give it one in imports_test.go, .golangci.yml and docs/architecture.md"
	const down = ": an import points to a lower layer (docs/architecture.md)"
	switch {
	case height < 0:
		return from + noLayer
	case depth < 0:
		return to + noLayer
	case part == lower:
		return ""
	case depth > height:
		return fmt.Sprintf("%s imports %s, which lies above it%s", from, to, down)
	case depth == height:
		return fmt.Sprintf("%s imports %s, which lies beside it%s", from, to, down)
	case part == "internal/local" && !slices.Contains(forLocal(), lower):
		return fmt.Sprintf("%s imports %s: the servers may use tick, lake, objects, catalog and crawl, and know nothing else of the pipeline", from, to)
	}
	return ""
}

// place finds a package's part and how high its layer lies; -1 if it has none.
func place(path string) (part string, height int) {
	path = strings.TrimPrefix(path, "ticklake/")
	for height, parts := range layers() {
		for _, part := range parts {
			if path == part || strings.HasPrefix(path, part+"/") {
				return part, height
			}
		}
	}
	return "", -1
}

// listed is what `go list -json` says of a package; with -e also where imports go round, which the compiler refuses.
type listed struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

func listPackages(t *testing.T) []listed {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	var complaint bytes.Buffer
	list.Stderr = &complaint
	out, err := list.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", list, err, &complaint)
	}
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("read what %s says: %v", list, err)
		}
		all = append(all, p)
	}
	if len(all) < 2 {
		t.Fatalf("%s found %d packages", list, len(all))
	}
	return all
}

// noticeChanges reads every folder of code. A test's result is cached until a file changes that the test itself has
// opened; what go list reads does not count.
func noticeChanges(t *testing.T) {
	t.Helper()
	for _, root := range []string{"cmd", "internal", "e2e"} {
		err := filepath.WalkDir(root, func(_ string, _ fs.DirEntry, err error) error { return err })
		if err != nil {
			t.Fatalf("look for changes: %v", err)
		}
	}
}
