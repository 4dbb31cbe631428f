package duck

import (
	"context"
	"regexp"
	"strings"

	"ticklake/internal/local/athena/trino"
)

// translateError gives an engine's error Trino's name. Its message may have paths of this machine.
func translateError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s := err.Error()
	if _, rest, ok := strings.Cut(s, errorMark); ok {
		name, message, _ := strings.Cut(rest, "\x03")
		message, _, _ = strings.Cut(message, "\x04")
		return &trino.Error{Name: name, Message: message}
	}
	first, _, _ := strings.Cut(s, "\n")
	fault := func(name, message string) error { return &trino.Error{Name: name, Message: message} }
	switch {
	case strings.Contains(s, "More than one row returned by a subquery"):
		return fault(trino.SubqueryMultipleRows, "Scalar sub-query has returned multiple rows")
	case strings.Contains(s, "Out of Memory Error"), strings.Contains(s, "bad_alloc"), strings.Contains(s, "bad allocation"):
		return errMemory()
	case isFileError(s):
		return fault("HIVE_BAD_DATA", "a file of the table cannot be read: "+first)
	case strings.Contains(s, "Overflow in") || strings.Contains(s, "Overflow on") || strings.HasPrefix(s, "Out of Range Error"):
		return fault(trino.OutOfRange, overflow(first))
	case strings.HasPrefix(s, "Conversion Error"):
		if m := intRange.FindStringSubmatch(s); m != nil {
			return fault(trino.OutOfRange, "Out of range for "+m[2]+": "+m[1])
		}
		return fault(trino.InvalidCast, strings.TrimPrefix(first, "Conversion Error: "))
	}
	return fault("GENERIC_INTERNAL_ERROR", first)
}

const exceededMemory = "EXCEEDED_LOCAL_MEMORY_LIMIT"

// errMemory says that a statement wants more memory than it may have.
func errMemory() error {
	return &trino.Error{Name: exceededMemory, Message: "the statement needs more memory than one may use here: read or build less at a time"}
}

var (
	intRange  = regexp.MustCompile(`Type INT\d+ with value (-?\d+) can't be cast because the value is out of range for the destination type (INT\d+)`)
	overflowP = regexp.MustCompile(`Overflow in (addition|subtraction|multiplication) of (\w+) \((-?\d+) ([+*-]) (-?\d+)\)`)
)

func isFileError(s string) bool {
	for _, mark := range []string{"IO Error", "Parquet", "parquet", "CSV Error", "Malformed JSON", "not a valid gzip", "gzip", "Invalid unicode", "read_json", "No magic bytes"} {
		if strings.Contains(s, mark) {
			return true
		}
	}
	return false
}

// overflow words an overflow as Trino does: "integer addition overflow: 1 + 2147483647".
func overflow(s string) string {
	m := overflowP.FindStringSubmatch(s)
	if m == nil {
		return strings.TrimPrefix(s, "Out of Range Error: ")
	}
	kind := map[string]string{"INT8": "tinyint", "INT16": "smallint", "INT32": "integer", "INT64": "bigint"}[m[2]]
	if kind == "" {
		kind = strings.ToLower(m[2])
	}
	return kind + " " + m[1] + " overflow: " + m[3] + " " + m[4] + " " + m[5]
}
