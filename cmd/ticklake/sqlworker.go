package main

import (
	"os"
	"os/exec"

	"ticklake/internal/local/athena/duck"
)

// isSQLWorker tells whether this process was started to run the SQL of another one.
func isSQLWorker() bool { return len(os.Args) == 2 && os.Args[1] == duck.WorkerArgument }

// sqlWorker is this program again, as a process that runs SQL.
func sqlWorker() *exec.Cmd {
	// The file may have been replaced since this process began.
	program := "/proc/self/exe"
	if _, err := os.Stat(program); err != nil {
		if program, err = os.Executable(); err != nil {
			program = os.Args[0]
		}
	}
	return &exec.Cmd{Path: program, Args: []string{os.Args[0], duck.WorkerArgument}}
}
