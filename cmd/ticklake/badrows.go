package main

import (
	"fmt"
	"io"

	"ticklake/internal/feed"
	"ticklake/internal/tick"
)

// badRows tells of rows that cannot be ticks: the first few of each reason.
type badRows struct {
	err  io.Writer
	told map[tick.Reason]int
}

// maxTold is how many rows of one reason are told.
const maxTold = 5

func (b *badRows) tell(bad *feed.Bad) {
	if b.told == nil {
		b.told = make(map[tick.Reason]int)
	}
	b.told[bad.Reason]++
	switch n := b.told[bad.Reason]; {
	case n <= maxTold:
		_, _ = fmt.Fprintf(b.err, "dead letter: %v\n", bad)
	case n == maxTold+1:
		_, _ = fmt.Fprintf(b.err, "dead letter: more of %s are counted, not told\n", bad.Reason)
	}
}
