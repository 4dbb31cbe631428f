package feed

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"ticklake/internal/tick"
)

// loadZone returns the zone of an IANA name, nil for UTC.
func loadZone(name string) (*time.Location, error) {
	switch name {
	case "", "UTC", "Etc/UTC":
		return nil, nil
	case "Local":
		return nil, errors.New("time zone \"Local\": it would be another on every machine; hint: name it, such as Europe/London")
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("time zone %q: no such zone; hint: an IANA name such as America/New_York", shorten(name))
	}
	return loc, nil
}

// wallClock tells which instant a zone's clocks meant. It is for one goroutine.
type wallClock struct {
	zone    *time.Location // nil is UTC
	known   bool
	day     int64   // whose offsets are known, since 1970
	offsets []int64 // those that may apply on it
}

const (
	farthest = 16 * 60 * 60 // no zone was ever further from UTC, in seconds
	shortest = 3 * 60 * 60  // no offset ever applied for less, in seconds
)

const errGap tick.FieldError = "no such time: the clocks of the zone went forward over it"

// unix returns the seconds since 1970 at which the clocks of the zone showed what clocks in UTC show at wall. Where they
// went back and so showed it twice, it is the first time.
func (c *wallClock) unix(wall int64) (unix int64, twice bool, err error) {
	if c.zone == nil {
		return wall, false, nil
	}
	if day := floorDiv(wall, secondsOfDay); !c.known || day != c.day {
		c.look(day)
	}
	if len(c.offsets) == 1 {
		return wall - c.offsets[0], false, nil
	}
	found := 0
	for _, offset := range c.offsets {
		at := wall - offset
		if c.offset(at) != offset {
			continue
		}
		if found++; found == 1 || at < unix {
			unix = at
		}
	}
	if found == 0 {
		return 0, false, errGap
	}
	return unix, found > 1, nil
}

// look finds the offsets that may apply on a day as the clocks have it. (Time.ZoneBounds would tell their ends, but not
// reliably so far ahead that a zone's rules say them, not its history.)
func (c *wallClock) look(day int64) {
	c.known, c.day, c.offsets = true, day, c.offsets[:0]
	end := (day+1)*secondsOfDay + farthest
	for at := day*secondsOfDay - farthest; at < end+shortest; at += shortest {
		if offset := c.offset(at); !slices.Contains(c.offsets, offset) {
			c.offsets = append(c.offsets, offset)
		}
	}
}

// offset is the seconds that the zone's clocks are ahead of UTC at an instant.
func (c *wallClock) offset(unix int64) int64 {
	_, seconds := time.Unix(unix, 0).In(c.zone).Zone()
	return int64(seconds)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
