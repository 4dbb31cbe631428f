package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
)

// someFlags are flags of each kind.
func someFlags() *pflag.FlagSet {
	f := pflag.NewFlagSet("test", pflag.ContinueOnError)
	f.Duration("max-age", time.Minute, "")
	f.Int64("retain", 1, "")
	f.Bool("kafka-tls", false, "")
	f.String("kafka-password", "", "")
	f.StringSlice("map", nil, "")
	return f
}

func configFile(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ticklake.yaml")
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFlagWinsOverEnvironmentAndThatOverTheFile(t *testing.T) {
	path := configFile(t, "max-age: 3s\nretain: 0123\nkafka-tls: true\nmap: [\"a,b=price\", 2=symbol]\n")
	s, err := loadSettings(path, []string{"TICKLAKE_MAX_AGE=2s", "TICKLAKE_RETAIN=7", "OTHER=1"})
	if err != nil {
		t.Fatal(err)
	}
	flags := someFlags()
	if err := flags.Parse([]string{"--max-age", "1s"}); err != nil {
		t.Fatal(err)
	}
	if err := s.apply(flags); err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	flags.VisitAll(func(f *pflag.Flag) { got[f.Name] = f.Value.String() })
	want := map[string]string{"max-age": "1s", "retain": "7", "kafka-tls": "true", "kafka-password": "", "map": `["a,b=price",2=symbol]`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]string{"max-age": "TICKLAKE_MAX_AGE", "map": path + ":4", "kafka-password": ""} {
		if _, from := s.get(name); from != want {
			t.Errorf("%s is from %q, want %q", name, from, want)
		}
	}
}

func TestScalarsAreTheirText(t *testing.T) {
	s, err := loadSettings(configFile(t, "kafka-password: 0123\nretain: 1_000\nmap: [yes, 0x10]\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"kafka-password": "0123", "retain": "1_000", "map": "yes,0x10"} {
		if got, _ := s.get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestBadSettings(t *testing.T) {
	for _, tt := range []struct{ name, file, env, want string }{
		{"an unknown name in the file", "max-aeg: 3s", "", `:1: there is no setting "max-aeg"; did you mean "max-age"?`},
		{"an unknown variable", "", "TICKLAKE_MAXAGE=1s", `there is no setting TICKLAKE_MAXAGE; did you mean "TICKLAKE_MAX_AGE"?`},
		{"an unknown name like no other", "zzzzzzzz: 1", "", `there is no setting "zzzzzzzz"; ` + "`ticklake config`"},
		{"a value that does not fit", "max-age: soon", "", `max-age, from `},
		{"a name twice", "retain: 1\nretain: 2", "", `line 2: "retain" is there twice, first on line 1`},
		{"a nested name", "kafka:\n  tls: true", "", `"kafka" has a value or a list; names are flat`},
		{"no value", "retain:", "", `"retain" has no value`},
		{"a list at the top", "- retain", "", "one `name: value` a line is wanted"},
		{"no YAML", "a: [", "", "read the configuration"},
		{"a list in a list", "map: [[a]]", "", `a list of "map" has plain values`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := loadSettings(configFile(t, tt.file), []string{tt.env})
			if err == nil {
				err = s.check([]string{"max-age", "retain", "kafka-tls", "kafka-password", "map"})
			}
			if err == nil {
				err = s.apply(someFlags())
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestSecretInAFileThatOthersReadIsRefused(t *testing.T) {
	path := configFile(t, "kafka-password: open sesame")
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := loadSettings(path, nil)
	if err == nil || !strings.Contains(err.Error(), "chmod 600") || strings.Contains(err.Error(), "sesame") {
		t.Errorf("error %v", err)
	}
}

func TestFileThatWasAskedForMustBeThere(t *testing.T) {
	if _, err := loadSettings(filepath.Join(t.TempDir(), "no.yaml"), nil); err == nil {
		t.Error("no error")
	}
}

func FuzzConfigurationFile(f *testing.F) {
	for _, seed := range []string{"max-age: 3s", "map: [a, b]", "a: &x 1\nb: *x", "? [a]\n: b", "a: !!binary QQ==", "---\na: 1\n---\nb: 2", "\xff", "a:\n- - b"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		values, err := flatYAML{lines: make(map[string]int)}.Unmarshal(body)
		if err != nil {
			return
		}
		for name, value := range values {
			switch value.(type) {
			case string, []string:
			default:
				t.Errorf("%q is a %T", name, value)
			}
		}
	})
}

func TestChooseParts(t *testing.T) {
	for _, tt := range []struct {
		name          string
		only, without []string
		want          string
		err           string
	}{
		{"all", nil, nil, "s3 glue athena kafka feed sink crawl web", ""},
		{"some", []string{"kafka", "feed"}, nil, "kafka feed", ""},
		{"all but one", nil, []string{"feed"}, "s3 glue athena kafka sink crawl web", ""},
		{"some but one", []string{"kafka", "feed"}, []string{"feed"}, "kafka", ""},
		{"none", []string{"feed"}, []string{"feed"}, "", "no part is left"},
		{"an unknown one", []string{"kafak"}, nil, "", `there is no part "kafak"; did you mean "kafka"?`},
		{"Athena without S3", nil, []string{"s3"}, "", "start all three"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := chooseParts(tt.only, tt.without)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("error %v, want %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, name := range allParts {
				if p[name] {
					got = append(got, name)
				}
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}
