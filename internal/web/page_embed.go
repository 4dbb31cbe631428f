//go:build embedui

package web

import (
	"embed"
	"io/fs"
)

// dist is the built page. Where it was not built the compiler finds no file, and says so.
//
//go:embed all:ui/dist
var dist embed.FS

// builtPage is the page that was built before this program.
func builtPage() (fs.FS, error) { return fs.Sub(dist, "ui/dist") }
