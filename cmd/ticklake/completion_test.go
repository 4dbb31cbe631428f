package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestZshScriptDoesInABareZsh holds that completion is started before the script registers with it.
func TestZshScriptDoesInABareZsh(t *testing.T) {
	var out, errOut bytes.Buffer
	if code := run([]string{"completion", "zsh"}, strings.NewReader(""), &out, &errOut); code != exitOK {
		t.Fatalf("exit code %d: %s", code, &errOut)
	}
	if want := "#compdef ticklake\n" + ownCompinit + "compdef _ticklake ticklake\n"; !strings.HasPrefix(out.String(), want) {
		t.Errorf("it begins with\n%.300s", &out)
	}
}
