package kafka

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"ticklake/internal/httpd"
)

// checkAddresses refuses an address that no client could use, or that everybody could.
func (cfg *Config) checkAddresses() error {
	host, _, err := net.SplitHostPort(cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen address %q: %w", cfg.Listen, err)
	}
	if !httpd.Loopback(cfg.Listen) && cfg.Credentials.empty() {
		return fmt.Errorf("listen address %q: not a loopback address, and there are no credentials for it", cfg.Listen)
	}
	if everywhere(host) && cfg.Advertise == "" {
		return fmt.Errorf("listen address %q is all of this machine's: clients must be told one of them (hint: advertise the name or address "+
			"by which other machines reach this one)", cfg.Listen)
	}
	if cfg.Advertise == "" {
		return nil
	}
	advertised, err := parseAdvertised(cfg.Advertise, 1)
	if err != nil {
		return err
	}
	if advertisedHost, _, _ := net.SplitHostPort(string(advertised)); everywhere(advertisedHost) {
		return fmt.Errorf("advertised address %q: no client can connect to it", cfg.Advertise)
	}
	return nil
}

// everywhere tells whether a host to listen on is every address of the machine.
func everywhere(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "" || err == nil && ip.IsUnspecified()
}

// advertised is the address that clients are told, as a net.Addr because kfake asks its listener for it.
type advertised string

// Network implements net.Addr.
func (advertised) Network() string { return "tcp" }

// String implements net.Addr.
func (a advertised) String() string { return string(a) }

// parseAdvertised reads host or host:port; without a port it is that one.
func parseAdvertised(s string, port int) (advertised, error) {
	host, text := s, strconv.Itoa(port)
	if _, err := netip.ParseAddr(s); err != nil && strings.Contains(s, ":") {
		if host, text, err = net.SplitHostPort(s); err != nil {
			return "", fmt.Errorf("advertised address %q: it is a host, or host:port", s)
		}
	}
	if n, err := strconv.ParseUint(text, 10, 16); err != nil || n == 0 {
		return "", fmt.Errorf("advertised address %q: its port is not 1 to 65535", s)
	}
	if host == "" || len(host) > 255 || strings.ContainsAny(host, "/@ \t\r\n\x00") {
		return "", fmt.Errorf("advertised address %q: it names no host", s)
	}
	return advertised(net.JoinHostPort(host, text)), nil
}

func portOf(a net.Addr) int {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return tcp.Port
	}
	return 0
}

// near is how this machine itself reaches a listener at an address.
func near(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return a.String()
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(tcp.Port))
}
