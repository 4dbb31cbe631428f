//go:build !embedui

package web

import "io/fs"

// builtPage is nil: this program was built without the tag embedui, and says so where the page would be.
func builtPage() (fs.FS, error) { return nil, nil }
