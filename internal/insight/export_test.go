package insight

import "time"

// Folders is folders, for tests.
func Folders(first, last time.Time) string { return folders(first, last) }

// Parse is parse, for tests.
func Parse(name, text string) (*Insight, error) { return parse(name, text) }
