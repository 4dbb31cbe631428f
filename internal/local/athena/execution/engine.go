package execution

import (
	"context"
	"time"

	"ticklake/internal/local/athena/trino"
)

// Engine runs statements. It may be asked by several goroutines at once.
type Engine interface {
	// Query reads a statement and begins to run it. A fault of the statement is a *trino.Error. When ctx ends, the
	// statement does, too.
	Query(ctx context.Context, catalog trino.Catalog, statement Statement) (Answer, error)
	// Inspect tells a statement's kind from its grammar, without a catalog. A fault of the grammar is a *trino.Error under the
	// name SYNTAX_ERROR; what it cannot tell is "".
	Inspect(statement Statement) (Kind, string, error)
}

// Statement is one thing to run.
type Statement struct {
	SQL      string
	Database string
	QueryID  string
	User     string    // what current_user gives
	Now      time.Time // what the statement takes for the time
	// Parameters are the values of "?", in their order.
	Parameters []string
}

// Answer is a statement's answer, row by row. It is used by one goroutine.
type Answer interface {
	// Kind and Verb say what the statement is: DML and SELECT, UTILITY and SHOW_TABLES, ….
	Kind() Kind
	Verb() string
	Columns() []Column
	// Next returns Athena's text for each column, nil for NULL; nil at the end, which Err explains if it is early.
	Next() []*string
	Err() error
	// Work is complete when Next has returned nil.
	Work() Work
	Close() error
}

// Work is what an answer took.
type Work struct {
	BytesScanned int64
	Planning     time.Duration
}
