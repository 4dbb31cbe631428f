// Package e2e tries the built program from outside, as its user has it: a binary, a directory, files.
package e2e

import (
	"os"
	"testing"

	"ticklake/e2e/program"
)

func TestMain(m *testing.M) { os.Exit(program.Main(m)) }
