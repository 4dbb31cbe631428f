package execution

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// State is where a statement is on its way.
type State string

// The states, in Athena's words.
const (
	Queued    State = "QUEUED"
	Running   State = "RUNNING"
	Succeeded State = "SUCCEEDED"
	Failed    State = "FAILED"
	Cancelled State = "CANCELLED"
)

// Final tells whether a state is the last one.
func (s State) Final() bool { return s == Succeeded || s == Failed || s == Cancelled }

var (
	// ErrNotFound says that there is no execution with this id.
	ErrNotFound = errors.New("query execution not found")
	// ErrBusy says that as many statements wait as may.
	ErrBusy = errors.New("too many queries wait")
	// ErrToken says that the client's token belongs to a request that asked for something else.
	ErrToken = errors.New("the token belongs to another request")
	// ErrClosed says that no more statements are taken.
	ErrClosed = errors.New("the server stops")
)

// Request is a statement and what it is run with.
type Request struct {
	SQL       string
	Catalog   string // as the client wrote it
	Database  string // where a table's name without a database is looked up
	WorkGroup string
	// Output is the folder of the result, s3://bucket/prefix/.
	Output string
	// Token makes a request that is sent again the same one; empty means that each is new.
	Token string
	// Parameters are the values of "?", in their order.
	Parameters []string `json:",omitempty"`
	// Prepared is the statement that runs where SQL is EXECUTE: it may be another one by now.
	Prepared string `json:",omitempty"`
}

// statement is what runs.
func (r *Request) statement() string {
	if r.Prepared != "" {
		return withoutEnd(r.Prepared)
	}
	return withoutEnd(r.SQL)
}

// same tells whether a request is another one sent again.
func (r *Request) same(o *Request) bool {
	return r.SQL == o.SQL && r.Catalog == o.Catalog && r.Database == o.Database && r.WorkGroup == o.WorkGroup && r.Output == o.Output &&
		slices.Equal(r.Parameters, o.Parameters)
}

// Execution is all that is known of one statement.
type Execution struct {
	Request
	ID string
	// Kind and Verb are guessed from the text at first, and the engine's once it has read the statement.
	Kind Kind
	Verb string
	// Location is the result's object, whether it is there yet or not. A statement that writes files has none, and this is
	// what its manifest is named by.
	Location string
	// Manifest is the object that lists the files which the statement wrote, one a line; empty if it is none that writes.
	Manifest string

	State State
	// Reason says why a statement failed or was cancelled.
	Reason string
	Fault  *Fault

	Submitted time.Time
	Completed time.Time

	// Columns are known when the state is Succeeded.
	Columns []Column
	Stats   Stats
}

// Text tells whether the result is lines of text, as that of SHOW, in place of CSV.
func (e *Execution) Text() bool { return strings.HasSuffix(e.Location, ".txt") }

// Fault is what Athena says about a failure beside the reason
// (https://docs.aws.amazon.com/athena/latest/ug/error-reference.html).
type Fault struct {
	Category  int
	Type      int
	Message   string
	Retryable bool
}

// Column is a column of a result. Type is Athena's name for it.
type Column struct {
	Name      string
	Type      string
	Precision int
	Scale     int
}

// CaseSensitive is what Athena says about a type.
func (c Column) CaseSensitive() bool { return c.Type == "varchar" || c.Type == "char" }

// Stats are what a statement took. Times are in milliseconds.
type Stats struct {
	BytesScanned int64
	Rows         int64
	BytesWritten int64 // of the result's object
	// BytesExported is the size of the file that the statement wrote.
	BytesExported int64
	Queue         int64
	Planning      int64 // a part of Engine
	Engine        int64
	Publish       int64
	Total         int64
}
