package sink

import (
	"context"
	"sync"
)

// budget bounds the memory of all batches and of what was fetched and not yet filed.
type budget struct {
	limit int64

	mu      sync.Mutex
	batches map[*owner]int64
	held    int64 // in batches
	pending int64 // fetched
	changed chan struct{}
}

func newBudget(limit int64) *budget {
	return &budget{limit: limit, batches: make(map[*owner]int64), changed: make(chan struct{})}
}

// hold says how many bytes an owner's batch has now.
func (b *budget) hold(o *owner, bytes int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held += bytes - b.batches[o]
	if bytes == 0 {
		delete(b.batches, o)
	} else {
		b.batches[o] = bytes
	}
	b.tell()
}

// fetched adds to, or takes from, what was fetched.
func (b *budget) fetched(bytes int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pending += bytes
	b.tell()
}

// tell wakes who waits; b.mu is held.
func (b *budget) tell() {
	close(b.changed)
	b.changed = make(chan struct{})
}

// used is how many bytes are held in all.
func (b *budget) used() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.held + b.pending
}

// over returns when all is in use.
func (b *budget) over(ctx context.Context) error {
	for {
		b.mu.Lock()
		over, changed := b.held+b.pending >= b.limit, b.changed
		b.mu.Unlock()
		if over {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// room returns when there is room to fetch more. Meanwhile it tells the owner of the largest batch to cut.
func (b *budget) room(ctx context.Context) error {
	for {
		b.mu.Lock()
		over, changed := b.held+b.pending >= b.limit, b.changed
		var largest *owner
		for o, bytes := range b.batches {
			if largest == nil || bytes > b.batches[largest] {
				largest = o
			}
		}
		b.mu.Unlock()
		if !over {
			return nil
		}
		if largest != nil {
			select {
			case largest.pressure <- struct{}{}:
			default: // it knows
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
