// Package duck runs statements that package trino has read on an embedded DuckDB.
//
// The typed tree is lowered to SQL that this package alone writes: columns are numbers (c1, c2, …), literals are
// written anew from their values, functions come from the table of functions. No text of a user reaches DuckDB.
package duck
