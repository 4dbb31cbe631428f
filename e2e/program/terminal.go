package program

import (
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/creack/pty"
)

// Terminal is a command that runs on a terminal of its own.
type Terminal struct {
	place *Place
	cmd   *exec.Cmd
	file  *os.File
	Log   *Log // what the terminal was sent
	done  chan struct{}
}

// Terminal starts the program on a terminal of so many columns and lines. env is added to the place's environment.
func (p *Place) Terminal(columns, lines uint16, env []string, args ...string) *Terminal {
	p.T.Helper()
	cmd := p.Command(args...)
	cmd.Env = append(cmd.Env, env...)
	return p.OnTerminal(columns, lines, cmd)
}

// OnTerminal starts any command so.
func (p *Place) OnTerminal(columns, lines uint16, cmd *exec.Cmd) *Terminal {
	p.T.Helper()
	t := &Terminal{place: p, cmd: cmd, Log: new(Log), done: make(chan struct{})}
	t.cmd.Env = append(t.cmd.Env, "TERM=xterm-256color")
	file, err := pty.StartWithSize(t.cmd, &pty.Winsize{Rows: lines, Cols: columns})
	if err != nil {
		p.T.Fatal(err)
	}
	t.file = file
	go func() {
		defer close(t.done)
		buffer := make([]byte, 64<<10)
		for {
			n, err := file.Read(buffer)
			_, _ = t.Log.Write(buffer[:n])
			if err != nil { // the other end is closed
				return
			}
		}
	}()
	p.T.Cleanup(func() {
		_ = t.cmd.Process.Kill()
		_ = file.Close()
		<-t.done
	})
	return t
}

// Ended says whether the program has.
func (t *Terminal) Ended() bool {
	select {
	case <-t.done:
		return true
	default:
		return false
	}
}

// Type types on the keyboard. "\x03" is Ctrl-C.
func (t *Terminal) Type(keys string) {
	t.place.T.Helper()
	if _, err := t.file.WriteString(keys); err != nil {
		t.place.T.Fatal(err)
	}
}

// Wait waits for the end, and returns all that the terminal was sent and the exit code.
func (t *Terminal) Wait() (text string, code int) {
	t.place.T.Helper()
	late := time.AfterFunc(2*time.Minute, func() { _ = t.cmd.Process.Signal(syscall.SIGKILL) })
	_ = t.cmd.Wait() // the code says it
	if !late.Stop() {
		t.place.T.Fatalf("it does not end\n%s", t.Log)
	}
	<-t.done
	return t.Log.String(), t.cmd.ProcessState.ExitCode()
}
