package athena

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"ticklake/internal/local/athena/execution"
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

// Server is a running Athena endpoint.
type Server struct {
	endpoint string
	http     *http.Server
	served   chan error
	runner   *execution.Runner
	history  *history
	once     sync.Once
	closed   error
}

// Open serves until Close.
func Open(ctx context.Context, cfg Config) (_ *Server, err error) {
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("open athena server: %w", err)
	}
	if err := os.MkdirAll(cfg.StateDir, 0o700); err != nil {
		return nil, fmt.Errorf("open athena server: %w", err)
	}
	s := &Server{served: make(chan error, 1)}
	if s.history, err = openHistory(ctx, filepath.Join(cfg.StateDir, "history.sqlite")); err != nil {
		return nil, fmt.Errorf("open athena server: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("open athena server: %w", err), s.history.Close())
		}
	}()
	s.runner, err = execution.Open(ctx, execution.Config{
		Engine: cfg.Engine, Catalog: resolver{cfg.Catalog}, Results: cfg.Results, History: s.history,
		SpoolDir: filepath.Join(cfg.StateDir, "spool"), MaxRunning: cfg.MaxRunning, Timeout: cfg.Timeout,
		User: cfg.AccountID, Now: cfg.Now, Logger: cfg.Logger,
	})
	if err != nil {
		return nil, err
	}
	handler, err := newHandler(cfg, s.runner)
	if err != nil {
		return nil, err
	}
	listener, err := loopback.Listen(ctx, cfg.Listen, maxConnections)
	if err != nil {
		return nil, err
	}
	s.endpoint = "http://" + listener.Addr().String()
	s.http = &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          log.New(debugLog{cfg.Logger}, "", 0),
	}
	go func() { s.served <- s.http.Serve(listener) }()
	return s, nil
}

func newHandler(cfg Config, runner *execution.Runner) (http.Handler, error) {
	a := &api{config: cfg, runner: runner, opened: cfg.Now()}
	return awsapi.NewHandler(awsapi.Config{
		Credentials: awsapi.Credentials{AccessKeyID: cfg.AccessKeyID, SecretAccessKey: cfg.SecretAccessKey},
		Region:      cfg.Region,
		JSON: []awsapi.Service{{
			Name: "athena", TargetPrefix: "AmazonAthena", Operations: a.operations(),
			Invalid: invalidRequest, Internal: "InternalServerException", RefuseUnknown: refuseUnknown,
		}},
		Now:    cfg.Now,
		Logger: cfg.Logger,
	})
}

// debugLog keeps what hostile clients provoke out of the log proper.
type debugLog struct{ log *slog.Logger }

func (d debugLog) Write(p []byte) (int, error) {
	d.log.Debug("athena connection", "message", string(p))
	return len(p), nil
}

// Endpoint is the server's URL.
func (s *Server) Endpoint() string { return s.endpoint }

// Close breaks statements off, finishes requests under way for up to 5 s, and stops. It may be called again.
func (s *Server) Close() error {
	s.once.Do(func() {
		err := s.runner.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if s.http.Shutdown(ctx) != nil {
			err = errors.Join(err, s.http.Close())
		}
		if end := <-s.served; !errors.Is(end, http.ErrServerClosed) {
			err = errors.Join(err, end)
		}
		if err = errors.Join(err, s.history.Close()); err != nil {
			s.closed = fmt.Errorf("close athena server: %w", err)
		}
	})
	return s.closed
}
