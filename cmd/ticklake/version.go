package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set by the linker.
var version = "devel"

// build says what program this is.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision"` // the commit; empty where the build does not know it
	Go       string `json:"go"`
	OS       string `json:"os"`
	Arch     string `json:"arch"`
}

func newVersion(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Example: `  ticklake version
  ticklake version --output json`,
		RunE: func(*cobra.Command, []string) error {
			b := build{version, revision(), runtime.Version(), runtime.GOOS, runtime.GOARCH}
			if a.flags.output == formJSON {
				return printJSON(a.out, b)
			}
			commit := ""
			if b.Revision != "" {
				commit = " (" + b.Revision[:shortRevision] + ")"
			}
			_, err := fmt.Fprintf(a.out, "ticklake %s%s, %s %s/%s\n", b.Version, commit, b.Go, b.OS, b.Arch)
			return err
		},
	}
}

const shortRevision = 12

// revision is the commit that the program was built from, where the build knows it.
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= shortRevision {
			return s.Value
		}
	}
	return ""
}
