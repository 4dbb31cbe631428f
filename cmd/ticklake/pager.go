package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// errPagerLeft says that the reader has left the pager before the end.
var errPagerLeft = errors.New("the pager has ended")

// pager shows what is written to it: as it is where that fits on the terminal, else through $PAGER, or less.
type pager struct {
	app     *app
	lines   int    // of the terminal
	command string // for the shell; "" is none
	held    bytes.Buffer
	running *exec.Cmd
	in      io.WriteCloser
}

// newPager starts nothing yet.
func (a *app) newPager() *pager {
	_, lines := screenOf(a.out).size()
	return &pager{app: a, lines: lines, command: pagerCommand(os.LookupEnv, exec.LookPath)}
}

// pagerCommand is what the user's environment asks for. less shows what fits on a screen without ado, leaves it there,
// chops long lines and passes colours on; who has set LESS wants it otherwise.
func pagerCommand(env func(string) (string, bool), find func(string) (string, error)) string {
	if command, ok := env("PAGER"); ok {
		if command == "cat" {
			return ""
		}
		return command
	}
	if _, err := find("less"); err == nil {
		return "less"
	}
	return ""
}

// shellWords are characters that only a shell understands.
const shellWords = "|&;<>()$`\\\"'*?[]#~=%\n"

// lessOptions are for a less whose user has set none.
const lessOptions = "FRSX"

// afterwards is how many lines follow on the terminal: a summary and the shell's prompt.
const afterwards = 2

// Write implements io.Writer.
func (p *pager) Write(b []byte) (int, error) {
	if p.running == nil {
		p.held.Write(b)
		if p.command == "" || p.lines == 0 {
			return len(b), p.flush(p.app.out)
		}
		if bytes.Count(p.held.Bytes(), []byte{'\n'}) < p.lines-afterwards {
			return len(b), nil
		}
		if err := p.start(); err != nil {
			p.app.note("%v; the rows are printed without", err)
			p.command = ""
			return len(b), p.flush(p.app.out)
		}
		return len(b), p.flush(p.in)
	}
	n, err := p.in.Write(b)
	return n, left(err)
}

func (p *pager) flush(w io.Writer) error {
	_, err := p.held.WriteTo(w)
	return left(err)
}

// left tells a pager that was left from one that fails.
func left(err error) error {
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, os.ErrClosed) {
		return errPagerLeft
	}
	return err
}

func (p *pager) start() (err error) {
	cmd := exec.Command("/bin/sh", "-c", p.command)
	if words := strings.Fields(p.command); !strings.ContainsAny(p.command, shellWords) && len(words) > 0 {
		cmd = exec.Command(words[0], words[1:]...) // a shell between would end at a Ctrl-C that the pager does not end at
	}
	cmd.Stdout, cmd.Stderr = screenOf(p.app.out).file, os.Stderr
	if _, ok := os.LookupEnv("LESS"); !ok {
		cmd.Env = append(os.Environ(), "LESS="+lessOptions)
	}
	if p.in, err = cmd.StdinPipe(); err != nil {
		return fmt.Errorf("start pager %q: %w", p.command, err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start pager %q: %w", p.command, err)
	}
	p.running = cmd
	p.app.paging.Lock() // a second Ctrl-C waits for who reads
	return nil
}

// Close shows what is held, or waits until the reader has left the pager.
func (p *pager) Close() error {
	if p.running == nil {
		return p.flush(p.app.out)
	}
	defer p.app.paging.Unlock()
	_ = p.in.Close()
	err := p.running.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() != notThere && exit.ExitCode() != notRunnable {
		return nil // how a reader leaves is the reader's business
	}
	if err != nil {
		return fmt.Errorf("pager %q: %w; hint: --no-pager does without", p.command, err)
	}
	return nil
}

// What a shell ends with where a command cannot be run.
const (
	notRunnable = 126
	notThere    = 127
)
