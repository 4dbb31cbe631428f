package setup

import (
	"strings"
	"testing"
)

// builder is a Go that builds slowly, for a second or two, and says what it does.
const builder = `case "$1" in
list) echo "go: downloading example.org/m v1.0.0" >&2; printf '%s\n' runtime ticklake/internal/tick ticklake/cmd/ticklake ;;
build)
	echo "$*" >built
	echo runtime >&2
	echo ticklake/internal/tick >&2
	sleep 1.2
	echo ticklake/cmd/ticklake >&2
	sleep 1.2
	while [ $# -gt 0 ]; do
		[ "$1" = -o ] && { echo '#!/bin/sh' >"$2"; chmod 700 "$2"; }
		shift
	done ;;
esac
`

func TestBuildSaysThatTheFirstOneTakesMinutes(t *testing.T) {
	m := newMachine(t)
	m.stub("go", builder)
	text, code := m.run("build", "ticklake", "-X main.version=v1")
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	wants(t, text, "building; the first time takes minutes", "go: downloading example.org/m v1.0.0")
	if strings.Contains(text, "runtime") {
		t.Errorf("it names packages:\n%s", text)
	}
	if text, code = m.run("build", "ticklake"); code != 0 || text != "" {
		t.Errorf("the second time: exit code %d, it says %q", code, text)
	}
}

func TestBuildShowsProgressInPlaceOnATerminal(t *testing.T) {
	m := newMachine(t)
	m.stub("go", builder)
	text, code := m.onTerminal("build", "ticklake").Wait()
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	wants(t, text, "\r\x1b[Kticklake: building, 2 of 3 packages, 1 s\r\x1b[K", "\r\x1b[Kticklake: linking, 2 s\r\x1b[K")
	if !strings.HasSuffix(text, "\r\x1b[K") {
		t.Errorf("something stays: %q", text)
	}
}

func TestBuildPassesOnWhatGoSaysAndItsExitCode(t *testing.T) {
	m := newMachine(t)
	m.stub("go", `[ "$1" = list ] && exit; echo runtime >&2; echo "# ticklake/internal/tick" >&2; echo "internal/tick/price.go:7:2: undefined: x" >&2; exit 1`)
	text, code := m.run("build", "ticklake")
	if code != 1 {
		t.Errorf("exit code %d", code)
	}
	wants(t, text, "# ticklake/internal/tick\ninternal/tick/price.go:7:2: undefined: x\n")
}

func TestBuildEndsWhereModulesCannotBeFetched(t *testing.T) {
	m := newMachine(t)
	m.stub("go", `echo "go: connection refused" >&2; exit 1`)
	text, code := m.run("build", "ticklake")
	if code != 1 {
		t.Errorf("exit code %d", code)
	}
	wants(t, text, "go: connection refused")
}
