package httpd

import "net"

// Loopback tells whether addr, as host:port, can be reached from this machine alone.
func Loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	return err == nil && loopbackHost(host)
}

func loopbackHost(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Reachable is an address, as host:port, by which this machine reaches what listens on addr: every address of a machine is
// none to connect to everywhere.
func Reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// LocalHost tells whether a request's Host names this machine as seen by itself. What listens on loopback and asks for no
// credentials serves nobody else: a page of another site could point a name of its own at 127.0.0.1 (DNS rebinding).
func LocalHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	} else if n := len(host); n > 1 && host[0] == '[' && host[n-1] == ']' {
		host = host[1 : n-1]
	}
	return loopbackHost(host)
}
