package awsapi

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"ticklake/internal/httpd"
)

// writeTimeout is what answering one request may take, its body's arrival included.
const writeTimeout = 2 * time.Minute

// Server is a running server of a handler.
type Server = httpd.Server

// Serve serves handler on addr, host:port, until Close. Who may ask is the handler's affair: it takes signed requests alone.
func Serve(ctx context.Context, addr string, handler http.Handler, logger *slog.Logger) (*Server, error) {
	l, err := httpd.Listen(ctx, addr)
	if err != nil {
		return nil, err
	}
	return httpd.Serve(l, httpd.Config{Name: addr, Handler: handler, WriteTimeout: writeTimeout, Logger: logger}), nil
}
