package trino

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// oneTable is a catalog of the table market.trades.
type oneTable struct{ emptyCatalog }

func (oneTable) Tables(_ context.Context, database string) ([]string, error) {
	if database != "market" {
		return nil, ErrNotFound
	}
	return []string{"trades"}, nil
}

func (oneTable) Table(_ context.Context, database, name string) (*Table, error) {
	if database != "market" || name != "trades" {
		return nil, ErrNotFound
	}
	return &Table{
		Database: "market", Name: "trades", Comment: "what's traded", Location: "s3://lake/trades/", Format: FormatParquet,
		Columns:       []TableColumn{{Name: "symbol", Type: "string", Comment: "a;b"}, {Name: "price", Type: "decimal(18,9)"}},
		PartitionKeys: []TableColumn{{Name: "dt", Type: "string", Comment: "day\tutc"}},
		Storage:       Storage{InputFormat: "in", OutputFormat: "out", SerDe: "serde", SerDeParameters: map[string]string{"b": "2", "a": "1"}, Properties: map[string]string{"EXTERNAL": "TRUE", "k": "v"}},
	}, nil
}

func analyze(sql string, parameters ...string) (any, error) {
	return Analyze(context.Background(), oneTable{}, sql, Options{Database: "market", Parameters: parameters})
}

// columnTypes are the types of a query's columns, or the fault.
func columnTypes(sql string, parameters ...string) string {
	stmt, err := analyze(sql, parameters...)
	if err != nil {
		return err.Error()
	}
	var types []string
	for _, c := range stmt.(*Query).Columns {
		types = append(types, c.Type.String())
	}
	return strings.Join(types, " ")
}

func TestAParameterIsAnExpressionOrElseAText(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"a text in quotes", "'abc'", "varchar(3)"},
		{"an integer", "12", "integer"},
		{"a negative number", "-1.5", "decimal(2,1)"},
		{"a sum", "1 + 1", "integer"},
		{"a date", "DATE '2024-05-17'", "date"},
		{"NULL", "NULL", "unknown"},
		{"a function", "abs(-2)", "integer"},
		{"a subquery", "(SELECT 1)", "integer"},
		{"a word", "abc", "varchar(3)"},
		{"a name in quotes", `"abc"`, "varchar(5)"},
		{"an expression with a name", "x + 1", "varchar(5)"},
		{"words", "abc def", "varchar(7)"},
		{"an apostrophe", "it's", "varchar(4)"},
		{"an id", "123e4567-e89b-12d3-a456-426614174000", "varchar(36)"},
		{"a question mark", "?", "varchar(1)"},
		{"a second statement", "1; DROP TABLE x", "varchar(15)"},
		{"a NUL", "a\x00", "varchar(2)"},
		{"what is no UTF-8", "\xff", "varchar(1)"},
		{"what has no such types", "1 OR 1 = 1", "TYPE_MISMATCH: line 1:8: Logical expression term must evaluate to a boolean (actual: integer)"},
		{"an unknown function", "nosuch(1)", "FUNCTION_NOT_FOUND: line 1:8: Function 'nosuch' not registered"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := columnTypes("SELECT ?", tt.in); got != tt.want {
				t.Errorf("%s is %s, want %s", tt.in, got, tt.want)
			}
		})
	}
}

func TestParametersStandForTheirMarks(t *testing.T) {
	for _, tt := range []struct {
		name, sql  string
		parameters []string
		want       string
	}{
		{"in order", "SELECT ?, '?', ? -- ?\n, \"?\" FROM (VALUES 1) t(\"?\")", []string{"1", "'a'"}, "integer varchar(1) varchar(1) integer"},
		{"in LIMIT and OFFSET", "SELECT symbol FROM trades OFFSET ? LIMIT ?", []string{"1", "2"}, "varchar"},
		{"in IN", "SELECT symbol FROM trades WHERE symbol IN (?, ?) AND price > ?", []string{"'a'", "b", "1.5"}, "varchar"},
		{"none wanted, some given", "SELECT 1", []string{"2"}, "integer"},
		{"too few", "SELECT ?, ?", []string{"1"}, "INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected 2 but found 1"},
		{"none", "SELECT ?", nil, "INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected 1 but found 0"},
		{"too many", "SELECT ?", []string{"1", "2"}, "INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected 1 but found 2"},
		{"a text in LIMIT", "SELECT 1 LIMIT ?", []string{"'x'"}, "INVALID_LIMIT_CLAUSE: line 1:16: the number of rows must be an integer that is not negative"},
		{"as a table", "SELECT 1 FROM ?", []string{"trades"}, "SYNTAX_ERROR: line 1:15: mismatched input '?'"},
		{"ordinal that is none", "SELECT symbol FROM trades ORDER BY ?", []string{"1"}, "varchar"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := columnTypes(tt.sql, tt.parameters...); got != tt.want {
				t.Errorf("%s %q:\n%s, want\n%s", tt.sql, tt.parameters, got, tt.want)
			}
		})
	}
}

func TestBackquotesNameThingsInHivesStatementsOnly(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"DESCRIBE", "DESCRIBE `trades`", ""},
		{"DESC with a database", "DESC `market`.`Trades`", ""},
		{"SHOW COLUMNS", "SHOW COLUMNS IN `trades` IN `market`", ""},
		{"SHOW TABLES", "SHOW TABLES IN `market` '*'", ""},
		{"SHOW CREATE TABLE", "SHOW CREATE TABLE `market`.`trades`", ""},
		{"SELECT", "SELECT * FROM `trades`", "SYNTAX_ERROR: line 1:15: backquoted identifiers are not supported; use double quotes to quote identifiers"},
		{"a column", "SELECT `symbol` FROM trades", "SYNTAX_ERROR: line 1:8: backquoted identifiers are not supported; use double quotes to quote identifiers"},
		{"CREATE TABLE AS", "CREATE TABLE `x` AS SELECT `symbol` FROM trades", "SYNTAX_ERROR: line 1:28: backquoted identifiers are not supported; use double quotes to quote identifiers"},
		{"an open one", "DESCRIBE `trades", "SYNTAX_ERROR: line 1:10: mismatched input '`': the quotation is not closed"},
		{"an empty one", "DESCRIBE ``", "SYNTAX_ERROR: line 1:10: Zero-length delimited identifier not allowed"},
		{"a nearest name", "DESCRIBE `trade`", "TABLE_NOT_FOUND: line 1:1: Table 'awsdatacatalog.market.trade' does not exist"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := analyze(tt.in)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("%s: %s, want %s", tt.in, got, tt.want)
			}
		})
	}
}

func TestNearestNames(t *testing.T) {
	names := []string{"price", "symbol", "volume", "open", "ticks", "dead_ticks"}
	for _, tt := range []struct{ in, want string }{
		{"pirce", "price"},
		{"symbl", "symbol"},
		{"volumes", "volume"},
		{"tick", "ticks"},
		{"deadticks", "dead_ticks"},
		{"nope", ""},
		{"x", ""},
		{"", ""},
		{strings.Repeat("price", 100), ""},
	} {
		if got := nearest(tt.in, names); got != tt.want {
			t.Errorf("%q is near %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestStatementsAreToldApartByTheirGrammar(t *testing.T) {
	for _, tt := range []struct{ in, kind, verb string }{
		{"SELECT 1", "DML", "SELECT"},
		{"(VALUES 1)", "DML", "SELECT"},
		{"WITH a AS (SELECT 1) TABLE a", "DML", "SELECT"},
		{"/* x */ CREATE TABLE a.b AS SELECT 1 AS x", "DDL", "CREATE_TABLE_AS_SELECT"},
		{"UNLOAD (SELECT 1) TO 's3://a/b'", "DML", "UNLOAD"},
		{"DESC x", "UTILITY", "DESCRIBE_TABLE"},
		{"SHOW SCHEMAS", "UTILITY", "SHOW_DATABASES"},
		{"SHOW CREATE TABLE x", "UTILITY", "SHOW_CREATE_TABLE"},
		{"DROP TABLE x", "", ""},
		{"CREATE EXTERNAL TABLE `x` (y int)", "", ""},
		{"SELECT ?", "", ""},
	} {
		form, err := Inspect(tt.in, nil)
		if err != nil || form != (Form{tt.kind, tt.verb}) {
			t.Errorf("%s is %v (%v)", tt.in, form, err)
		}
	}
	_, err := Inspect("SELECT FROM", nil)
	var fault *Error
	if !errors.As(err, &fault) || fault.Name != SyntaxError {
		t.Error(err)
	}
}
