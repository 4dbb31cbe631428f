package trino

import (
	"bytes"
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "rewrite docs/sql.md")

// TestDocumentSaysWhatIsAnswered holds docs/sql.md against the table of functions: run it with -update to write it.
func TestDocumentSaysWhatIsAnswered(t *testing.T) {
	const file = "../../../../docs/sql.md"
	head, err := os.ReadFile("testdata/sql-head.md")
	if err != nil {
		t.Fatal(err)
	}
	want := bytes.NewBuffer(head)
	if err := WriteFunctions(want); err != nil {
		t.Fatal(err)
	}
	if err := WriteRefused(want); err != nil {
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
		t.Errorf("docs/sql.md is out of date (%v); run: go test ./internal/local/athena/trino -run TestDocument -update", err)
	}
}
