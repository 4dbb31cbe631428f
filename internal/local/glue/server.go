package glue

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"ticklake/internal/local/awsapi"
	"ticklake/internal/local/loopback"
)

// Bounds on what a client may take.
const (
	maxConnections = 256
	maxHeaderBytes = 16 << 10
	headerTimeout  = 10 * time.Second
	writeTimeout   = 2 * time.Minute
	idleTimeout    = 2 * time.Minute
)

// Server serves a catalog, and STS GetCallerIdentity, on one port.
type Server struct {
	endpoint string
	http     *http.Server
	served   chan error
	once     sync.Once
	closed   error
}

// ServerConfig says to whom a catalog is served.
type ServerConfig struct {
	Listen string // a loopback address; 127.0.0.1:8602 if empty, port 0 for any
	Keys   awsapi.Credentials
	Region string
	Logger *slog.Logger // nil discards
}

// Serve serves the catalog until Close. The catalog stays open then.
func (c *Catalog) Serve(ctx context.Context, cfg ServerConfig) (*Server, error) {
	if cfg.Listen == "" {
		cfg.Listen = "127.0.0.1:8602"
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	handler, err := c.Handler(cfg.Keys, cfg.Region)
	if err != nil {
		return nil, fmt.Errorf("serve catalog: %w", err)
	}
	listener, err := loopback.Listen(ctx, cfg.Listen, maxConnections)
	if err != nil {
		return nil, fmt.Errorf("serve catalog: %w", err)
	}
	s := &Server{
		endpoint: "http://" + listener.Addr().String(), served: make(chan error, 1),
		http: &http.Server{
			Handler: handler, ReadHeaderTimeout: headerTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
			MaxHeaderBytes: maxHeaderBytes, ErrorLog: log.New(debugLog{cfg.Logger}, "", 0),
		},
	}
	go func() { s.served <- s.http.Serve(listener) }()
	return s, nil
}

// debugLog keeps what hostile clients provoke out of the log proper.
type debugLog struct{ log *slog.Logger }

func (d debugLog) Write(p []byte) (int, error) {
	d.log.Debug("glue connection", "message", string(p))
	return len(p), nil
}

// Endpoint is the server's URL.
func (s *Server) Endpoint() string { return s.endpoint }

// Close finishes requests under way for up to 5 s, and stops. It may be called again.
func (s *Server) Close() error {
	s.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		var err error
		if s.http.Shutdown(ctx) != nil {
			err = s.http.Close()
		}
		if end := <-s.served; !errors.Is(end, http.ErrServerClosed) {
			err = errors.Join(err, end)
		}
		if err != nil {
			s.closed = fmt.Errorf("close glue server: %w", err)
		}
	})
	return s.closed
}
