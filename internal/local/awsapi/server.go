package awsapi

import (
	"context"
	"errors"
	"log"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"ticklake/internal/local/loopback"
)

// Bounds on what a client of a Server may take.
const (
	maxConnections = 256
	maxHeaderBytes = 16 << 10
	headerTimeout  = 10 * time.Second
	writeTimeout   = 2 * time.Minute
	idleTimeout    = 2 * time.Minute
)

// Server serves a handler on loopback.
type Server struct {
	endpoint string
	http     *http.Server
	served   chan error
	once     sync.Once
	closed   error
}

// Serve serves handler on addr, a loopback address, until Close.
func Serve(ctx context.Context, addr string, handler http.Handler, logger *slog.Logger) (*Server, error) {
	listener, err := loopback.Listen(ctx, addr, maxConnections)
	if err != nil {
		return nil, err
	}
	s := &Server{
		endpoint: "http://" + listener.Addr().String(), served: make(chan error, 1),
		http: &http.Server{
			Handler: handler, ReadHeaderTimeout: headerTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
			MaxHeaderBytes: maxHeaderBytes, ErrorLog: log.New(debugLog{logger}, "", 0),
		},
	}
	go func() { s.served <- s.http.Serve(listener) }()
	return s, nil
}

// debugLog keeps what hostile clients provoke out of the log proper.
type debugLog struct{ log *slog.Logger }

func (d debugLog) Write(p []byte) (int, error) {
	d.log.Debug("connection", "message", string(p))
	return len(p), nil
}

// Endpoint is the server's URL.
func (s *Server) Endpoint() string { return s.endpoint }

// Close finishes requests under way for up to 5 s, and stops. It may be called again.
func (s *Server) Close() error {
	s.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
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
