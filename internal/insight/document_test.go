package insight_test

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"ticklake/internal/insight"
)

var update = flag.Bool("update", false, "rewrite docs/insights.md")

// TestDocumentSaysWhatTheHeadsSay holds docs/insights.md against the SQL files: run it with -update to write it.
func TestDocumentSaysWhatTheHeadsSay(t *testing.T) {
	const file = "../../docs/insights.md"
	head, err := os.ReadFile("testdata/insights-head.md")
	if err != nil {
		t.Fatal(err)
	}
	want := bytes.NewBuffer(head)
	if err := insight.WriteDocument(want); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(got, want.Bytes()) {
		t.Errorf("docs/insights.md is out of date (%v); run: go test ./internal/insight -run TestDocument -update", err)
	}
}
