package main

import (
	"io"
	"os"
	"sync"

	"golang.org/x/term"
)

// screen is standard output or standard error: a terminal, or not. A line of progress on one makes room for what is
// written to either.
type screen struct {
	w      io.Writer
	file   *os.File // nil where it is no terminal
	colour bool
	line   *passingLine
}

// passingLine is a line at the terminal's end that is wiped before anything else is written there.
type passingLine struct {
	mu   sync.Mutex
	wipe func() // nil while nothing stands there
}

// newScreens are a process's standard output and standard error. A dumb terminal is none.
func newScreens(stdout, stderr io.Writer, lookup func(string) (string, bool)) (out, err *screen) {
	line := new(passingLine)
	kind, _ := lookup("TERM")
	plain, _ := lookup("NO_COLOR") // https://no-color.org: set, and not empty
	open := func(w io.Writer) *screen {
		s := &screen{w: w, line: line}
		if f, ok := w.(*os.File); ok && kind != "" && kind != "dumb" && term.IsTerminal(int(f.Fd())) {
			s.file, s.colour = f, plain == ""
		}
		return s
	}
	return open(stdout), open(stderr)
}

// screenOf is w as a screen; what was never one is no terminal.
func screenOf(w io.Writer) *screen {
	if s, ok := w.(*screen); ok {
		return s
	}
	return &screen{w: w, line: new(passingLine)}
}

// Write implements io.Writer.
func (s *screen) Write(p []byte) (int, error) {
	s.line.mu.Lock()
	defer s.line.mu.Unlock()
	if s.file != nil && s.line.wipe != nil {
		s.line.wipe()
		s.line.wipe = nil
	}
	return s.w.Write(p)
}

// terminal says whether a person looks at it.
func (s *screen) terminal() bool { return s.file != nil }

// size is the terminal's, in columns and lines; 0 where it is none, or does not say.
func (s *screen) size() (columns, lines int) {
	if s.file == nil {
		return 0, 0
	}
	columns, lines, err := term.GetSize(int(s.file.Fd()))
	if err != nil {
		return 0, 0
	}
	return columns, lines
}

// style is how a word stands out, by ECMA-48's codes.
type style string

const (
	dim  style = "2"
	bold style = "1"
	red  style = "31"
)

// in is a word in a style, where the screen has any.
func (s *screen) in(how style, word string) string {
	if !s.colour || word == "" || how == "" {
		return word
	}
	return "\x1b[" + string(how) + "m" + word + "\x1b[0m"
}
