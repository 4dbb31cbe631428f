package insight

import (
	"errors"
	"fmt"
	"regexp"

	"ticklake/internal/query"
)

// UnknownError says that there is no insight, or no parameter, of a name, and which there are.
type UnknownError struct {
	What, Name string
	Known      []string
}

func (e *UnknownError) Error() string { return fmt.Sprintf("no %s %.80q", e.What, e.Name) }

// ValueError says that a parameter cannot have a value.
type ValueError struct{ Param, Value, Want string }

func (e *ValueError) Error() string {
	return fmt.Sprintf("parameter %s: %.80q is not %s", e.Param, e.Value, e.Want)
}

// ColumnError says that the table has not a column that an insight reads.
type ColumnError struct {
	Table, Column string
	Err           error // of the service
}

func (e *ColumnError) Error() string {
	return fmt.Sprintf("table %s has no column %s", e.Table, e.Column)
}

func (e *ColumnError) Unwrap() error { return e.Err }

// unresolved is how Athena names a column that is not there.
var unresolved = regexp.MustCompile(`^Column '([^']+)' cannot be resolved`)

// explain names the column where the service failed for want of one: what it says itself is about SQL that nobody wrote.
func explain(table string, err error) error {
	var failed *query.Error
	if errors.As(err, &failed) && failed.Name == "COLUMN_NOT_FOUND" {
		if m := unresolved.FindStringSubmatch(failed.Message); m != nil {
			return &ColumnError{table, m[1], err}
		}
	}
	return err
}
