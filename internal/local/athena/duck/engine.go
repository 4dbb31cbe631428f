package duck

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	duckdb "github.com/duckdb/duckdb-go/v2"

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
	// MemoryLimit is in bytes.
	MemoryLimit int64
	Threads     int
	// TempDir is where what does not fit the memory is spilled; "" means nowhere.
	TempDir string
	// TempLimit bounds the spill, in bytes; 0 means 4 GiB.
	TempLimit int64
}

// Engine runs statements. It is safe for use by several goroutines.
type Engine struct {
	cfg     Config
	db      *sql.DB
	footers *footerCache

	mu       sync.Mutex
	decimals map[decimalOp]bool
}

// Open starts an engine in memory. What DuckDB could do beyond reading the named folders is switched off.
func Open(ctx context.Context, cfg Config) (*Engine, error) {
	if cfg.MemoryLimit <= 0 {
		cfg.MemoryLimit = 1 << 30
	}
	if cfg.Threads <= 0 {
		cfg.Threads = 2
	}
	if cfg.TempLimit <= 0 {
		cfg.TempLimit = 4 << 30
	}
	for i, r := range cfg.Roots {
		abs, err := filepath.Abs(r)
		if err != nil {
			return nil, fmt.Errorf("find root %q: %w", r, err)
		}
		if real, err := filepath.EvalSymlinks(abs); err == nil {
			abs = real
		}
		cfg.Roots[i] = abs
	}
	if cfg.TempDir != "" {
		if err := os.MkdirAll(cfg.TempDir, 0o700); err != nil {
			return nil, fmt.Errorf("make spill folder: %w", err)
		}
	}
	connector, err := duckdb.NewConnector("", nil)
	if err != nil {
		return nil, fmt.Errorf("start the engine: %w", err)
	}
	e := &Engine{cfg: cfg, db: sql.OpenDB(connector), footers: newFooterCache(), decimals: make(map[decimalOp]bool)}
	if err := e.prepare(ctx); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

func (e *Engine) prepare(ctx context.Context) error {
	for _, group := range [][]*function{numberFunctions(), textFunctions(), regexpFunctions(), timeFunctions(), jsonFunctions()} {
		if err := register(ctx, e.db, group); err != nil {
			return err
		}
	}
	statements := append([]string(nil), macros...)
	roots := make([]string, len(e.cfg.Roots))
	for i, r := range e.cfg.Roots {
		roots[i] = quote(strings.TrimSuffix(r, "/") + "/")
	}
	temp := "SET temp_directory = ''"
	if e.cfg.TempDir != "" {
		temp = "SET temp_directory = " + quote(e.cfg.TempDir)
	}
	statements = append(statements,
		fmt.Sprintf("SET memory_limit = '%d B'", e.cfg.MemoryLimit),
		fmt.Sprintf("SET threads = %d", e.cfg.Threads),
		temp,
		fmt.Sprintf("SET max_temp_directory_size = '%d B'", e.cfg.TempLimit),
		"SET TimeZone = 'UTC'",
		"SET integer_division = false",
		"SET preserve_insertion_order = true",
		"SET autoinstall_known_extensions = false",
		"SET autoload_known_extensions = false",
		"SET allow_community_extensions = false",
		"SET python_enable_replacements = false",
		"SET allowed_directories = ["+strings.Join(roots, ", ")+"]",
		"SET enable_external_access = false",
		"SET lock_configuration = true",
	)
	for _, s := range statements {
		if _, err := e.db.ExecContext(ctx, s); err != nil {
			if strings.HasPrefix(s, "SET python") {
				continue // only where that client is built in
			}
			return fmt.Errorf("prepare the engine: %s: %w", strings.SplitN(s, "\n", 2)[0], err)
		}
	}
	return nil
}

// Close ends the engine; statements that run are interrupted by their contexts, not by Close.
func (e *Engine) Close() error {
	if err := e.db.Close(); err != nil {
		return fmt.Errorf("stop the engine: %w", err)
	}
	return nil
}

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
	if err := e.registerDecimals(ctx, c.decimals); err != nil {
		return nil, err
	}
	if c.write != nil && (c.write.NoData || c.write.Exists) {
		r := &Result{Stats: c.planner.stats, begin: begin}
		r.Stats.Planning = time.Since(begin)
		return r.writes(c.write), nil
	}
	r, err := e.run(ctx, c.query, c.planner, c.text, begin)
	if err != nil || c.write == nil {
		return r, err
	}
	return r.writes(c.write), nil
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

// registerDecimals makes the functions for the scales that a statement divides at. There are at most some
// thousands of scales, so what is made once stays.
func (e *Engine) registerDecimals(ctx context.Context, ops map[decimalOp]bool) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	for op := range ops {
		if e.decimals[op] {
			continue
		}
		if err := register(ctx, e.db, []*function{decimalFunction(op)}); err != nil {
			return err
		}
		e.decimals[op] = true
	}
	return nil
}
