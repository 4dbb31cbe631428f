package athena

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"

	"ticklake/internal/local/athena/execution"
	"ticklake/internal/local/awsapi"
)

// Server is a running Athena endpoint.
type Server struct {
	http    *awsapi.Server
	runner  *execution.Runner
	history *history
	once    sync.Once
	closed  error
}

// Open serves until Close.
func Open(ctx context.Context, cfg Config) (_ *Server, err error) {
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("open athena server: %w", err)
	}
	if err := os.MkdirAll(cfg.StateDir, 0o700); err != nil {
		return nil, fmt.Errorf("open athena server: %w", err)
	}
	s := new(Server)
	if s.history, err = openHistory(ctx, filepath.Join(cfg.StateDir, "history.sqlite")); err != nil {
		return nil, fmt.Errorf("open athena server: %w", err)
	}
	defer func() {
		if err == nil {
			return
		}
		err = fmt.Errorf("open athena server: %w", err)
		if s.runner != nil {
			err = errors.Join(err, s.runner.Close())
		}
		err = errors.Join(err, s.history.Close())
	}()
	s.runner, err = execution.Open(ctx, execution.Config{
		Engine: cfg.Engine, Catalog: resolver{cfg.Catalog}, Results: cfg.Results, History: s.history,
		Tables: tables{cfg.Catalog}, Output: cfg.OutputLocation,
		SpoolDir: filepath.Join(cfg.StateDir, "spool"), MaxRunning: cfg.MaxRunning, Timeout: cfg.Timeout,
		User: cfg.AccountID, Now: cfg.Now, Logger: cfg.Logger,
	})
	if err != nil {
		return nil, err
	}
	handler, err := newHandler(cfg, s.runner, &prepared{s.history.db})
	if err != nil {
		return nil, err
	}
	if s.http, err = awsapi.Serve(ctx, cfg.Listen, handler, cfg.Logger); err != nil {
		return nil, err
	}
	return s, nil
}

func newHandler(cfg Config, runner *execution.Runner, kept *prepared) (http.Handler, error) {
	a := &api{config: cfg, runner: runner, kept: kept, opened: cfg.Now()}
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

// Endpoint is the server's URL.
func (s *Server) Endpoint() string { return s.http.Endpoint() }

// Close breaks statements off, finishes requests under way for up to 5 s, and stops. It may be called again.
func (s *Server) Close() error {
	s.once.Do(func() {
		if err := errors.Join(s.runner.Close(), s.http.Close(), s.history.Close()); err != nil {
			s.closed = fmt.Errorf("close athena server: %w", err)
		}
	})
	return s.closed
}
