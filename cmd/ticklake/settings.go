package main

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const (
	envPrefix      = "TICKLAKE_"
	configFileName = "ticklake.yaml" // read from the working directory where --config names none
	noDelimiter    = "\x00"          // names are flat: koanf shall see no path in one
)

// secrets are settings whose values are never printed.
var secrets = []string{"kafka-password"}

// notSettings are flags that only a command line has.
var notSettings = []string{"help", "config"}

// settings are what the environment and the configuration file say, under the names of the flags. A flag that is given
// wins over the environment, which wins over the file.
type settings struct {
	path  string // of the file; "" is none
	env   *koanf.Koanf
	file  *koanf.Koanf
	lines map[string]int // of each name in the file
}

// loadSettings reads both. path is the file that was asked for; "" means configFileName where there is one.
func loadSettings(path string, environ []string) (*settings, error) {
	s := &settings{env: koanf.New(noDelimiter), file: koanf.New(noDelimiter), lines: make(map[string]int)}
	err := s.env.Load(env.Provider(noDelimiter, env.Opt{
		Prefix:      envPrefix,
		EnvironFunc: func() []string { return environ },
		TransformFunc: func(name, value string) (string, any) {
			name = settingName(name)
			if value == "" || slices.Contains(notSettings, name) {
				return "", nil // an empty variable sets nothing, as elsewhere; --config was looked at before, and --help is no setting
			}
			return name, value
		},
	}), nil)
	if err != nil {
		return nil, fmt.Errorf("read the environment: %w", err)
	}
	if path == "" {
		if _, err := os.Stat(configFileName); errors.Is(err, os.ErrNotExist) {
			return s, nil
		}
		path = configFileName
	}
	s.path = path
	info, err := os.Stat(path)
	if err != nil {
		return nil, usage("read the configuration file %s: %w; hint: --config names another", path, plainError(err))
	}
	if err := s.file.Load(file.Provider(path), flatYAML{lines: s.lines}); err != nil {
		return nil, usage("read the configuration file %s: %w; hint: it is YAML, one `name: value` a line; --config names another", path, plainError(err))
	}
	for _, name := range secrets {
		if s.file.Exists(name) && info.Mode().Perm()&0o077 != 0 {
			return nil, usage("%s has %s, and others can read the file; hint: chmod 600 %s", path, name, path)
		}
	}
	return s, nil
}

// settingName is the flag's name of a variable: max-age of TICKLAKE_MAX_AGE.
func settingName(variable string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(variable, envPrefix)), "_", "-")
}

// variableName is the variable of a flag's name.
func variableName(setting string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(setting, "-", "_"))
}

// check refuses a name that no command has.
func (s *settings) check(known []string) error {
	for _, name := range s.env.Keys() {
		if !slices.Contains(known, name) {
			return usage("there is no setting %s%s `ticklake config` lists them", variableName(name), orElse(didYouMeanVariable(nearest(name, known))))
		}
	}
	for _, name := range s.file.Keys() {
		if !slices.Contains(known, name) {
			return usage("%s:%d: there is no setting %q%s `ticklake config` lists them", s.path, s.lines[name], name, orElse(didYouMean(nearest(name, known))))
		}
	}
	return nil
}

// orElse ends a clause where no name is near.
func orElse(near string) string { return cmp.Or(near, ";") }

func didYouMeanVariable(near string) string {
	if near == "" {
		return ""
	}
	return didYouMean(variableName(near))
}

// apply sets the flags of a command that were not given.
func (s *settings) apply(flags *pflag.FlagSet) (err error) {
	flags.VisitAll(func(f *pflag.Flag) {
		if err != nil || f.Changed || slices.Contains(notSettings, f.Name) {
			return
		}
		value, from := s.get(f.Name)
		if from == "" {
			return
		}
		if flags.Set(f.Name, value) != nil {
			e := wrongValue(f, value)
			if slices.Contains(secrets, f.Name) {
				e = errors.New("the value does not fit")
			}
			err = usage("%s, from %s: %w", f.Name, from, e)
		}
	})
	return err
}

// get returns a setting's value and where it is from; "" is neither.
func (s *settings) get(name string) (value, from string) {
	switch {
	case s.env.Exists(name):
		return text(s.env.Get(name)), variableName(name)
	case s.file.Exists(name):
		return text(s.file.Get(name)), fmt.Sprintf("%s:%d", s.path, s.lines[name])
	}
	return "", ""
}

// text is a value as its flag reads it: a list has commas between.
func text(value any) string {
	list, ok := value.([]string)
	if !ok {
		return fmt.Sprint(value)
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(list) // a buffer takes everything
	w.Flush()
	return strings.TrimSuffix(b.String(), "\n")
}

// settingNames are the names of all settings: every flag of every command.
func settingNames(root *cobra.Command) []string {
	var names []string
	for _, c := range commands(root) {
		each := func(f *pflag.Flag) {
			if !slices.Contains(notSettings, f.Name) && !slices.Contains(names, f.Name) {
				names = append(names, f.Name)
			}
		}
		c.LocalFlags().VisitAll(each)
		c.InheritedFlags().VisitAll(each)
	}
	slices.Sort(names)
	return names
}

// commands are a command and all below it.
func commands(c *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{c}
	for _, sub := range c.Commands() {
		all = append(all, commands(sub)...)
	}
	return all
}
