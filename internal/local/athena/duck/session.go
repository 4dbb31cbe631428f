package duck

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

// session is a DuckDB in memory that runs jobs. It is safe for use by several goroutines.
type session struct {
	db *sql.DB

	mu       sync.Mutex
	decimals map[decimalOp]bool
}

// limits are what a session may use.
type limits struct {
	Roots       []string
	MemoryLimit int64
	Threads     int
	TempDir     string
	TempLimit   int64
}

// openSession starts a DuckDB. What it could do beyond reading the named folders is switched off.
func openSession(ctx context.Context, l limits) (*session, error) {
	connector, err := duckdb.NewConnector("", nil)
	if err != nil {
		return nil, fmt.Errorf("start the engine: %w", err)
	}
	s := &session{db: sql.OpenDB(connector), decimals: make(map[decimalOp]bool)}
	if err := s.prepare(ctx, l); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *session) prepare(ctx context.Context, l limits) error {
	for _, group := range [][]*function{numberFunctions(), textFunctions(), regexpFunctions(), timeFunctions(), jsonFunctions()} {
		if err := register(ctx, s.db, group); err != nil {
			return err
		}
	}
	statements := append([]string(nil), macros...)
	roots := make([]string, len(l.Roots))
	for i, r := range l.Roots {
		roots[i] = quote(strings.TrimSuffix(r, "/") + "/")
	}
	temp := "SET temp_directory = ''"
	if l.TempDir != "" {
		temp = "SET temp_directory = " + quote(l.TempDir)
	}
	statements = append(statements,
		fmt.Sprintf("SET memory_limit = '%d B'", l.MemoryLimit),
		fmt.Sprintf("SET threads = %d", l.Threads),
		temp,
		fmt.Sprintf("SET max_temp_directory_size = '%d B'", l.TempLimit),
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
	for _, text := range statements {
		if _, err := s.db.ExecContext(ctx, text); err != nil {
			if strings.HasPrefix(text, "SET python") {
				continue // only where that client is built in
			}
			return fmt.Errorf("prepare the engine: %s: %w", strings.SplitN(text, "\n", 2)[0], err)
		}
	}
	return nil
}

// close ends the engine; statements that run are interrupted by their contexts, not by it.
func (s *session) close() error {
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("stop the engine: %w", err)
	}
	return nil
}

// registerDecimals makes the functions for the scales that a statement divides at. There are at most some
// thousands of scales, so what is made once stays.
func (s *session) registerDecimals(ctx context.Context, ops []decimalOp) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, op := range ops {
		if s.decimals[op] {
			continue
		}
		if err := register(ctx, s.db, []*function{decimalFunction(op)}); err != nil {
			return err
		}
		s.decimals[op] = true
	}
	return nil
}

// start runs a job up to its first row.
func (s *session) start(ctx context.Context, j *job) (source, error) {
	if err := s.registerDecimals(ctx, j.Decimals); err != nil {
		return nil, err
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to the engine: %w", err)
	}
	r := &rows{ctx: ctx, job: j, conn: conn, values: make([]any, len(j.Types))}
	// The driver would hold a whole result outside of DuckDB's memory limit; a table is within it, and spills.
	if _, err := conn.ExecContext(ctx, "CREATE OR REPLACE TEMP TABLE answer AS "+j.Text); err != nil {
		return nil, errors.Join(translateError(ctx, err), r.close())
	}
	if err := r.page(); err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}
