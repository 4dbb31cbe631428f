package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
)

// warnings writes what a person should know as the program's other messages are written: in a line, with what it is about
// in parentheses and the reason at its end. With --verbose there is a log in its place.
type warnings struct {
	mu    *sync.Mutex
	to    io.Writer
	attrs []slog.Attr
}

func newWarnings(to io.Writer) *warnings { return &warnings{mu: new(sync.Mutex), to: to} }

// Enabled implements slog.Handler.
func (w *warnings) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

// Handle implements slog.Handler.
func (w *warnings) Handle(_ context.Context, r slog.Record) error {
	var about []string
	reason := ""
	add := func(a slog.Attr) bool {
		if err, ok := a.Value.Any().(error); ok {
			reason = ": " + strings.ReplaceAll(err.Error(), "\n", " ")
			return true
		}
		if a.Value.String() != "" {
			about = append(about, a.Key+" "+a.Value.String())
		}
		return true
	}
	for _, a := range w.attrs {
		add(a)
	}
	r.Attrs(add)
	line := "ticklake: " + r.Message
	if len(about) > 0 {
		line += " (" + strings.Join(about, ", ") + ")"
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	_, err := fmt.Fprintln(w.to, plain(line+reason))
	return err
}

// WithAttrs implements slog.Handler.
func (w *warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &warnings{w.mu, w.to, append(w.attrs[:len(w.attrs):len(w.attrs)], attrs...)}
}

// WithGroup implements slog.Handler; names of groups say nothing to a person.
func (w *warnings) WithGroup(string) slog.Handler { return w }
