package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ticklake/internal/feed"
)

// filesOf is the files that are meant, in the order given, and those of a pattern in the order of their names. Paths are
// absolute: the S3 server changes the working directory.
func filesOf(patterns []string) (files []string, err error) {
	seen := make(map[string]bool)
	for _, pattern := range patterns {
		matches := []string{pattern}
		if _, err := os.Stat(pattern); errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(pattern, "*?[") {
			if matches, err = filepath.Glob(pattern); err != nil {
				return nil, usage("--dataset %q: %w; hint: * ? and [a-z] stand for parts of names", pattern, err)
			}
			if len(matches) == 0 {
				return nil, usage("--dataset %q: no file matches; hint: in quotes, so that the shell leaves the pattern as it is", pattern)
			}
			slices.Sort(matches)
		}
		for _, name := range matches {
			path, err := filepath.Abs(name)
			if err != nil {
				return nil, err
			}
			if seen[path] {
				return nil, usage("--dataset names %s twice", name)
			}
			seen[path] = true
			files = append(files, path)
		}
	}
	return files, nil
}

// datasetTitle names a dataset: its file, or how many there are.
func datasetTitle(files []string) string {
	if len(files) == 1 {
		return filepath.Base(files[0])
	}
	return fmt.Sprintf("%s and %s", filepath.Base(files[0]), plural(int64(len(files)-1), "further file"))
}

// datasetDir is the data directory of a dataset: data/indexProcessed for any/where/indexProcessed.csv.gz, and data/prices for
// several files in prices.
func datasetDir(files []string) string {
	name := feed.FileTitle(files[0])
	if len(files) > 1 {
		folder := filepath.Dir(files[0])
		if slices.ContainsFunc(files, func(f string) bool { return filepath.Dir(f) != folder }) {
			name += fmt.Sprintf("-and-%d", len(files)-1)
		} else {
			name = filepath.Base(folder)
		}
	}
	if name == "" || name == "." || name == ".." || name == string(filepath.Separator) {
		name = "dataset"
	}
	return filepath.Join(dataRoot, name)
}

// unquotedPattern refuses arguments, and says why there are any: the shell has put a pattern's files in its place.
func unquotedPattern(cmd *cobra.Command, args []string) error {
	if len(args) > 0 && cmd.Flags().Changed("dataset") {
		if _, err := os.Stat(args[0]); err == nil {
			return usage("%s takes no argument, and there is %q; hint: put the pattern in quotes, --dataset '*.csv', or repeat --dataset", cmd.CommandPath(), args[0])
		}
	}
	return noArgs(cmd, args)
}
