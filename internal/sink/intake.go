package sink

import (
	"sync"

	"ticklake/internal/lake"
)

// fetched is what one position of the log holds; record is nil where it is none of the topic's.
type fetched struct {
	offset int64
	epoch  int32
	record *lake.Record
}

// delivery is what an owner takes from its intake at once.
type delivery struct {
	records []fetched
	bytes   int64
}

// intake is what was fetched for a partition and not yet filed by its owner.
type intake struct {
	budget *budget
	filled chan struct{} // holds a token while there may be something

	mu      sync.Mutex
	waiting delivery
}

func newIntake(b *budget) *intake { return &intake{budget: b, filled: make(chan struct{}, 1)} }

// put hands records over and returns how many bytes wait now.
func (q *intake) put(records []fetched, bytes int64) (waiting int64) {
	q.budget.fetched(bytes)
	q.mu.Lock()
	q.waiting.records = append(q.waiting.records, records...)
	q.waiting.bytes += bytes
	waiting = q.waiting.bytes
	q.mu.Unlock()
	select {
	case q.filled <- struct{}{}:
	default:
	}
	return waiting
}

// take returns all that waits; done says that it was filed.
func (q *intake) take() delivery {
	q.mu.Lock()
	defer q.mu.Unlock()
	d := q.waiting
	q.waiting = delivery{}
	return d
}

func (q *intake) done(d delivery) { q.budget.fetched(-d.bytes) }

// clear forgets what waits.
func (q *intake) clear() { q.done(q.take()) }

// empty says that nothing waits.
func (q *intake) empty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting.records) == 0
}
