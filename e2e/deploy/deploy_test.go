// Package deploy holds the files under deploy/ against the program: what they set exists, and what they build is all of it.
package deploy

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ticklake/e2e/program"
)

func TestMain(m *testing.M) { os.Exit(program.Main(m)) }

func read(t *testing.T, name string) string {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

var (
	setting = regexp.MustCompile(`TICKLAKE_[A-Z0-9_]+`)
	units   = []string{"deploy/ticklake.service", "deploy/ticklake@.service"}
)

func TestEverySettingExists(t *testing.T) {
	var config struct {
		Settings []struct{ Name string }
	}
	if err := json.Unmarshal([]byte(program.New(t).OK("config", "--output", "json")), &config); err != nil {
		t.Fatal(err)
	}
	var known []string
	for _, s := range config.Settings {
		known = append(known, "TICKLAKE_"+strings.ToUpper(strings.ReplaceAll(s.Name, "-", "_")))
	}
	for _, name := range append(units, "deploy/Containerfile", "deploy/ticklake.env", "deploy/parts.env") {
		for _, variable := range setting.FindAllString(read(t, name), -1) {
			if !slices.Contains(known, variable) {
				t.Errorf("%s: there is no setting %s", name, variable)
			}
		}
	}
}

// An exit code that a new start cannot mend must not be met with one.
func TestUnitsDoNotStartAgainWhereThatCannotHelp(t *testing.T) {
	told := program.New(t).OK("exit-codes")
	for _, name := range units {
		prevented := regexp.MustCompile(`(?m)^RestartPreventExitStatus=(.*)$`).FindStringSubmatch(read(t, name))
		if prevented == nil {
			t.Fatalf("%s prevents nothing", name)
		}
		if prevented[1] != "2 3 4 5" {
			t.Errorf("%s prevents %s", name, prevented[1])
		}
		for _, code := range strings.Fields(prevented[1]) {
			if !regexp.MustCompile(`(?m)^ *` + code + ` `).MatchString(told) {
				t.Errorf("%s: `ticklake exit-codes` does not tell %s", name, code)
			}
		}
	}
}

func TestUnitsAreHardenedAlike(t *testing.T) {
	var hardened [2][]string
	for i, name := range units {
		_, after, found := strings.Cut(read(t, name), "UMask=")
		if !found {
			t.Fatalf("%s has no UMask", name)
		}
		for line := range strings.Lines(after) {
			if line = strings.TrimSpace(line); line != "RemoveIPC=yes" { // a dynamic user's goes by itself
				hardened[i] = append(hardened[i], line)
			}
		}
	}
	if diff := cmp.Diff(hardened[0], hardened[1]); diff != "" {
		t.Errorf("%s and %s differ:\n%s", units[0], units[1], diff)
	}
}

func TestImageIsBuiltOfAllThatTheProgramIs(t *testing.T) {
	containerfile := read(t, "deploy/Containerfile")
	cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if .Main}}{{$.ImportPath}}{{end}}{{end}}", "ticklake/cmd/ticklake")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := strings.Fields(string(out))
	if len(packages) < 10 {
		t.Fatalf("the program is made of %q", packages)
	}
	for _, path := range packages {
		folder := strings.Split(path, "/")[1]
		if !strings.Contains(containerfile, "\nCOPY "+folder+" "+folder+"\n") {
			t.Errorf("%s is not copied into the image", path)
		}
	}
	wanted := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "go.mod"))
	if wanted == nil || !strings.Contains(containerfile, "FROM golang:"+wanted[1]+"-") {
		t.Errorf("go.mod wants Go %q, the image is built by another", wanted)
	}
}

func TestImageExposesThePorts(t *testing.T) {
	containerfile := read(t, "deploy/Containerfile")
	ports := regexp.MustCompile(`(?m)^EXPOSE (.*)$`).FindStringSubmatch(containerfile)
	if ports == nil {
		t.Fatal("it exposes nothing")
	}
	help := program.New(t).OK("up", "--help")
	for _, known := range regexp.MustCompile(`\(default (\d+), or a free one\)`).FindAllStringSubmatch(help, -1) {
		if !slices.Contains(strings.Fields(ports[1]), known[1]) {
			t.Errorf("port %s of up is not exposed", known[1])
		}
	}
	operations := regexp.MustCompile(`TICKLAKE_OPERATIONS_PORT=(\d+)`).FindStringSubmatch(containerfile)
	if operations == nil || !slices.Contains(strings.Fields(ports[1]), operations[1]) {
		t.Errorf("the operations port %q is not exposed", operations)
	}
}
