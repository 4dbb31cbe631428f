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

// failed says what the insight was doing when the service failed. Where that was for want of a column, it names it: what the
// service says itself is about SQL that nobody wrote.
func (i *Insight) failed(table, doing string, err error) error {
	var refused *query.Error
	if errors.As(err, &refused) && refused.Name == "COLUMN_NOT_FOUND" {
		if m := unresolved.FindStringSubmatch(refused.Message); m != nil {
			return fmt.Errorf("insight %s: %w", i.Name, &ColumnError{table, m[1], err})
		}
	}
	if doing != "" {
		doing += ": "
	}
	return fmt.Errorf("insight %s: %s%w", i.Name, doing, err)
}
