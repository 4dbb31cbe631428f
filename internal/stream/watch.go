package stream

import (
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Watched is the cluster, of whose clients tell hears when none of its brokers has answered any of them for some
// seconds, why, and since when; and nil when one answers again. They go on trying all the while.
func (c Cluster) Watched(tell func(err error, since time.Time)) Cluster {
	plain := c
	var r *reach
	r = newReach(awayAfter, func(err error) {
		r.mu.Lock()
		since := r.answered
		r.mu.Unlock()
		tell(plain.explain(err), since)
	})
	c.Options = append(slices.Clone(c.Options), kgo.WithHooks(r))
	return c
}
