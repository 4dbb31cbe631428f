package query

import (
	"context"
	"fmt"
	"regexp"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"ticklake/internal/awsclient"
)

// Error says that the service ran a statement to another end than its success.
type Error struct {
	ID     string // of the query; empty if it was refused at once
	State  string // FAILED or CANCELLED
	Reason string // as the service gives it

	// What Reason says, where it has the usual form "NAME: line 1:8: message (hint: …)".
	Name         string // such as SYNTAX_ERROR or COLUMN_NOT_FOUND
	Line, Column int    // from 1; 0 if there is no position
	Message      string
	Hint         string
}

// Error implements error.
func (e *Error) Error() string {
	if e.State == string(types.QueryExecutionStateCancelled) {
		return "query was cancelled: " + e.Reason
	}
	if e.Reason == "" {
		return "query failed; the service gives no reason"
	}
	return "query failed: " + e.Reason
}

// StoppedError says that the caller's context ended before the statement did. The service was told to stop it.
type StoppedError struct {
	ID    string // empty where the service had not yet said that it took the statement
	Cause error  // of the context's end
	Err   error  // why the service could not be told; nil if it was
}

// Error implements error.
func (e *StoppedError) Error() string {
	switch {
	case e.Err != nil:
		return fmt.Sprintf("stopped, but query %s goes on: %v", e.ID, e.Err)
	case e.ID == "":
		return "stopped, and the query with it"
	}
	return fmt.Sprintf("stopped, and query %s with it", e.ID)
}

// Unwrap returns why.
func (e *StoppedError) Unwrap() error { return e.Cause }

var (
	reasonForm = regexp.MustCompile(`(?s)^([A-Z][A-Z0-9_]*): (?:line (\d{1,9}):(\d{1,9}): )?(.*)$`)
	hintForm   = regexp.MustCompile(`(?s)^(.*) \(hint: (.*)\)$`)
)

func newError(id string, state types.QueryExecutionState, reason string) *Error {
	e := &Error{ID: id, State: string(state), Reason: reason, Message: reason}
	m := reasonForm.FindStringSubmatch(reason)
	if m == nil {
		return e
	}
	e.Name, e.Message = m[1], m[4]
	e.Line, _ = strconv.Atoi(m[2]) // "" is 0: there is no position
	e.Column, _ = strconv.Atoi(m[3])
	if h := hintForm.FindStringSubmatch(e.Message); h != nil {
		e.Message, e.Hint = h[1], h[2]
	}
	return e
}

// explain words what went wrong between here and the service.
func (c *Client) explain(ctx context.Context, what string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", what, context.Cause(ctx))
	}
	return fmt.Errorf("%s: %w", what, awsclient.Explain("Athena", awsclient.Where(c.config.Endpoint, c.config.AWS.Region), err))
}
