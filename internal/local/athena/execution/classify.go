package execution

import "strings"

// Kind is what sort of statement it is, in Athena's words.
type Kind string

// The kinds.
const (
	DML     Kind = "DML"
	DDL     Kind = "DDL"
	Utility Kind = "UTILITY"
)

// classify guesses a statement's kind from its first words: it decides the name of the result's file, which a client
// learns before the engine has read the statement.
func classify(sql string) (Kind, string) {
	first, rest := word(sql)
	second, _ := word(rest)
	switch first {
	case "SHOW":
		if second == "SCHEMAS" {
			second = "DATABASES"
		}
		return Utility, "SHOW_" + second
	case "DESCRIBE", "DESC":
		return Utility, "DESCRIBE_TABLE"
	case "EXPLAIN":
		return Utility, "EXPLAIN"
	case "CREATE", "DROP", "ALTER":
		return DDL, first + "_" + second
	case "MSCK":
		return DDL, "MSCK_REPAIR_TABLE"
	case "INSERT", "UNLOAD", "DELETE", "UPDATE", "MERGE":
		return DML, first
	}
	return DML, "SELECT"
}

// word returns the first word of a statement in upper case, after white space, comments and parentheses.
func word(sql string) (first, rest string) {
	for {
		sql = strings.TrimLeft(sql, " \t\r\n\f\v(")
		switch {
		case strings.HasPrefix(sql, "--"):
			_, after, found := strings.Cut(sql, "\n")
			if !found {
				return "", ""
			}
			sql = after
		case strings.HasPrefix(sql, "/*"):
			_, after, found := strings.Cut(sql[2:], "*/")
			if !found {
				return "", ""
			}
			sql = after
		default:
			n := 0
			for n < len(sql) && n < 32 && isLetter(sql[n]) {
				n++
			}
			return strings.ToUpper(sql[:n]), sql[n:]
		}
	}
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }

// withoutEnd drops the semicolon that a statement may end with.
func withoutEnd(sql string) string {
	return strings.TrimSuffix(strings.TrimRight(sql, " \t\r\n\f\v"), ";")
}
