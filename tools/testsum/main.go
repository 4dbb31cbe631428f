// Command testsum reads the output of `go test -json` and says what matters: failures in full, skips by name, packages that
// took long, and how many tests there were. Counts of several runs are added up in a file.
//
//	go test -json ./... | testsum -counts FILE
//	testsum -counts FILE -total
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

func main() {
	counts := flag.String("counts", "", "the file in which counts are added up")
	total := flag.Bool("total", false, "print the sum of the counts and end with 1 where a test failed, or was skipped in CI")
	flag.Parse()
	inCI := os.Getenv("CI") == "true"
	var err error
	if *total {
		err = printTotal(*counts, inCI)
	} else {
		err = summarise(os.Stdin, os.Stdout, *counts)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
		os.Exit(1)
	}
}

// event is a line of `go test -json`, as `go doc test2json` describes it.
type event struct {
	Action      string
	Package     string
	ImportPath  string
	Test        string
	Output      string
	Elapsed     float64
	FailedBuild string
}

// count is how many tests came out how.
type count struct{ Passed, Failed, Skipped int }

var errFailed = errors.New("tests failed")

func summarise(in io.Reader, out io.Writer, file string) error {
	s := summary{out: out, output: make(map[string][]string)}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			fmt.Fprintln(out, lines.Text()) // not of the test runner: a tool's own words
			continue
		}
		s.add(&e)
	}
	if err := lines.Err(); err != nil {
		return err
	}
	fmt.Fprintf(out, "   %d passed, %d failed, %d skipped\n", s.Passed, s.Failed, s.Skipped)
	if err := s.save(file); err != nil {
		return err
	}
	if s.Failed > 0 {
		return errFailed
	}
	return nil
}

// summary is what a run has come to so far.
type summary struct {
	count
	out    io.Writer
	output map[string][]string // of each package, test and build
}

// long is how many seconds of a package are worth a line.
const long = 10

func (s *summary) add(e *event) {
	key := e.Package + " " + e.Test
	if e.Test == "" && e.Elapsed >= long {
		fmt.Fprintf(s.out, "   %s: %.0f s\n", e.Package, e.Elapsed)
	}
	switch e.Action {
	case "output":
		s.output[key] = append(s.output[key], e.Output)
	case "build-output":
		s.output[e.ImportPath] = append(s.output[e.ImportPath], e.Output)
	case "build-fail":
		s.fail("build of "+e.ImportPath, s.output[e.ImportPath])
	case "pass":
		if e.Test != "" {
			s.Passed++
		}
		delete(s.output, key)
	case "skip":
		if e.Test != "" {
			s.Skipped++
			fmt.Fprintf(s.out, "SKIP  %s %s: %s\n", e.Package, e.Test, strings.TrimSpace(strings.Join(s.output[key], " ")))
		}
		delete(s.output, key)
	case "fail":
		if e.FailedBuild == "" {
			s.fail(key, s.output[key])
		}
		if e.Test == "" {
			s.unfinished(e.Package)
		}
		delete(s.output, key)
	}
}

func (s *summary) fail(what string, output []string) {
	s.Failed++
	fmt.Fprintf(s.out, "FAIL  %s\n%s", what, strings.Join(output, ""))
}

// unfinished prints what the tests said that were running when their package broke off: the reason is among it.
func (s *summary) unfinished(pkg string) {
	for _, key := range slices.Sorted(maps.Keys(s.output)) {
		if strings.HasPrefix(key, pkg+" ") {
			fmt.Fprintf(s.out, "BROKEN OFF  %s\n%s", key, strings.Join(s.output[key], ""))
			delete(s.output, key)
		}
	}
}

func (s *summary) save(file string) error {
	if file == "" {
		return nil
	}
	before, err := load(file)
	if err != nil {
		return err
	}
	body, err := json.Marshal(count{before.Passed + s.Passed, before.Failed + s.Failed, before.Skipped + s.Skipped})
	if err != nil {
		return err
	}
	return os.WriteFile(file, body, 0o644)
}

func load(file string) (c count, err error) {
	body, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return count{}, nil
	}
	if err != nil {
		return count{}, err
	}
	return c, json.Unmarshal(body, &c)
}

// printTotal ends the whole run: its line is the last.
func printTotal(file string, inCI bool) error {
	c, err := load(file)
	if err != nil {
		return err
	}
	if c.Passed == 0 {
		return errors.New("no test ran")
	}
	if c.Skipped > 0 && inCI {
		fmt.Println("In CI a skipped test is a failed one.")
	}
	fmt.Printf("%d passed, %d failed, %d skipped\n", c.Passed, c.Failed, c.Skipped)
	if c.Failed > 0 || (c.Skipped > 0 && inCI) {
		os.Exit(1)
	}
	return nil
}
