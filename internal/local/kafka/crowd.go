package kafka

import (
	"log/slog"
	"sync"
	"time"
)

// Bounds on all connections together.
const (
	maxConnections = 512

	// shared is what answers to fetches may take: each connection gets its share of it, within these limits. Kafka, too,
	// answers with less than was asked for where its own fetch.max.bytes says so; one batch always comes.
	sharedFetch = 256 << 20
	leastFetch  = 1 << 20
	mostFetch   = 8 << 20

	// longSilent is how long a client must have asked nothing before it makes room for another. Clients connect again.
	longSilent = time.Minute

	// maxUnread is how much may have been answered and not been taken before the slowest client is cut off.
	maxUnread = 128 << 20
)

// crowd is the connections that are open.
type crowd struct {
	log     *slog.Logger
	slow    time.Duration // a client that does not take an answer for so long may be cut off
	full    seldom
	mu      sync.Mutex
	open    map[*conn]struct{}
	answers map[*conn]unread
	unread  int
}

type unread struct {
	since time.Time
	bytes int
}

func newCrowd(log *slog.Logger) *crowd {
	return &crowd{log: log, slow: time.Second, open: map[*conn]struct{}{}, answers: map[*conn]unread{}}
}

// enter takes a connection in, or refuses it. Where there are too many, it takes the place of the one that has been
// there longest without having shown that it is a client, or else of the client that has been silent longest.
func (w *crowd) enter(c *conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.open) >= maxConnections {
		w.full.tell(w.log, "too many connections: those that are no clients or have long been silent make room, then new ones are refused", "limit", maxConnections)
		worst := w.worst()
		if worst == nil {
			return false
		}
		w.cutOff(worst)
	}
	w.open[c] = struct{}{}
	return true
}

// worst is the connection that can be spared most, nil if none can; w.mu is held.
func (w *crowd) worst() *conn {
	var stranger, silent *conn
	var since time.Time
	for o := range w.open {
		if !o.proven.Load() {
			if stranger == nil || o.born.Before(stranger.born) {
				stranger = o
			}
			continue
		}
		heard := time.Unix(0, o.heard.Load())
		if time.Since(heard) > longSilent && (silent == nil || heard.Before(since)) {
			silent, since = o, heard
		}
	}
	if stranger != nil {
		return stranger
	}
	return silent
}

// cutOff ends a connection under whoever reads or writes it. w.mu is held.
func (w *crowd) cutOff(c *conn) {
	delete(w.open, c)
	_ = c.Conn.Close() // reading and writing it fails from now on
}

func (w *crowd) leave(c *conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.open, c)
}

// share is how much one answer to a fetch may have.
func (w *crowd) share() int32 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return int32(min(max(sharedFetch/max(len(w.open), 1), leastFetch), mostFetch))
}

// sending notes that an answer is on its way, until done is called. Where too much is, the client that has taken the
// longest over its own is cut off.
func (w *crowd) sending(c *conn, bytes int) (done func()) {
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers[c] = unread{now, bytes}
	w.unread += bytes
	for w.unread > maxUnread {
		var slowest *conn
		for o, u := range w.answers {
			if now.Sub(u.since) >= w.slow && (slowest == nil || u.since.Before(w.answers[slowest].since)) {
				slowest = o
			}
		}
		if slowest == nil {
			break
		}
		w.log.Debug("a client does not take its answers and is cut off", "client", slowest.RemoteAddr())
		w.sent(slowest)
		w.cutOff(slowest)
	}
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.sent(c)
	}
}

// sent forgets an answer; w.mu is held.
func (w *crowd) sent(c *conn) {
	w.unread -= w.answers[c].bytes
	delete(w.answers, c)
}

// seldom tells of what may come in floods, and how often it came since it was told before.
type seldom struct {
	mu    sync.Mutex
	told  time.Time
	since int
}

// seldomEvery is how much time lies between.
const seldomEvery = 10 * time.Second

func (s *seldom) tell(log *slog.Logger, message string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.since++
	if time.Since(s.told) < seldomEvery {
		return
	}
	log.Warn(message, append(args, "times", s.since)...)
	s.told, s.since = time.Now(), 0
}
