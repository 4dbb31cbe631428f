package market

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"ticklake/internal/tick"
	"ticklake/internal/web/bars"
)

// logged is a record of a topic's log; one without a symbol is no tick.
type logged struct {
	at bars.Place
	tick.Tick
}

// world is a topic, and what of it SQL sees.
type world struct {
	logs    [][]logged // by partition; a record's offset is its place
	visible []int64    // offsets before which SQL sees everything: others than these must never be asked for
	takes   []time.Duration

	mu    sync.Mutex
	fails []bool
	asked int
}

var errFake = errors.New("SQL does not answer")

// answer is how long the next statement takes, and whether it fails.
func (w *world) answer(ctx context.Context) error {
	w.mu.Lock()
	w.asked++
	n, fails := w.asked, len(w.fails) > 0 && w.fails[w.asked%len(w.fails)]
	w.mu.Unlock()
	if len(w.takes) > 0 {
		select {
		case <-time.After(w.takes[n%len(w.takes)]):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if fails {
		return errFake
	}
	return nil
}

// each gives the ticks below the offsets.
func (w *world) each(below map[int32]int64, do func(*logged)) {
	for id, log := range w.logs {
		for i := range log {
			if l := &log[i]; l.at.Offset < below[int32(id)] && l.Symbol != "" {
				do(l)
			}
		}
	}
}

// sees refuses offsets that SQL does not reach to.
func (w *world) sees(below map[int32]int64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for id, offset := range below {
		if offset > w.visible[id] {
			return fmt.Errorf("SQL is asked below offset %d of partition %d, and sees %d", offset, id, w.visible[id])
		}
	}
	return nil
}

// Bars implements History.
func (w *world) Bars(ctx context.Context, symbol string, seconds int64, from, to tick.Timestamp, below map[int32]int64) ([]*bars.Bar, error) {
	if err := w.sees(below); err != nil {
		return nil, err
	}
	if err := w.answer(ctx); err != nil {
		return nil, err
	}
	found := make(map[int64]*bars.Bar)
	w.each(below, func(l *logged) {
		if string(l.Symbol) == symbol && l.Timestamp >= from && l.Timestamp < to {
			count(found, l, seconds)
		}
	})
	return slices.Collect(maps.Values(found)), nil
}

func count(found map[int64]*bars.Bar, l *logged, seconds int64) {
	start := bars.Start(l.Timestamp, seconds)
	if found[start] == nil {
		found[start] = &bars.Bar{Time: start}
	}
	found[start].Add(l.at, bars.PricesOf(&l.Tick, seconds), l.Volume)
}

// Days implements History.
func (w *world) Days(ctx context.Context, below map[int32]int64, row func(*bars.Bar, *bars.Session)) error {
	if err := w.answer(ctx); err != nil {
		return err
	}
	type step struct {
		symbol string
		start  int64
	}
	found, sessions := make(map[step]*bars.Bar), make(map[step]*bars.Session)
	w.each(below, func(l *logged) {
		at := step{string(l.Symbol), bars.Start(l.Timestamp, SparkSeconds)}
		b := found[at]
		if b == nil {
			b = &bars.Bar{Time: at.start}
			found[at] = b
		}
		if b.Ticks == 0 || l.at.Compare(b.Last) > 0 {
			sessions[at] = &bars.Session{Symbol: at.symbol, Open: l.Open, High: l.High, Low: l.Low}
		}
		b.Add(l.at, plain(l.Price), l.Volume)
	})
	for at, b := range found {
		row(b, sessions[at])
	}
	return nil
}

// Before implements History.
func (w *world) Before(tick.Timestamp) bool { return false }
