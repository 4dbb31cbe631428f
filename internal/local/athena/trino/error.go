package trino

import (
	"errors"
	"fmt"
)

// The names that Trino gives to its errors, as far as they are used here.
const (
	SyntaxError           = "SYNTAX_ERROR"
	NotSupported          = "NOT_SUPPORTED"
	ColumnNotFound        = "COLUMN_NOT_FOUND"
	TableNotFound         = "TABLE_NOT_FOUND"
	TableAlreadyExists    = "TABLE_ALREADY_EXISTS"
	SchemaNotFound        = "SCHEMA_NOT_FOUND"
	CatalogNotFound       = "CATALOG_NOT_FOUND"
	FunctionNotFound      = "FUNCTION_NOT_FOUND"
	TypeMismatch          = "TYPE_MISMATCH"
	AmbiguousName         = "AMBIGUOUS_NAME"
	MismatchedAliases     = "MISMATCHED_COLUMN_ALIASES"
	DuplicateColumnName   = "DUPLICATE_COLUMN_NAME"
	DuplicateNamedQuery   = "DUPLICATE_NAMED_QUERY"
	NestedAggregation     = "NESTED_AGGREGATION"
	NestedWindow          = "NESTED_WINDOW"
	ExpressionNotScalar   = "EXPRESSION_NOT_SCALAR"
	ExpressionNotAgg      = "EXPRESSION_NOT_AGGREGATE"
	NotInDistinct         = "EXPRESSION_NOT_IN_DISTINCT"
	ExpressionNotConstant = "EXPRESSION_NOT_CONSTANT"
	MissingOrderBy        = "MISSING_ORDER_BY"
	MissingOver           = "MISSING_OVER"
	MissingColumnName     = "MISSING_COLUMN_NAME"
	InvalidWindowFrame    = "INVALID_WINDOW_FRAME"
	InvalidWindowRef      = "INVALID_WINDOW_REFERENCE"
	DuplicateWindowName   = "DUPLICATE_WINDOW_NAME"
	InvalidColumnRef      = "INVALID_COLUMN_REFERENCE"
	InvalidParameterUsage = "INVALID_PARAMETER_USAGE"
	InvalidLiteral        = "INVALID_LITERAL"
	InvalidArgument       = "INVALID_FUNCTION_ARGUMENT"
	InvalidArguments      = "INVALID_ARGUMENTS"
	InvalidCast           = "INVALID_CAST_ARGUMENT"
	InvalidLimit          = "INVALID_LIMIT_CLAUSE"
	InvalidTypeParameter  = "TYPE_MISMATCH"
	FunctionNotAggregate  = "FUNCTION_NOT_AGGREGATE"
	FunctionNotWindow     = "FUNCTION_NOT_WINDOW"
	DivisionByZero        = "DIVISION_BY_ZERO"
	OutOfRange            = "NUMERIC_VALUE_OUT_OF_RANGE"
	SubqueryMultipleRows  = "SUBQUERY_MULTIPLE_ROWS"
	QueryTextTooLarge     = "QUERY_TEXT_TOO_LARGE"
)

// ErrNotFound is what a Catalog returns for a database or a table that it does not have.
var ErrNotFound = errors.New("not found")

// Pos is a place in a statement: line and column count from 1, columns in characters.
type Pos struct{ Line, Column int }

// Error is a statement's fault, under Trino's name for it. Line 0 means that there is no position.
type Error struct {
	Name         string
	Line, Column int
	Message      string
	Hint         string
}

// Error is the message as Trino words it: "line 1:8: Column 'x' cannot be resolved".
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Name + ": " + e.Message
	}
	return fmt.Sprintf("%s: line %d:%d: %s", e.Name, e.Line, e.Column, e.Message)
}

// Errorf makes an Error at a position.
func Errorf(pos Pos, name, format string, args ...any) *Error {
	return &Error{Name: name, Line: pos.Line, Column: pos.Column, Message: fmt.Sprintf(format, args...)}
}

// Unsupported refuses something by its name.
func Unsupported(pos Pos, format string, args ...any) *Error {
	e := Errorf(pos, NotSupported, format, args...)
	e.Message += " is not supported"
	return e
}

func (e *Error) hint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}
