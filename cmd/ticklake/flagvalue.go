package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/pflag"
)

// wrongValue says of a value that does not fit a flag what would.
func wrongValue(f *pflag.Flag, value string) error {
	return fmt.Errorf("%.80q is not %s", value, wanted(f.Value.Type()))
}

// wanted is what a flag of a type takes.
func wanted(kind string) string {
	switch kind {
	case "duration":
		return "a length of time, such as 500ms, 90s or 5m"
	case "bool":
		return "true or false"
	case "float64":
		return "a number"
	case "uint64", "uint":
		return "a whole number from 0, or it is too large"
	case "int", "int32", "int64":
		return "a whole number, or it is too large"
	case "stringSlice":
		return "a list with commas between"
	}
	return "a value of this flag"
}

// plainError is an error of the file system without the call and the path that it was of.
func plainError(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// flagError says what is wrong with a flag's value; nil where err is about something else.
func flagError(err error) error {
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return nil
	}
	return fmt.Errorf("--%s: %w", invalid.GetFlag().Name, wrongValue(invalid.GetFlag(), invalid.GetValue()))
}
