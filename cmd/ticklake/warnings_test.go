package main

import (
	"bytes"
	"errors"
	"log/slog"
	"testing"
)

func TestWarningsAreLinesForPeople(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(newWarnings(&out))
	log.Info("nobody wants to know")
	log.With("part", "kafka").WithGroup("x").Warn("disk is nearly full", "needed", 64, "dir", "")
	log.Warn("partition is tried again", "error", errors.New("this\nand that\x1b[2J"))
	want := "ticklake: disk is nearly full (part kafka, needed 64)\nticklake: partition is tried again: this and that·[2J\n"
	if out.String() != want {
		t.Errorf("%q", out.String())
	}
}
