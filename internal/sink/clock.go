package sink

import (
	"fmt"
	"time"
)

// clockTolerance is how far the clocks of a feed and of this machine may differ without being told.
const clockTolerance = 2 * time.Minute

// clockBehind notes that something in the lake is later than this machine's clock says it is now. It tells again only of
// what is twice as far ahead.
func (o *owner) clockBehind(what string, at time.Time) {
	now := time.Now().UTC()
	ahead := at.Sub(now)
	o.ahead = 2 * ahead
	says := fmt.Sprintf("%s are ahead of this machine's clock: %s, by %v", what, at.UTC().Format(time.RFC3339), ahead.Round(time.Second))
	o.report(func(s *PartitionStatus) { s.Clock = says })
	o.config.Log.Warn(says + "; hint: is the clock right? it is now " + now.Format(time.RFC3339) + " here, and NTP would set it")
}
