package main

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	edlib "github.com/hbollon/go-edlib"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// nearest is the one of known that word was most likely meant to be; "" where none is near.
func nearest(word string, known []string) string {
	const longest = 64 // no name of ours is as long, and the distance takes time
	if len(word) > longest {
		return ""
	}
	best, least := "", 1+max(1, len(word)/3)
	for _, name := range known {
		distance := edlib.OSADamerauLevenshteinDistance(strings.ToLower(word), strings.ToLower(name))
		if distance < least {
			best, least = name, distance
		}
	}
	if best == "" && len(word) >= 3 {
		return only(word, known)
	}
	return best
}

// only is the one of known that begins with word, where one alone does.
func only(word string, known []string) (found string) {
	for _, name := range known {
		if !strings.HasPrefix(name, strings.ToLower(word)) {
			continue
		}
		if found != "" {
			return ""
		}
		found = name
	}
	return found
}

// wrongFlag says what is wrong with a flag, and names the nearest where there is none of its name.
func wrongFlag(cmd *cobra.Command, err error) error {
	if e := flagError(err); e != nil {
		return usage("%w; see `%s --help`", e, cmd.CommandPath())
	}
	var unknown *pflag.NotExistError
	near := ""
	if errors.As(err, &unknown) && len(unknown.GetSpecifiedName()) > 1 {
		var known []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				known = append(known, f.Name)
			}
		})
		if name := nearest(unknown.GetSpecifiedName(), known); name != "" {
			near = didYouMean("--" + name)
		}
	}
	return usage("%w%s see `%s --help`", err, cmp.Or(near, ";"), cmd.CommandPath())
}

// knownCommand refuses a word that is no command, and names the nearest.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	near := didYouMean(nearest(args[0], commandNames(cmd)))
	return usage("%s has no command %q%s see `%s --help`", cmd.CommandPath(), args[0], cmp.Or(near, ";"), cmd.CommandPath())
}

// didYouMean is the end of a message that names what was likely meant; "" where that is not known.
func didYouMean(near string) string {
	if near == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", near)
}
