// Package execution runs SQL statements as Athena does: a statement is accepted at once, waits its turn, runs, and
// leaves its answer as a file in the object store, where it is read page by page.
//
//	Start ─▶ QUEUED ─▶ RUNNING ─▶ SUCCEEDED | FAILED | CANCELLED
//
// What becomes of a statement is kept by a History, so that it outlives the process. The package knows no protocol;
// the Athena API over it is one folder up.
package execution
