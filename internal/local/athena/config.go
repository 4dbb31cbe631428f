package athena

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"time"

	"ticklake/internal/local/athena/execution"
)

// Config says what to serve and to whom.
type Config struct {
	Listen          string // host:port; 127.0.0.1:8603 if empty, port 0 for any; whoever calls needs the key
	Region          string // us-east-1 if empty
	AccessKeyID     string
	SecretAccessKey string
	AccountID       string // 12 digits; what current_user gives, too; 000000000000 if empty

	Catalog Catalog
	Engine  execution.Engine
	Results execution.Results
	// OutputLocation is the work group's folder for results, s3://bucket/prefix/.
	OutputLocation string
	// StateDir holds the history of queries and results on their way; absolute, made if absent.
	StateDir string

	MaxRunning int           // see execution.Config
	Timeout    time.Duration // see execution.Config

	Now    func() time.Time
	Logger *slog.Logger
}

func (c *Config) check() error {
	if c.Listen == "" {
		c.Listen = "127.0.0.1:8603"
	}
	if c.Region == "" {
		c.Region = "us-east-1"
	}
	if c.AccountID == "" {
		c.AccountID = "000000000000"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.AccessKeyID == "" || c.SecretAccessKey == "" {
		return errors.New("no access key")
	}
	if c.Catalog == nil || c.Engine == nil || c.Results == nil {
		return errors.New("catalog, engine and results are required")
	}
	if !filepath.IsAbs(c.StateDir) {
		return fmt.Errorf("folder %q is not an absolute path", c.StateDir)
	}
	c.OutputLocation = folder(c.OutputLocation)
	if err := c.Results.Check(c.OutputLocation); err != nil {
		return err
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return fmt.Errorf("listen address %q: %w", c.Listen, err)
	}
	return nil
}

// folder ends a location with a slash.
func folder(location string) string {
	if strings.HasSuffix(location, "/") {
		return location
	}
	return location + "/"
}
