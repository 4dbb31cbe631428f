package bars

import (
	"slices"
	"time"

	"ticklake/internal/tick"
)

// widths are the forms of a folder's dt and how long each reaches.
var widths = []struct {
	form   string
	behind func(time.Time) time.Time
}{
	{"2006", func(t time.Time) time.Time { return t.AddDate(1, 0, 0) }},
	{"2006-01", func(t time.Time) time.Time { return t.AddDate(0, 1, 0) }},
	{time.DateOnly, func(t time.Time) time.Time { return t.AddDate(0, 0, 1) }},
	{"2006-01-02-15", func(t time.Time) time.Time { return t.Add(time.Hour) }},
}

// FolderSpan is the time [from, to) of the ticks in a folder; ok is false where dt is no year, month, day or hour.
func FolderSpan(dt string) (from, to tick.Timestamp, ok bool) {
	for _, w := range widths {
		if len(dt) != len(w.form) {
			continue
		}
		t, err := time.Parse(w.form, dt)
		if err != nil || t.Year() < 1678 || t.Year() > 2261 {
			return 0, 0, false
		}
		end := w.behind(t)
		if end.Year() > 2261 {
			end = time.Date(2261, 12, 31, 23, 59, 59, 999_999_999, time.UTC)
		}
		return tick.FromTime(t), tick.FromTime(end), true
	}
	return 0, 0, false
}

// Touching are those folders that may have ticks of [from, to).
func Touching(folders []string, from, to tick.Timestamp) []string {
	return slices.Collect(func(yield func(string) bool) {
		for _, dt := range folders {
			if begin, end, ok := FolderSpan(dt); ok && begin < to && end > from && !yield(dt) {
				return
			}
		}
	})
}
