package feed

import (
	"errors"
	"fmt"
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
	zone *time.Location // nil is UTC
	// from lo to before hi, as the clocks show, nothing but offset applies
	lo, hi, offset int64
}

// No two zones of one place are further apart, in seconds; none is further from UTC.
const farthest = 30 * 60 * 60

const errGap tick.FieldError = "no such time: the clocks of the zone went forward over it"

// unix returns the seconds since 1970 at which the clocks of the zone showed what clocks in UTC show at wall. Where they
// went back and so showed it twice, it is the first time.
func (c *wallClock) unix(wall int64) (unix int64, twice bool, err error) {
	if c.zone == nil {
		return wall, false, nil
	}
	if c.lo <= wall && wall < c.hi {
		return wall - c.offset, false, nil
	}
	found := 0
	for t := time.Unix(wall-farthest, 0).In(c.zone); ; {
		start, end := t.ZoneBounds()
		_, seconds := t.Zone()
		offset := int64(seconds)
		at := wall - offset
		if (start.IsZero() || at >= start.Unix()) && (end.IsZero() || at < end.Unix()) {
			if found++; found == 1 {
				unix = at
				c.remember(start, end, offset)
			}
		}
		if end.IsZero() || end.Unix() > wall+farthest {
			break
		}
		t = end
	}
	if found == 0 {
		return 0, false, errGap
	}
	return unix, found > 1, nil
}

// remember keeps a period of the zone, short of where its neighbours may overlap with it.
func (c *wallClock) remember(start, end time.Time, offset int64) {
	const ever = 1 << 60
	c.lo, c.hi, c.offset = -ever, ever, offset
	if !start.IsZero() {
		c.lo = start.Unix() + offset + 2*farthest
	}
	if !end.IsZero() {
		c.hi = end.Unix() + offset - 2*farthest
	}
}
