package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"ticklake/internal/feed"
	"ticklake/internal/pipeline"
	"ticklake/internal/query"
)

// Exit codes, as `ticklake exit-codes` tells them.
const (
	exitOK      = 0
	exitFailed  = 1
	exitUsage   = 2
	exitStrict  = 3
	exitBroken  = 4
	exitStopped = 5
	exitKilled  = 130
)

// codeMeaning is an exit code and what it means.
type codeMeaning struct {
	Code    int    `json:"code"`
	Meaning string `json:"meaning"`
}

var codeMeanings = []codeMeaning{
	{exitOK, "done; or, of what runs until it is stopped, stopped as asked"},
	{exitFailed, "failed; the message says what and what to try"},
	{exitUsage, "the command line or the configuration is not understood"},
	{exitStrict, "--strict: a row cannot be a tick; nothing from it on was sent"},
	{exitBroken, "verify: the lake is not whole; up --once: not every row that was read is in the lake"},
	{exitStopped, "a partition has stopped rather than lose or double records"},
	{exitKilled, "Ctrl-C ended it before it was done, or a second one at once; nothing is lost"},
}

func newExitCodes(a *app) *cobra.Command {
	var long strings.Builder
	long.WriteString("ticklake ends with one of these codes:\n\n")
	for _, c := range codeMeanings {
		fmt.Fprintf(&long, "  %-4d %s\n", c.Code, strings.ReplaceAll(c.Meaning, "; ", ";\n       "))
	}
	return prints(&cobra.Command{
		Use: "exit-codes", Short: "What the exit codes mean", Long: strings.TrimSuffix(long.String(), "\n"),
		Example: "  ticklake exit-codes\n  ticklake exit-codes --output json",
		RunE: func(*cobra.Command, []string) error {
			rows := make([][]string, len(codeMeanings))
			for i, c := range codeMeanings {
				rows[i] = []string{strconv.Itoa(c.Code), c.Meaning}
			}
			return a.printList(codeMeanings, columnsNamed("code#", "meaning"), rows)
		},
	}, allForms...)
}

// usageError is a command line that is not understood.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// interruptedError is what a command with an end returns that was told to stop before.
type interruptedError struct{ what string }

func (e *interruptedError) Error() string { return e.what }

// untilDone is the work of a command that has an end.
func untilDone(run func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error { return unlessStopped(cmd.Context(), run(cmd, args)) }
}

// unlessStopped is how work with an end has ended: told to stop before, it says so, and the program ends with a code of its
// own.
func unlessStopped(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	var asked *query.StoppedError
	if errors.As(err, &asked) {
		return &interruptedError{asked.Error()}
	}
	return &interruptedError{"stopped before it was done"}
}

// silentError ends the program with a code; what there was to say has been said.
type silentError struct{ code int }

func (e *silentError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

func exitCode(err error) int {
	var silent *silentError
	var strict *feed.StrictError
	var wrong usageError
	var interrupted *interruptedError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &silent):
		return silent.code
	case errors.As(err, &strict):
		return exitStrict
	case errors.As(err, &wrong):
		return exitUsage
	case errors.As(err, &interrupted):
		return exitKilled
	case errors.Is(err, pipeline.ErrPartitionStopped):
		return exitStopped
	case errors.Is(err, context.Canceled):
		return exitOK
	}
	return exitFailed
}
