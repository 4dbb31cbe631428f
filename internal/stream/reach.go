package stream

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// awayAfter is how long no broker must have answered for the brokers to be away. Where one of several is gone, the
// others answer, and the library finds them.
const awayAfter = 5 * time.Second

// reach follows whether any broker answers. It is a hook of clients, which go on trying whatever it says.
type reach struct {
	tell  func(error) // why no broker answers, or nil when one does again
	after time.Duration

	mu       sync.Mutex
	answered time.Time // when one has last
	away     bool
}

func newReach(after time.Duration, tell func(error)) *reach {
	return &reach{tell: tell, after: after, answered: time.Now()}
}

// OnBrokerConnect is called by the client for every connection tried.
func (r *reach) OnBrokerConnect(_ kgo.BrokerMetadata, _ time.Duration, _ net.Conn, err error) {
	if err != nil {
		r.failed(err)
	}
}

// OnBrokerE2E is called by the client for every request that was sent, or could not be.
func (r *reach) OnBrokerE2E(_ kgo.BrokerMetadata, _ int16, e2e kgo.BrokerE2E) {
	if err := e2e.Err(); err != nil {
		r.failed(err)
		return
	}
	r.mu.Lock()
	r.answered = time.Now()
	again := r.away
	r.away = false
	r.mu.Unlock()
	if again {
		r.tell(nil)
	}
}

func (r *reach) failed(err error) {
	if errors.Is(err, context.Canceled) || errors.Is(err, kgo.ErrClientClosed) || errors.Is(err, net.ErrClosed) {
		return // it is this side that has ended it
	}
	r.mu.Lock()
	first := !r.away && time.Since(r.answered) >= r.after
	r.away = r.away || first
	r.mu.Unlock()
	if first {
		r.tell(err)
	}
}
