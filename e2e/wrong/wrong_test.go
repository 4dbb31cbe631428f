// Package wrong produces from outside what goes wrong, and holds the program to what it says of it: what, where, and what
// to try, in a line or two, and an exit code that is not 0.
package wrong

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ticklake/e2e/program"
)

func TestMain(m *testing.M) { os.Exit(program.Main(m)) }

// situation is something that goes wrong, and what is said of it.
type situation struct {
	name string
	args []string
	env  []string
	via  []string
	code int
	says []string // all of them stand on stderr
}

// try produces it in a place.
func (s *situation) try(t *testing.T, at *program.Place) {
	t.Helper()
	p := &program.Place{T: t, Dir: at.Dir, Env: slices.Concat(at.Env, s.env), Via: slices.Concat(at.Via, s.via)}
	r := p.Run(s.args...)
	if r.Code != s.code {
		t.Errorf("ticklake %s: exit code %d, not %d", strings.Join(s.args, " "), r.Code, s.code)
	}
	program.Contains(t, r.Err, s.says...)
	plainWords(t, r.Err)
	if !toTry.MatchString(r.Err) {
		t.Errorf("it does not say what to try:\n%s", r.Err)
	}
}

// tryAll produces one after the other.
func tryAll(t *testing.T, at *program.Place, all []situation) {
	t.Helper()
	for _, s := range all {
		t.Run(s.name, func(t *testing.T) { s.try(t, at) })
	}
}

// toTry is how a message tells what to try: by a hint, by what there is, or by what a value has to be.
var toTry = regexp.MustCompile(`hint: |did you mean|see .ticklake|it is |wants |parts are|a port is|lists them|choose |letters, digits|it prints|such as|start all|write 2021|say which:|the log of ticklake has`)

// noWords are what no message has: they are the words of a language or of a library, or of a program that has broken.
var noWords = regexp.MustCompile(`%!|<nil>|\bnil\b|operation error|https? response error|StatusCode|RequestID|HostID|goroutine |panic|\.go:\d|` +
	`0x[0-9a-f]{4}|strconv\.|time: |dial tcp|read tcp|lookup |i/o timeout|context (deadline|canceled)|unexpected EOF|: EOF|map\[|&\{|errno|syscall|` +
	`level=|msg=|exceeded maximum number|IMDS|net/http|x509:|tls:`)

// plainWords holds a message to a few lines of moderate length, in words for a person.
func plainWords(t *testing.T, text string) {
	t.Helper()
	if found := noWords.FindString(text); found != "" {
		t.Errorf("a message has %q:\n%s", found, text)
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	said := 0
	for _, line := range lines {
		switch {
		case strings.HasPrefix(line, "ticklake: "):
			said++
		case !strings.HasPrefix(line, "  "):
			t.Errorf("a line is neither a message nor its continuation: %q", line)
		}
		if len(line) > 600 {
			t.Errorf("a message is very long, %d bytes: %s", len(line), line)
		}
	}
	if said > 2 || len(lines) > 4 {
		t.Errorf("that is a lot to read:\n%s", text)
	}
}
