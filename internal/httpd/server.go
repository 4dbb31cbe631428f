// Package httpd serves HTTP to clients that may be slow, many or hostile: connections, headers and the time that a client
// may take are bounded, and whoever holds connections without asking for anything shuts nobody out.
package httpd

import (
	"context"
	"errors"
	"log"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// What a client's side of the conversation may take, unless Config says otherwise.
const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	closeTimeout  = 5 * time.Second
)

// Config says what to serve, and to how many.
type Config struct {
	Name         string // of the part, for the log
	Handler      http.Handler
	Connections  int           // open at a time; 256 if 0
	HeaderBytes  int           // of a request; 16 KiB if 0
	ReadTimeout  time.Duration // of a whole request; 0 leaves it to the handler
	WriteTimeout time.Duration // of a whole answer; 0 leaves it to the handler
	Logger       *slog.Logger  // nil discards
}

// Server is a running server.
type Server struct {
	endpoint string
	http     *http.Server
	served   chan error
	once     sync.Once
	closed   error
}

// Listen listens on addr, host:port. On 0.0.0.0 it listens to IPv4 alone, as it says; without a host, or on [::], to both.
func Listen(ctx context.Context, addr string) (net.Listener, error) {
	network := "tcp"
	if host, _, err := net.SplitHostPort(addr); err == nil && net.ParseIP(host).To4() != nil {
		network = "tcp4"
	}
	return (&net.ListenConfig{}).Listen(ctx, network, addr)
}

// Serve serves on l, which becomes the server's, until Close.
func Serve(l net.Listener, cfg Config) *Server {
	if cfg.Connections == 0 {
		cfg.Connections = 256
	}
	if cfg.HeaderBytes == 0 {
		cfg.HeaderBytes = 16 << 10
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	bounded := newListener(l, cfg.Name, cfg.Connections, cfg.Logger)
	s := &Server{
		endpoint: "http://" + Reachable(l.Addr().String()),
		served:   make(chan error, 1),
		http: &http.Server{
			Handler:           bounded.asked(cfg.Handler),
			ConnContext:       withConn,
			ConnState:         idle,
			ReadHeaderTimeout: headerTimeout,
			ReadTimeout:       cfg.ReadTimeout,
			WriteTimeout:      cfg.WriteTimeout,
			IdleTimeout:       idleTimeout,
			MaxHeaderBytes:    cfg.HeaderBytes,
			ErrorLog:          log.New(debugLog{cfg.Logger, cfg.Name}, "", 0),
		},
	}
	go func() { s.served <- s.http.Serve(bounded) }()
	return s
}

// debugLog keeps what hostile clients provoke out of the log proper.
type debugLog struct {
	log  *slog.Logger
	name string
}

func (d debugLog) Write(p []byte) (int, error) {
	d.log.Debug("connection", "server", d.name, "message", string(p))
	return len(p), nil
}

// Endpoint is the URL by which this machine reaches the server.
func (s *Server) Endpoint() string { return s.endpoint }

// Close finishes requests under way for up to 5 s, and stops. It may be called again.
func (s *Server) Close() error {
	s.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		if s.http.Shutdown(ctx) != nil {
			s.closed = s.http.Close()
		}
		if end := <-s.served; !errors.Is(end, http.ErrServerClosed) {
			s.closed = errors.Join(s.closed, end)
		}
	})
	return s.closed
}
