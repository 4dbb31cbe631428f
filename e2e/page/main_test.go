// Package page tries the page in a real browser, against the built program: the specs in internal/web/ui/e2e, run by
// Playwright. It runs the page's other tests as well, so that all are counted in one place.
package page

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"ticklake/e2e/program"
)

// ui is the page's sources.
var ui = filepath.Join("..", "..", "internal", "web", "ui")

func TestMain(m *testing.M) {
	if err := prepare(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(program.Main(m))
}

// prepare has the program with its page, where none is given, and what the page is tested with.
func prepare() error {
	if missing() != nil {
		return nil // each test says so
	}
	steps := [][]string{{"scripts/page", "modules"}}
	if os.Getenv("TICKLAKE_BIN") == "" {
		steps = append(steps, []string{"make", "build"})
		if err := os.Setenv("TICKLAKE_BIN", filepath.Join("..", "..", "bin", "ticklake")); err != nil {
			return err
		}
	}
	for _, step := range steps {
		cmd := exec.Command(step[0], step[1:]...)
		cmd.Dir = filepath.Join("..", "..")
		cmd.Stderr = os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%v: %w", step, err)
		}
	}
	return nil
}

// browser is the one that the specs run in.
func browser() (string, error) {
	name := os.Getenv("CHROMIUM")
	if name == "" {
		name = "chromium"
	}
	return exec.LookPath(name)
}

// missing is what this machine lacks.
func missing() error {
	_, node := exec.LookPath("npm")
	_, chromium := browser()
	return errors.Join(node, chromium)
}

// wanted skips a test where this machine lacks what it takes; in CI a skipped test is a failed one.
func wanted(t *testing.T) {
	t.Helper()
	if err := missing(); err != nil {
		t.Skipf("THE PAGE IS NOT TESTED: %v; hint: `make test` installs what it takes", err)
	}
}

// tool is one of the page's, run in its folder with further variables.
func tool(t *testing.T, name string, env []string, args ...string) *exec.Cmd {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(ui, "node_modules", ".bin", name))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Dir, cmd.Env = ui, append(os.Environ(), env...)
	return cmd
}
