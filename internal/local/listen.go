package local

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// CheckListen refuses an address that nothing can listen on, and a name under which nobody finds it; both are as in
// Config, in the words of the command line.
func CheckListen(listen, advertise string) error {
	_, err := parseListen(listen, advertise)
	return err
}

// parseListen is the address to listen on.
func parseListen(listen, advertise string) (netip.Addr, error) {
	if listen == "" {
		listen = "127.0.0.1"
	}
	addr, err := netip.ParseAddr(strings.Trim(listen, "[]"))
	switch {
	case err != nil:
		return addr, fmt.Errorf("--listen %.80q: it is no IP address; hint: 0.0.0.0 is every address of this machine; ports have flags of their own", listen)
	case addr.IsUnspecified() && advertise == "":
		return addr, fmt.Errorf("--listen %s is every address of this machine, and others must be told under which name they find it; hint: --advertise HOST", addr)
	case strings.ContainsAny(advertise, " /@") || strings.Contains(advertise, ":") && net.ParseIP(advertise) == nil:
		return addr, fmt.Errorf("--advertise %.80q: it is no name and no address; hint: without a port", advertise)
	}
	return addr, nil
}

// resolveListen fills in where to listen and under which name.
func (c *Config) resolveListen() error {
	addr, err := parseListen(c.Listen, c.Advertise)
	if err != nil {
		return err
	}
	c.Listen = addr.String()
	if c.Advertise == "" {
		c.Advertise = c.Listen
	}
	return nil
}

// loopback says whether nobody but this machine can reach the servers.
func (c *Config) loopback() bool {
	addr, err := netip.ParseAddr(c.Listen)
	return err == nil && addr.IsLoopback()
}
