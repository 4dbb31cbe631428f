// Package setup tries the scripts under a Makefile's targets on machines that lack things: each is a PATH of stubs.
package setup

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ticklake/e2e/program"
)

// machine is a folder with a copy of the scripts, and a PATH that has nothing but stubs and the shell's own tools.
type machine struct {
	t    *testing.T
	root string // of the copied tree
	bin  string
	env  []string
}

// tools are those that every machine has: of the shell, the core utilities, awk and sed.
var tools = []string{
	"bash", "env", "awk", "sed", "grep", "sort", "head", "wc", "cat", "dirname", "readlink", "mktemp", "rm", "sleep", "du", "uname", "mkdir", "touch",
	"chmod", "flock",
}

// scripts are those that are tried.
var scripts = []string{"need", "build", "reset"}

func newMachine(t *testing.T) *machine {
	t.Helper()
	dir := t.TempDir()
	m := &machine{t: t, root: filepath.Join(dir, "tree"), bin: filepath.Join(dir, "bin")}
	m.env = []string{"PATH=" + m.bin, "HOME=" + dir, "TMPDIR=" + dir, "SSL_CERT_FILE=/dev/null"}
	for _, name := range []string{filepath.Join(m.root, "scripts"), m.bin} {
		if err := os.MkdirAll(name, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range tools {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(m.bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range scripts {
		body, err := os.ReadFile(filepath.Join("..", "..", "scripts", name))
		if err != nil {
			t.Fatal(err)
		}
		m.file("tree/scripts/"+name, string(body), 0o700)
	}
	m.file("tree/go.mod", "module ticklake\n\ngo 1.26.0\n", 0o600)
	m.stub("id", "echo 1000")
	return m
}

// file writes a file, by its path beside bin and tree.
func (m *machine) file(name, body string, mode os.FileMode) {
	m.t.Helper()
	path := m.dir(filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(body), mode); err != nil {
		m.t.Fatal(err)
	}
}

// stub is a program of this machine that does what a piece of shell says.
func (m *machine) stub(name, body string) {
	m.t.Helper()
	m.file("bin/"+name, shebang+body, 0o700)
}

const shebang = "#!/usr/bin/env bash\n"

// golang says what a Go of a version does, as far as the scripts ask it. Where it may not fetch another version, toolchain is local.
func golang(version, toolchain string) string {
	return `case "$1 ${2:-}" in
"env GOVERSION") echo go` + version + ` ;;
"env GOTOOLCHAIN") echo ` + toolchain + ` ;;
"env CC") echo "${CC:-gcc}" ;;
"env CXX") echo "${CXX:-g++}" ;;
"env "*) echo /nowhere ;;
"list -m") echo ticklake ;;
*) echo "go $*" >&2; exit 9 ;;
esac
`
}

// gcc says what one of a version does.
func gcc(version string) string {
	return `case "$1" in
--version) echo "gcc ` + version + `"; echo "Copyright (C) 2022 Free Software Foundation, Inc." ;;
-dumpfullversion) echo ` + version + ` ;;
esac
`
}

// node says what one of a version does.
func node(version string) string { return "echo " + version }

func java(version string) string { return `echo 'openjdk version "` + version + `" 2025-04-15' >&2` }

// python says what one does that has venv, or lacks it (1).
func python(version string, venv int) string {
	return fmt.Sprintf(`case "$2" in
*platform*) echo %s ;;
*) exit %d ;;
esac
`, version, venv)
}

// apt makes the machine a Debian whose package of Go has a version. What is installed comes in as stubs; what apt-get is asked
// goes into a file.
func (m *machine) apt(policy string) {
	m.t.Helper()
	m.stub("apt-cache", "[ \"$2\" = golang-go ] || exit 0\ncat <<'END'\n"+policy+"END\n")
	m.file("ready/golang-go/go", shebang+golang("1.26.0", "auto"), 0o700)
	m.file("ready/nodejs/node", shebang+node("20.19.2"), 0o700)
	m.file("ready/npm/npm", shebang, 0o700)
	m.file("ready/gcc/gcc", shebang+gcc("12.2.0"), 0o700)
	m.file("ready/g++/g++", shebang+gcc("12.2.0"), 0o700)
	m.stub("apt-get", `echo "apt-get $*" >>`+m.dir("asked")+`
[ "$1" = install ] || exit 0
for package in "$@"; do
	for file in `+m.dir("ready")+`/$package/*; do
		[ ! -f "$file" ] || cat "$file" >"`+m.bin+`/${file##*/}"
		[ ! -f "$file" ] || chmod 700 "`+m.bin+`/${file##*/}"
	done
done
`)
}

// dir is a path beside bin and tree.
func (m *machine) dir(name string) string { return filepath.Join(filepath.Dir(m.root), name) }

func (m *machine) remove(names ...string) {
	m.t.Helper()
	for _, name := range names {
		if err := os.Remove(filepath.Join(m.bin, name)); err != nil {
			m.t.Fatal(err)
		}
	}
}

// asked is what apt-get was asked to do, a line each.
func (m *machine) asked() string {
	body, err := os.ReadFile(m.dir("asked"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		m.t.Fatal(err)
	}
	return string(body)
}

// run runs a script, and returns what it printed, stdout and stderr in one, and its exit code.
func (m *machine) run(name string, args ...string) (text string, code int) {
	m.t.Helper()
	cmd := m.command(name, args...)
	late := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	out, err := cmd.CombinedOutput()
	if err != nil && !errors.As(err, new(*exec.ExitError)) {
		m.t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

func (m *machine) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(m.root, "scripts", name), args...)
	cmd.Dir, cmd.Env = m.root, m.env
	return cmd
}

// onTerminal starts a script on a terminal.
func (m *machine) onTerminal(name string, args ...string) *program.Terminal {
	m.t.Helper()
	return (&program.Place{T: m.t, Dir: m.root}).OnTerminal(80, 24, m.command(name, args...))
}

// wants fails the test where a text lacks one of some parts.
func wants(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in:\n%s", part, text)
		}
	}
}
