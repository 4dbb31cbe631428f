package pipeline

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"

	"ticklake/internal/awsclient"
	"ticklake/internal/stream"
)

// quiet lets a warning or an error through once a minute, and none of a service that does not answer: of that the contacts tell, once
// for all parts. The rest goes to the log as information.
type quiet struct {
	slog.Handler
	said *said
}

// said is when a warning was last let through.
type said struct {
	mu sync.Mutex
	at map[string]time.Time
}

const (
	saidAgain = time.Minute
	maxSaid   = 1000
)

// Quietly is a log that says the same warning or error once a minute, as those of the parts do; see quiet.
func Quietly(log *slog.Logger) *slog.Logger { return newQuiet(log) }

// quietly is newQuiet of a log that may be nil.
func quietly(log *slog.Logger) *slog.Logger {
	if log == nil {
		return nil
	}
	return newQuiet(log)
}

func newQuiet(log *slog.Logger) *slog.Logger {
	return slog.New(&quiet{log.Handler(), &said{at: make(map[string]time.Time)}})
}

// Handle implements slog.Handler.
func (q *quiet) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelWarn && (aboutContact(r) || !q.said.first(r)) {
		r.Level = slog.LevelInfo
		if !q.Enabled(ctx, r.Level) {
			return nil
		}
	}
	return q.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (q *quiet) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &quiet{q.Handler.WithAttrs(attrs), q.said}
}

// WithGroup implements slog.Handler.
func (q *quiet) WithGroup(name string) slog.Handler { return &quiet{q.Handler.WithGroup(name), q.said} }

func aboutContact(r slog.Record) (is bool) {
	r.Attrs(func(a slog.Attr) bool {
		err, ok := a.Value.Any().(error)
		if ok && errors.As(err, new(*kerr.Error)) {
			return false // it answers, and refuses
		}
		is = ok && (errors.As(err, new(*awsclient.Error)) || errors.As(err, new(*stream.Error)) || errors.Is(err, stream.ErrUnanswered))
		return !is
	})
	return is
}

// first says whether a warning has not been let through of late. Its error is part of it, its figures are not.
func (s *said) first(r slog.Record) bool {
	key := r.Message
	r.Attrs(func(a slog.Attr) bool {
		if err, ok := a.Value.Any().(error); ok {
			key += "\x00" + err.Error()
		}
		return true
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, ok := s.at[key]; ok && r.Time.Sub(at) < saidAgain {
		return false
	}
	if len(s.at) >= maxSaid {
		clear(s.at)
	}
	s.at[key] = r.Time
	return true
}
