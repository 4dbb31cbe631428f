package page

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// suite is a file of specs, or a group in one, as Playwright reports it.
type suite struct {
	Title  string
	Suites []suite
	Specs  []struct {
		Title string
		Tests []struct {
			Results []struct {
				Status string
				Errors []struct{ Message string }
			}
		}
	}
}

// TestInABrowser runs the specs.
func TestInABrowser(t *testing.T) {
	wanted(t)
	chromium, err := browser()
	if err != nil {
		t.Fatal(err)
	}
	programs := start(t)
	file := filepath.Join(t.TempDir(), "report.json")
	pictures, err := filepath.Abs(filepath.Join("..", "..", ".cache", "page-failures"))
	if err != nil {
		t.Fatal(err)
	}
	out, err := tool(t, "playwright", []string{
		"BASE_URL=" + programs.url(), "E2E_CONTROL=" + programs.control, "E2E_REPORT=" + file, "E2E_OUT=" + pictures, "CHROMIUM=" + chromium,
	}, append([]string{"test"}, strings.Fields(os.Getenv("SPECS"))...)...).CombinedOutput()
	var report struct {
		Suites []suite
		Errors []struct{ Message string }
	}
	read(t, file, &report, out)
	for _, e := range report.Errors {
		t.Error(e.Message)
	}
	specs := 0
	for _, s := range report.Suites {
		specs += s.tell(t)
	}
	if t.Failed() {
		t.Logf("how it looked: %s", pictures)
	} else if specs == 0 || err != nil {
		t.Errorf("%d specs, %v\n%s", specs, err, out)
	}
}

// tell makes each spec a test, and returns how many there are.
func (s *suite) tell(t *testing.T) (specs int) {
	t.Helper()
	t.Run(strings.TrimSuffix(s.Title, ".spec.ts"), func(t *testing.T) {
		for _, inner := range s.Suites {
			specs += inner.tell(t)
		}
		for _, spec := range s.Specs {
			specs++
			t.Run(spec.Title, func(t *testing.T) {
				passed := false
				for _, test := range spec.Tests {
					for _, r := range test.Results {
						passed = r.Status == "passed"
						for _, e := range r.Errors {
							t.Error(e.Message)
						}
						if r.Status == "skipped" {
							t.Skip("the spec says so")
						}
					}
				}
				if !passed {
					t.Error("it has not passed")
				}
			})
		}
	})
	return specs
}
