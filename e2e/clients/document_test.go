package clients

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fence is an example of a document.
type fence struct {
	language, text string
	line           int
}

// fences are the examples of docs/clients.md that are in a language that can be run.
func fences(t *testing.T) (all []fence) {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("..", "..", "docs", "clients.md"))
	if err != nil {
		t.Fatal(err)
	}
	var open *fence
	for i, line := range strings.Split(string(body), "\n") {
		language, isFence := strings.CutPrefix(line, "```")
		switch {
		case isFence && open == nil:
			open = &fence{language: language, line: i + 1}
		case isFence:
			all = append(all, *open)
			open = nil
		case open != nil:
			open.text += line + "\n"
		}
	}
	return all
}

// document runs every example of docs/clients.md as it is printed.
func (l *lake) document(t *testing.T) {
	tools := filepath.Join(l.Dir, "tools")
	if err := os.Mkdir(tools, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(l.Command().Path, filepath.Join(tools, "ticklake")); err != nil {
		t.Fatal(err)
	}
	ran := make(map[string]int)
	for _, f := range fences(t) {
		name := map[string]string{"sh": "example.sh", "python": "example.py"}[f.language]
		if name == "" {
			t.Errorf("line %d: an example in %q", f.line, f.language)
			continue
		}
		ran[f.language]++
		l.Write(name, f.text)
		cmd := exec.Command(l.python, name)
		if f.language == "sh" {
			cmd = exec.Command("/bin/sh", "-e", name)
		}
		cmd.Dir, cmd.Env = l.Dir, append(l.env, "PATH="+tools+":"+filepath.Dir(l.python)+":"+os.Getenv("PATH"))
		late := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
		out, err := cmd.CombinedOutput()
		late.Stop()
		if err != nil {
			t.Errorf("line %d: %v\n%s", f.line, err, out)
		}
	}
	if ran["sh"] < 2 || ran["python"] < 4 {
		t.Errorf("only %v have run", ran)
	}
}
