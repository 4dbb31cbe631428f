package page

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestTypes checks the page's types, and that what it asks of the API is what the API's document says.
func TestTypes(t *testing.T) {
	wanted(t)
	cmd := exec.CommandContext(t.Context(), "npm", "run", "-s", "check")
	cmd.Dir = ui
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestLogic runs the tests of what the page can do without a browser.
func TestLogic(t *testing.T) {
	wanted(t)
	file := filepath.Join(t.TempDir(), "report.json")
	out, err := tool(t, "vitest", nil, "run", "--reporter=json", "--outputFile="+file).CombinedOutput()
	var report struct {
		TestResults []struct {
			Name, Message    string
			AssertionResults []struct {
				FullName        string
				Status          string
				FailureMessages []string
			}
		}
	}
	read(t, file, &report, out)
	tests := 0
	for _, f := range report.TestResults {
		if f.Message != "" {
			t.Errorf("%s: %s", f.Name, f.Message)
		}
		for _, a := range f.AssertionResults {
			tests++
			t.Run(a.FullName, func(t *testing.T) {
				if a.Status != "passed" {
					t.Errorf("%s: %s", a.Status, strings.Join(a.FailureMessages, "\n"))
				}
			})
		}
	}
	if tests == 0 || err != nil && !t.Failed() {
		t.Errorf("%d tests, %v\n%s", tests, err, out)
	}
}

// read decodes a report; where there is none, what the tool printed says why.
func read(t *testing.T, file string, report any, printed []byte) {
	t.Helper()
	body, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(body, report)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, printed)
	}
}
