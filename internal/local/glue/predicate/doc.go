// Package predicate reads the Expression of Glue's GetPartitions and tells which partitions it holds for.
//
// It is a subset of SQL over partition keys: =, <>, !=, <, <=, >, >=, IN, BETWEEN, LIKE, AND, OR, NOT and
// parentheses. Keys of a number type compare as numbers, all others as text. What cannot be compared, such as a
// value that is no number under a number key, is unknown, as NULL is in SQL.
package predicate
