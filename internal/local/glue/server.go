package glue

import (
	"context"
	"fmt"
	"log/slog"

	"ticklake/internal/local/awsapi"
)

// ServerConfig says to whom a catalog is served.
type ServerConfig struct {
	Listen string // a loopback address; 127.0.0.1:8602 if empty, port 0 for any
	Keys   awsapi.Credentials
	Region string
	Logger *slog.Logger // nil discards
}

// Serve serves the catalog, and STS GetCallerIdentity, on one port until Close. The catalog stays open then.
func (c *Catalog) Serve(ctx context.Context, cfg ServerConfig) (*awsapi.Server, error) {
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
	s, err := awsapi.Serve(ctx, cfg.Listen, handler, cfg.Logger)
	if err != nil {
		return nil, fmt.Errorf("serve catalog: %w", err)
	}
	return s, nil
}
