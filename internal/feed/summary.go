package feed

import (
	"time"

	"ticklake/internal/tick"
)

// Summary is what a run has done.
type Summary struct {
	Feed     string
	Read     int64 // rows looked at
	Sent     int64 // of these, sent by this run
	Skipped  int64 // of these, already in Kafka
	Missed   int64 // left out because they fell due too long ago; not among the rows read
	Bad      int64 // of the rows read, those that cannot be ticks
	ByReason map[tick.Reason]int64
	Took     time.Duration
}

func (s *Summary) bad(b *Bad) {
	s.Bad++
	if s.ByReason == nil {
		s.ByReason = make(map[tick.Reason]int64)
	}
	s.ByReason[b.Reason]++
}
