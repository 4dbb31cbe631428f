package kafka

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// conn reads frame after frame from a client and yields them, size first, to kfake when they are complete and
// fit for it. What is answered here kfake never sees.
type conn struct {
	net.Conn
	guard  *guard
	born   time.Time
	proven atomic.Bool  // it speaks Kafka and, where that is asked for, has logged in
	heard  atomic.Int64 // when its newest frame was complete, in nanoseconds since 1970
	login  login

	frame []byte // with its size
	at    int
	held  int64 // of guard.inFlight

	mu      sync.Mutex
	idle    *sync.Cond      // owed is 0, or the connection is closed
	owed    int             // answers that kfake is to write
	watched map[int32]watch // answers that are looked at, by correlation id
	closed  bool
}

type watch struct{ key, version int16 }

func newConn(g *guard, c net.Conn) *conn {
	n := &conn{Conn: c, guard: g, born: time.Now(), watched: map[int32]watch{}}
	n.idle = sync.NewCond(&n.mu)
	return n
}

// Read implements net.Conn.
func (c *conn) Read(p []byte) (int, error) {
	for c.at == len(c.frame) {
		if err := c.next(); err != nil {
			c.drop()
			if !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) {
				c.guard.log.Debug("broker hangs up", "client", c.RemoteAddr(), "error", err)
			}
			return 0, err
		}
	}
	n := copy(p, c.frame[c.at:])
	c.at += n
	return n, nil
}

// next makes the next frame for kfake the current one.
func (c *conn) next() error {
	for {
		c.drop()
		if err := c.readFrame(); err != nil {
			return err
		}
		c.heard.Store(time.Now().UnixNano())
		h, body, err := parseHeader(c.frame[4:])
		if err != nil {
			return err
		}
		answered, err := c.inspect(h, body)
		if err != nil {
			return err
		}
		if !answered {
			if c.guard.mechanisms == nil {
				c.proven.Store(true)
			}
			c.at = 0
			return nil
		}
	}
}

// drop gives the current frame's memory back.
func (c *conn) drop() {
	c.guard.inFlight.Release(c.held)
	c.held = 0
	if cap(c.frame) > maxFirst {
		c.frame = nil
	}
	c.frame = c.frame[:0]
	c.at = 0
}

// readFrame reads a frame as far as its bounds allow, growing with what arrives and not with what is announced.
func (c *conn) readFrame() error {
	if err := c.SetReadDeadline(c.within(c.guard.patience.idle)); err != nil {
		return err
	}
	c.frame = append(c.frame[:0], make([]byte, 12)...)
	if _, err := io.ReadFull(c.Conn, c.frame[:4]); err != nil {
		return err
	}
	if err := c.SetReadDeadline(c.within(c.guard.patience.stall)); err != nil {
		return err
	}
	if _, err := io.ReadFull(c.Conn, c.frame[4:12]); err != nil {
		return err
	}
	size := int64(binary.BigEndian.Uint32(c.frame))
	if c.frame[0] == 0x16 && c.frame[1] == 3 {
		return errors.New("a client speaks TLS to the Kafka port, which has none")
	}
	key, version := int16(binary.BigEndian.Uint16(c.frame[4:])), int16(binary.BigEndian.Uint16(c.frame[6:]))
	if err := checkKey(key, version); err != nil {
		return err
	}
	limit := int64(maxOther)
	switch {
	case !c.proven.Load():
		limit = maxFirst
	case key == int16(kmsg.Produce):
		limit = maxProduce
	}
	if size < 8 || size > limit {
		return fmt.Errorf("frame of %s has %d bytes, 8 to %d are taken", kmsg.NameForKey(key), size, limit)
	}
	return c.readRest(int(size) + 4)
}

// within is when a client must have sent something more. All that one sends that is not proven must have come soon
// after it connected.
func (c *conn) within(wait time.Duration) time.Time {
	deadline := time.Now().Add(wait)
	if first := c.born.Add(c.guard.patience.first); !c.proven.Load() && first.Before(deadline) {
		return first
	}
	return deadline
}

func (c *conn) readRest(total int) error {
	p := c.guard.patience
	end := time.Now().Add(p.frame + time.Duration(total/p.slowest)*time.Second)
	for len(c.frame) < total {
		have := len(c.frame)
		if have == cap(c.frame) {
			if err := c.grow(min(total, max(2*have, 4096))); err != nil {
				return err
			}
		}
		deadline := c.within(p.stall)
		if deadline.After(end) {
			deadline = end
		}
		if err := c.SetReadDeadline(deadline); err != nil {
			return err
		}
		n, err := c.Conn.Read(c.frame[have:min(total, cap(c.frame))])
		c.frame = c.frame[:have+n]
		if err != nil {
			return err
		}
	}
	return nil
}

// grow makes room for n bytes, of which those beyond maxFirst are taken from what all connections share.
func (c *conn) grow(n int) error {
	if more := int64(n-maxFirst) - c.held; more > 0 {
		ctx, cancel := context.WithTimeout(context.Background(), c.guard.patience.stall)
		defer cancel()
		if err := c.guard.inFlight.Acquire(ctx, more); err != nil {
			return errors.New("too many large frames at a time")
		}
		c.held += more
	}
	bigger := make([]byte, len(c.frame), n)
	copy(bigger, c.frame)
	c.frame = bigger
	return nil
}

// expect notes that kfake will answer, and that the answer is to be looked at.
func (c *conn) expect(h header, look bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.owed++
	if look {
		c.watched[h.correlation] = watch{h.key, h.version}
	}
}

// Write implements net.Conn. kfake writes one whole answer at a time.
func (c *conn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := p
	if len(p) >= 8 {
		correlation := int32(binary.BigEndian.Uint32(p[4:]))
		if w, ok := c.watched[correlation]; ok {
			delete(c.watched, correlation)
			out = c.look(w, p)
		}
	}
	if err := c.send(out); err != nil {
		return 0, err
	}
	c.owed--
	c.idle.Broadcast()
	return len(p), nil
}

// send writes in steps, each of which a client must take in time. c.mu is held.
func (c *conn) send(p []byte) error {
	defer c.guard.crowd.sending(c, len(p))()
	for len(p) > 0 {
		if err := c.SetWriteDeadline(time.Now().Add(c.guard.patience.stall)); err != nil {
			return err
		}
		n, err := c.Conn.Write(p[:min(len(p), 1<<20)])
		if err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}

// answer replies in kfake's stead, after everything that kfake still owes: answers have the order of requests.
func (c *conn) answer(h header, r kmsg.Response) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.owed > 0 && !c.closed {
		c.idle.Wait()
	}
	if c.closed {
		return net.ErrClosed
	}
	return c.send(encode(h.correlation, r))
}

// encode is a response with its header.
func encode(correlation int32, r kmsg.Response) []byte {
	p := binary.BigEndian.AppendUint32(make([]byte, 4), uint32(correlation))
	if r.IsFlexible() && r.Key() != int16(kmsg.ApiVersions) {
		p = append(p, 0) // no tagged fields
	}
	p = r.AppendTo(p)
	binary.BigEndian.PutUint32(p, uint32(len(p)-4))
	return p
}

// Close implements net.Conn.
func (c *conn) Close() error {
	err := c.Conn.Close() // ends what holds mu
	c.guard.crowd.leave(c)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	c.idle.Broadcast()
	return err
}
