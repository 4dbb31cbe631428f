package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestZshScriptDoesInABareZsh holds that completion is started before the script registers with it.
func TestZshScriptDoesInABareZsh(t *testing.T) {
	var out bytes.Buffer
	if err := writeZshCompletion(&out, newRoot(new(app))); err != nil {
		t.Fatal(err)
	}
	if want := "#compdef ticklake\n" + ownCompinit + "compdef _ticklake ticklake\n"; !strings.HasPrefix(out.String(), want) {
		t.Errorf("it begins with\n%.300s", &out)
	}
}
