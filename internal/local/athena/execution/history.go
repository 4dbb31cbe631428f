package execution

import (
	"context"
	"time"
)

// History keeps executions. It may be asked by several goroutines at once.
type History interface {
	// Add keeps a new execution. What History keeps is bounded: the oldest that have ended go.
	Add(ctx context.Context, e Execution) error
	// Save replaces an execution that was added.
	Save(ctx context.Context, e Execution) error
	// Get returns an execution, or ErrNotFound.
	Get(ctx context.Context, id string) (Execution, error)
	// ByToken returns the execution whose request had the token, or ErrNotFound.
	ByToken(ctx context.Context, token string) (Execution, error)
	// List returns up to n ids of a work group, the newest first, from behind the mark on; the zero Mark is the newest.
	List(ctx context.Context, workGroup string, behind Mark, n int) ([]Mark, error)
	// Unfinished returns the executions whose state is not final.
	Unfinished(ctx context.Context) ([]Execution, error)
}

// Mark is a place in the list of executions.
type Mark struct {
	ID        string
	Submitted time.Time
}
