package httpd

import (
	"container/list"
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// listener keeps a bounded number of connections open. One that comes when there are so many takes the place of the one
// that has waited longest, for a request or for the rest of its header; where all are being answered, it waits.
type listener struct {
	net.Listener
	name  string
	bound int
	log   *slog.Logger

	mu      sync.Mutex
	room    *sync.Cond
	closed  bool
	open    int
	waiting *list.List // of *conn, the longest first
	told    time.Time  // when the log last heard of the bound
}

// tellEvery bounds what a flood of connections writes into the log.
const tellEvery = time.Minute

func newListener(l net.Listener, name string, bound int, logger *slog.Logger) *listener {
	b := &listener{Listener: l, name: name, bound: bound, log: logger, waiting: list.New()}
	b.room = sync.NewCond(&b.mu)
	return b
}

// conn is an open connection. Its fields are under the listener's lock.
type conn struct {
	net.Conn
	from  *listener
	place *list.Element // among those that wait, nil while it is answered
	gone  bool
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	admitted := l.admit(c)
	if admitted == nil {
		_ = c.Close() // nobody has heard of it yet
		return nil, net.ErrClosed
	}
	return admitted, nil
}

// admit finds room for a connection. It returns nil if the listener has been closed meanwhile.
func (l *listener) admit(c net.Conn) *conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.open >= l.bound && !l.closed {
		l.tell()
		longest := l.waiting.Front()
		if longest == nil {
			l.room.Wait()
			continue
		}
		victim := longest.Value.(*conn)
		l.leave(victim)
		_ = victim.Conn.Close() // its server closes it again
	}
	if l.closed {
		return nil
	}
	l.open++
	admitted := &conn{Conn: c, from: l}
	admitted.place = l.waiting.PushBack(admitted)
	return admitted
}

func (l *listener) tell() {
	if now := time.Now(); now.Sub(l.told) >= tellEvery {
		l.told = now
		l.log.Warn("connections are at their bound; the longest idle makes room for each new one", "server", l.name, "bound", l.bound)
	}
}

// leave counts a connection as gone, once.
func (l *listener) leave(c *conn) {
	if c.gone {
		return
	}
	c.gone = true
	if c.place != nil {
		l.waiting.Remove(c.place)
		c.place = nil
	}
	l.open--
	l.room.Signal()
}

// Close implements net.Listener. Open connections stay.
func (l *listener) Close() error {
	l.mu.Lock()
	l.closed = true
	l.room.Broadcast()
	l.mu.Unlock()
	return l.Listener.Close()
}

// Close implements net.Conn.
func (c *conn) Close() error {
	c.from.mu.Lock()
	c.from.leave(c)
	c.from.mu.Unlock()
	return c.Conn.Close()
}

// answered says whether the connection's request is being answered now.
func (c *conn) answered(now bool) {
	c.from.mu.Lock()
	defer c.from.mu.Unlock()
	switch {
	case c.gone:
	case now && c.place != nil:
		c.from.waiting.Remove(c.place)
		c.place = nil
	case !now && c.place == nil:
		c.place = c.from.waiting.PushBack(c)
		c.from.room.Signal() // it may have to make room
	}
}

type connKey struct{}

func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// leftTimeout is what is left to send of a body that nobody wanted to read whole.
const leftTimeout = time.Second

// asked counts a connection as busy from here on, where its request's header has come, until idle is told: then its answer
// has been sent.
func (l *listener) asked(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, ok := r.Context().Value(connKey{}).(*conn); ok {
			c.answered(true)
		}
		h.ServeHTTP(w, r)
		// net/http reads what is left of the body, and sets the deadline anew for the next request.
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(leftTimeout))
	})
}

// idle is told by net/http when a connection has been answered and may be asked again.
func idle(c net.Conn, state http.ConnState) {
	if c, ok := c.(*conn); ok && state == http.StateIdle {
		c.answered(false)
	}
}
