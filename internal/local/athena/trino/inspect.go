package trino

// Form is what a statement is, as far as its grammar tells, in Athena's words.
type Form struct{ Kind, Verb string }

// Inspect reads a statement without a catalog. A fault of its grammar is an *Error under the name SYNTAX_ERROR; a statement
// that is refused for another reason has no form.
func Inspect(sql string, parameters []string) (Form, error) {
	tree, err := parse(sql, parameters)
	if err != nil {
		if err.Name == SyntaxError {
			return Form{}, err
		}
		return Form{}, nil
	}
	switch n := tree.(type) {
	case *queryNode:
		return Form{"DML", "SELECT"}, nil
	case *unloadNode:
		return Form{"DML", "UNLOAD"}, nil
	case *createNode:
		return Form{"DDL", "CREATE_TABLE_AS_SELECT"}, nil
	case *describeNode:
		return Form{"UTILITY", "DESCRIBE_TABLE"}, nil
	case *showNode:
		return Form{"UTILITY", showVerbs[n.what]}, nil
	}
	return Form{}, nil
}

var showVerbs = map[string]string{
	"SCHEMAS": "SHOW_DATABASES", "TABLES": "SHOW_TABLES", "COLUMNS": "SHOW_COLUMNS", "PARTITIONS": "SHOW_PARTITIONS", "CREATE TABLE": "SHOW_CREATE_TABLE",
}
