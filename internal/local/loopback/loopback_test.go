package loopback_test

import (
	"errors"
	"net"
	"testing"

	"go.uber.org/goleak"

	"ticklake/internal/local/loopback"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestOnlyLoopbackAddressesAreTaken(t *testing.T) {
	for addr, want := range map[string]bool{
		"127.0.0.1:1": true, "127.9.9.9:1": true, "localhost:0": true, "[::1]:1": true,
		"0.0.0.0:1": false, ":1": false, "[::]:1": false, "10.0.0.1:1": false, "example.com:1": false, "127.0.0.1.example.com:1": false,
	} {
		if err := loopback.Check(addr); (err == nil) != want || err != nil && !errors.Is(err, loopback.ErrNotLoopback) {
			t.Errorf("%s: %v", addr, err)
		}
	}
	if err := loopback.Check("127.0.0.1"); err == nil {
		t.Error("an address without a port was taken")
	}
}

func TestConnectionsBeyondTheBoundWaitTheirTurn(t *testing.T) {
	l, err := loopback.Listen(t.Context(), "127.0.0.1:0", 2)
	if err != nil {
		t.Fatal(err)
	}
	accepted := make(chan net.Conn)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted <- c
		}
	}()
	for range 3 {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
	}
	first, second := <-accepted, <-accepted
	select {
	case <-accepted:
		t.Error("a third was accepted")
	default:
	}
	for range 2 { // closing twice frees once
		_ = first.Close()
	}
	third := <-accepted
	for _, c := range []net.Conn{second, third} {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	<-done
}
