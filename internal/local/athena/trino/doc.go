// Package trino reads SQL as Amazon Athena (engine version 3, a Trino) reads it: text becomes tokens, a
// syntax tree, and a typed tree whose names are resolved against a catalog and whose types follow Trino's rules.
//
// The package knows no engine. What it does not know it refuses, by name and position; what it accepts means
// what it means on Athena. DESIGN.md one folder up tells the whole way.
package trino
