package duck

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"ticklake/internal/local/athena/trino"
)

// File is one object of a table: where it lies on this machine, how large it is, and what it is called in
// messages (s3://bucket/key).
type File struct {
	Path string
	Size int64
	URI  string
}

// Objects finds the files below a location where the bucket is a folder of this machine. Names that begin with
// "_" or "." are hidden and not listed. A store that is none may refuse by a *trino.Error.
type Objects interface {
	Files(ctx context.Context, location string) ([]File, error)
}

// Config says what an engine may use. Zero values are replaced: 1 GiB, 2 threads, no spilling.
type Config struct {
	Objects Objects
	// Roots are the folders that files may lie in; nothing outside them is opened.
	Roots []string
	// MemoryLimit is in bytes, for each statement where there are workers, and else for all of them.
	MemoryLimit int64
	Threads     int
	// TempDir is where what does not fit the memory is spilled; "" means nowhere. What is in it is deleted.
	TempDir string
	// TempLimit bounds the spill, in bytes; 0 means 4 GiB.
	TempLimit int64
	// Worker makes the command of a process that calls Work. Each statement then runs in a process of its own: what a
	// statement does to the memory or to the engine ends there. Without it statements run in this process.
	Worker func() *exec.Cmd
	Logger *slog.Logger
}

// Engine runs statements. It is safe for use by several goroutines.
type Engine struct {
	cfg     Config
	footers *footerCache
	pool    *pool // nil where statements run in this process
	start   func(context.Context, *job) (source, error)
	close   func() error
}

// Open starts an engine in memory.
func Open(ctx context.Context, cfg Config) (*Engine, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	e := &Engine{cfg: cfg, footers: newFooterCache()}
	l := limits{cfg.Roots, cfg.MemoryLimit, cfg.Threads, cfg.TempDir, cfg.TempLimit}
	if cfg.Worker != nil {
		p, err := openPool(ctx, cfg.Worker, l, cfg.Logger)
		if err != nil {
			return nil, err
		}
		e.pool, e.start, e.close = p, p.start, p.close
		return e, nil
	}
	s, err := openSession(ctx, l)
	if err != nil {
		return nil, err
	}
	e.start, e.close = s.start, s.close
	return e, nil
}

func (c *Config) check() error {
	if c.MemoryLimit <= 0 {
		c.MemoryLimit = 1 << 30
	}
	if c.Threads <= 0 {
		c.Threads = 2
	}
	if c.TempLimit <= 0 {
		c.TempLimit = 4 << 30
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	roots := make([]string, len(c.Roots))
	for i, r := range c.Roots {
		abs, err := filepath.Abs(r)
		if err != nil {
			return fmt.Errorf("find root %q: %w", r, err)
		}
		if real, err := filepath.EvalSymlinks(abs); err == nil {
			abs = real
		}
		roots[i] = abs
	}
	c.Roots = roots
	if c.TempDir == "" {
		return nil
	}
	// What an engine that was killed has spilled is of no use to anybody.
	if err := errors.Join(os.RemoveAll(c.TempDir), os.MkdirAll(c.TempDir, 0o700)); err != nil {
		return fmt.Errorf("make spill folder: %w", err)
	}
	return nil
}

// Close ends the engine; statements that run are interrupted by their contexts, not by Close.
func (e *Engine) Close() error { return e.close() }

// Statement is one thing to run.
type Statement struct {
	SQL      string
	Database string
	// Now is the time that the statement sees; zero means the clock's.
	Now time.Time
	// User is what current_user gives.
	User    string
	QueryID string
	// Parameters are the values of "?", see trino.Options.
	Parameters []string
}

// Kind says what a statement was.
type Kind string

// The kinds, in Athena's words.
const (
	DML     Kind = "DML"
	DDL     Kind = "DDL"
	Utility Kind = "UTILITY"
)

// Stats are what running a statement took.
type Stats struct {
	// BytesScanned is the size of what the scans may read of the files: whole files, or the columns asked for
	// where the format has columns.
	BytesScanned int64
	Files        int
	Planning     time.Duration
	// Execution runs until the last row is read.
	Execution time.Duration
	Rows      int64
}

// Query reads, types, lowers and starts a statement. A fault of the statement is a *trino.Error. The caller
// closes the result.
func (e *Engine) Query(ctx context.Context, cat trino.Catalog, st Statement) (*Result, error) {
	begin := time.Now()
	c, err := e.compile(ctx, cat, st)
	if err != nil {
		return nil, err
	}
	if c.utility != nil {
		return utilityResult(c.utility, begin), nil
	}
	r := &Result{Kind: DML, Verb: "SELECT", Stats: c.planner.stats, begin: time.Now(), clean: c.planner.clean}
	r.Stats.Planning = time.Since(begin)
	j := &job{Text: c.text}
	for op := range c.decimals {
		j.Decimals = append(j.Decimals, op)
	}
	for _, column := range c.query.Columns {
		r.Columns = append(r.Columns, Column{Name: column.Name, Type: column.Type})
		j.Types = append(j.Types, column.Type)
	}
	if w := c.write; w != nil {
		r.Write, r.Verb = w, "UNLOAD"
		if w.Table != "" {
			r.Kind, r.Verb = DDL, "CREATE_TABLE_AS_SELECT"
		}
		if w.NoData || w.Exists {
			r.source = &fixedRows{}
			return r, nil
		}
		j.File = &fileJob{Compression: w.Compression}
		for _, column := range w.Columns {
			j.File.Names = append(j.File.Names, column.Name)
		}
	}
	if r.source, err = e.start(ctx, j); err != nil {
		return nil, r.cleaned(err)
	}
	return r, nil
}

// compiled is a statement that is ready to run.
type compiled struct {
	utility  *trino.Utility
	write    *trino.Write // of query's rows, or nil
	query    *trino.Query
	planner  *planner
	text     string
	decimals map[decimalOp]bool
}

// compile takes a statement from its text to the SQL for DuckDB.
func (e *Engine) compile(ctx context.Context, cat trino.Catalog, st Statement) (c compiled, err error) {
	if st.Now.IsZero() {
		st.Now = time.Now()
	}
	tree, err := trino.Analyze(ctx, cat, st.SQL, trino.Options{Database: st.Database, Now: st.Now, User: st.User, Parameters: st.Parameters})
	if err != nil {
		return c, err
	}
	switch t := tree.(type) {
	case *trino.Utility:
		c.utility = t
		return c, nil
	case *trino.Write:
		c.write, c.query = t, t.Query
	case *trino.Query:
		c.query = t
	default:
		return c, fmt.Errorf("compile a statement of type %T", tree)
	}
	c.planner = &planner{e: e, ctx: ctx, cat: cat, used: usedColumns(c.query)}
	scans, err := c.planner.scans(c.query.Tables)
	if err != nil {
		return c, err
	}
	c.text, c.decimals, err = lower(c.query, scans, c.planner.used)
	return c, err
}
