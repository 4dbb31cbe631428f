// Package loopback tells which addresses nobody but this machine can reach.
package loopback

import (
	"errors"
	"fmt"
	"net"
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
