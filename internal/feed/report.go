package feed

import (
	"fmt"
	"io"
	"slices"

	"ticklake/internal/tick"
)

// Report tells a person of bad rows, the first few of each reason, and in the end how many there were. It is for one
// goroutine; its Tell can be a Config's OnBad.
type Report struct {
	w    io.Writer
	each int64
	told map[tick.Reason]int64
}

// NewReport writes to w, at most each rows of each reason.
func NewReport(w io.Writer, each int) *Report {
	return &Report{w: w, each: int64(each), told: make(map[tick.Reason]int64)}
}

// Tell writes one line for the row, if it is among the first of its reason. What w says is nobody's concern.
func (r *Report) Tell(b *Bad) {
	r.told[b.Reason]++
	switch n := r.told[b.Reason]; {
	case n <= r.each:
		_, _ = fmt.Fprintln(r.w, b.Error())
	case n == r.each+1:
		_, _ = fmt.Fprintf(r.w, "%s: more rows of this reason (%s) are counted and not shown\n", b.File, b.Reason)
	}
}

// End writes one line of totals, if there was any bad row.
func (r *Report) End() {
	if len(r.told) == 0 {
		return
	}
	reasons := make([]tick.Reason, 0, len(r.told))
	total := int64(0)
	for reason, n := range r.told {
		reasons = append(reasons, reason)
		total += n
	}
	slices.Sort(reasons)
	line := fmt.Appendf(nil, "%d rows cannot be ticks:", total)
	for i, reason := range reasons {
		if i > 0 {
			line = append(line, ',')
		}
		line = fmt.Appendf(line, " %d %s", r.told[reason], reason)
	}
	_, _ = fmt.Fprintf(r.w, "%s; each is sent as it stands, for the dead zone\n", line)
}
