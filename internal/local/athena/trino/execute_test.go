package trino

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEXECUTENamesAStatementAndItsValues(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     *Execute
		fault    string
	}{
		{"no EXECUTE", "SELECT 1", nil, ""},
		{"no SQL", "EXECUTE '", nil, ""},
		{"nothing", "", nil, ""},
		{"without values", "execute My_Statement", &Execute{Name: "my_statement"}, ""},
		{"with values", "EXECUTE a USING 1, 'it''s é', -1.5,\n DATE '2024-05-17' /* x */ , (1 +\n 2)", &Execute{"a", []string{"1", "'it''s é'", "-1.5", "DATE '2024-05-17' /* x */", "(1 +\n 2)"}}, ""},
		{"a column for a value", "EXECUTE a USING x", nil, "COLUMN_NOT_FOUND: line 1:17: Column 'x' cannot be resolved"},
		{"no name", "EXECUTE USING 1", nil, "SYNTAX_ERROR: line 1:9: mismatched input 'USING'"},
		{"more", "EXECUTE a 1", nil, "SYNTAX_ERROR: line 1:11: mismatched input '1'"},
		{"the statement itself", "EXECUTE IMMEDIATE 'SELECT 1'", nil, "NOT_SUPPORTED: line 1:1: EXECUTE IMMEDIATE is not supported"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseExecute(tt.in)
			text := ""
			if err != nil {
				text = err.Error()
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || text != tt.fault {
				t.Error(text, diff)
			}
		})
	}
}

func FuzzParseExecute(f *testing.F) {
	for _, s := range []string{"EXECUTE a USING 1, 'x''y', (1\n+ 2)", "execute \"é\" using -1.5, DATE '2024-05-17'", "EXECUTE a USING"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		x, err := ParseExecute(s)
		if err != nil || x == nil {
			return
		}
		for _, p := range x.Parameters {
			if _, err := readParameter(p); err != nil {
				t.Fatalf("%q has the value %q: %v", s, p, err)
			}
		}
	})
}

func FuzzParameter(f *testing.F) {
	for _, s := range []string{"1", "'a'", "a b", "x -> x", "?", "DATE '2024-05-17'", "(SELECT 1)", "count(*) FILTER (WHERE true)"} {
		f.Add(s)
	}
	f.Fuzz(func(_ *testing.T, s string) { _, _ = analyze("SELECT ? AS x LIMIT ?", s, s) })
}
