// Package loopback listens on this machine only, for a bounded number of connections.
package loopback

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
)

// ErrNotLoopback says that an address can be reached from other machines.
var ErrNotLoopback = errors.New("not a loopback address")

// Check returns ErrNotLoopback unless addr, as host:port, names this machine as seen by itself.
func Check(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("listen address %q: %w", addr, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("listen address %q: %w", addr, ErrNotLoopback)
	}
	return nil
}

// Listen listens on addr, a loopback address. At most n connections are open at a time; more wait to be accepted.
func Listen(ctx context.Context, addr string, n int) (net.Listener, error) {
	if err := Check(addr); err != nil {
		return nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &limited{Listener: l, free: make(chan struct{}, n), done: make(chan struct{})}, nil
}

type limited struct {
	net.Listener
	free chan struct{} // holds one for each open connection
	done chan struct{}
	once sync.Once
}

func (l *limited) Accept() (net.Conn, error) {
	select {
	case l.free <- struct{}{}:
	case <-l.done:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.free
		return nil, err
	}
	return &conn{Conn: c, release: sync.OnceFunc(func() { <-l.free })}, nil
}

func (l *limited) Close() error {
	l.once.Do(func() { close(l.done) })
	return l.Listener.Close()
}

type conn struct {
	net.Conn
	release func()
}

func (c *conn) Close() error {
	defer c.release()
	return c.Conn.Close()
}
