package main

import (
	"context"
	"errors"
	"fmt"

	"ticklake/internal/feed"
	"ticklake/internal/pipeline"
)

// Exit codes, as `ticklake help exit-codes` tells them.
const (
	exitOK      = 0
	exitFailed  = 1
	exitUsage   = 2
	exitStrict  = 3
	exitBroken  = 4
	exitStopped = 5
	exitKilled  = 130
)

const exitCodesHelp = `ticklake ends with one of these codes:

  0    done, or stopped as asked
  1    failed; the message says what and what to try
  2    the command line or the configuration is not understood
  3    --strict: a row cannot be a tick; nothing from it on was sent
  4    verify: the lake is not whole, or with --sequences a symbol's numbers are not
       up --once: not every row read is in the lake
  5    a partition has stopped rather than lose or double records
  130  a second Ctrl-C has ended it at once; nothing is lost`

// usageError is a command line that is not understood.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// silentError ends the program with a code; what there was to say has been said.
type silentError struct{ code int }

func (e *silentError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

func exitCode(err error) int {
	var silent *silentError
	var strict *feed.StrictError
	var wrong usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &silent):
		return silent.code
	case errors.As(err, &strict):
		return exitStrict
	case errors.As(err, &wrong):
		return exitUsage
	case errors.Is(err, pipeline.ErrPartitionStopped):
		return exitStopped
	case errors.Is(err, context.Canceled):
		return exitOK
	}
	return exitFailed
}
