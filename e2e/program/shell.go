package program

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
)

// ShellCommand is a line of bash in the place, with the program on the path as ticklake and no environment of its own.
func (p *Place) ShellCommand(line string) *exec.Cmd {
	p.T.Helper()
	dir := filepath.Join(p.Dir, ".path")
	if err := os.Mkdir(dir, 0o700); err == nil {
		if err := os.Symlink(binary, filepath.Join(dir, "ticklake")); err != nil {
			p.T.Fatal(err)
		}
	}
	cmd := exec.Command("bash", "-c", line)
	cmd.Dir = p.Dir
	cmd.Env = []string{"HOME=" + p.Dir, "PATH=" + dir + ":" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir()}
	return cmd
}

// Shell runs a line of bash to its end, and returns its exit code and all that it printed.
func (p *Place) Shell(line string) (code int, out string) {
	p.T.Helper()
	cmd := p.ShellCommand(line)
	text, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.T.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(text)
}
