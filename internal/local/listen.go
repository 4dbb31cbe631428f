package local

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// resolveListen fills in and checks where to listen and under which name.
func (c *Config) resolveListen() error {
	if c.Listen == "" {
		c.Listen = "127.0.0.1"
	}
	addr, err := netip.ParseAddr(strings.Trim(c.Listen, "[]"))
	if err != nil {
		return fmt.Errorf("listen on %q: it is no IP address (hint: 0.0.0.0 is every address of this machine; ports have flags of their own)", c.Listen)
	}
	c.Listen = addr.String()
	if c.Advertise == "" {
		if addr.IsUnspecified() {
			return errors.New("listen on every address: others must be told under which name they find this machine (hint: --advertise HOST)")
		}
		c.Advertise = c.Listen
	}
	if strings.ContainsAny(c.Advertise, " /@") || (strings.Contains(c.Advertise, ":") && net.ParseIP(c.Advertise) == nil) {
		return fmt.Errorf("advertise %q: it is no name and no address (hint: without a port)", c.Advertise)
	}
	return nil
}

// loopback says whether nobody but this machine can reach the servers.
func (c *Config) loopback() bool {
	addr, err := netip.ParseAddr(c.Listen)
	return err == nil && addr.IsLoopback()
}

// url is where this machine finds a server that listens at endpoint.
func (s *Server) url(endpoint string) string {
	addr := endpoint[len("http://"):]
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return endpoint // a listener's own address always has a port
	}
	host := s.cfg.Listen
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}
