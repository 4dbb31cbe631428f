package lake

import "ticklake/internal/tick"

// Fate reads r as a tick into t, or says why the lake will file it as a dead letter. Whoever looks at records before they
// are in the lake takes for ticks what the lake will take for ticks.
func (l *Layout) Fate(r *Record, t *tick.Tick) *tick.Reject { return l.fate(r, t) }
