package lake

import (
	"fmt"
	"strings"
	"time"

	"ticklake/internal/tick"
)

// Granularity is how much event time a folder holds.
type Granularity string

// The widths of a folder, the coarsest first.
const (
	Year  Granularity = "year"
	Month Granularity = "month"
	Day   Granularity = "day"
	Hour  Granularity = "hour"
)

// PartitionKey is the name of the tables' partition key, a string.
const PartitionKey = "dt"

// format is the width's time layout. Each is a prefix of the finer ones, so that one predicate on dt prunes at every
// width: dt >= '2024-05' holds for '2024-05-17' as for '2024-05-17-14'.
func (g Granularity) format() (string, error) {
	switch g {
	case Year:
		return "2006", nil
	case Month:
		return "2006-01", nil
	case Day:
		return time.DateOnly, nil
	case Hour:
		return "2006-01-02-15", nil
	}
	return "", fmt.Errorf("granularity %q: it is year, month, day or hour", string(g))
}

// Check returns an error unless g is one of the four widths.
func (g Granularity) Check() error {
	_, err := g.format()
	return err
}

// appendFolder appends the folder of ts: "dt=2024-05-17".
func (g Granularity) appendFolder(dst []byte, ts tick.Timestamp) []byte {
	format, err := g.format()
	if err != nil { // a layout is checked before anything is filed by it
		format = time.DateOnly
	}
	return ts.Time().AppendFormat(append(dst, PartitionKey+"="...), format)
}

// Folder names the folder of ts: "dt=2024-05-17".
func (g Granularity) Folder(ts tick.Timestamp) string { return string(g.appendFolder(nil, ts)) }

// FolderValue returns the value of dt in a folder's name; ok is false where the name is no folder of ours.
func FolderValue(folder string) (dt string, ok bool) {
	dt, ok = strings.CutPrefix(folder, PartitionKey+"=")
	if !ok {
		return "", false
	}
	for _, g := range []Granularity{Year, Month, Day, Hour} {
		format, _ := g.format()
		if _, err := time.Parse(format, dt); err == nil && len(dt) == len(format) {
			return dt, true
		}
	}
	return "", false
}

// FolderRows is how many rows a folder should hold on average before a finer width pays: fewer make small files.
const FolderRows = 1000

// Density is what is known of a source before it is stored: its rows and the folders they touch at each width.
type Density struct {
	Rows                int64
	Days, Months, Years int64
}

// Granularity picks the finest of day, month and year whose folders hold FolderRows rows on average, else year.
func (d Density) Granularity() Granularity {
	for _, c := range []struct {
		width   Granularity
		folders int64
	}{{Day, d.Days}, {Month, d.Months}} {
		if c.folders > 0 && d.Rows/c.folders >= FolderRows {
			return c.width
		}
	}
	return Year
}
