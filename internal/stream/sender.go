package stream

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// send marks the chunk as due; the linger timer calls it.
func (p *Producer) send() {
	p.mu.Lock()
	p.due = true
	p.mu.Unlock()
	p.wake()
}

// settle waits until no chunk is under way.
func (p *Producer) settle(ctx context.Context) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.sending.IsZero() && ctx.Err() == nil {
		moved := p.moved
		p.mu.Unlock()
		select {
		case <-moved:
		case <-ctx.Done():
		}
		p.mu.Lock()
	}
}

func (p *Producer) wake() {
	select {
	case p.kick <- struct{}{}:
	default: // already woken
	}
}

func (p *Producer) run() {
	defer close(p.ended)
	for {
		select {
		case <-p.kick:
		case <-p.ctx.Done():
			return
		}
		records := p.take()
		if len(records) == 0 {
			continue
		}
		err := p.deliver(records)
		p.mu.Lock()
		if err == nil {
			p.delivered += int64(len(records))
		}
		p.sending = time.Time{}
		p.signal()
		p.mu.Unlock()
		if err != nil {
			p.fail(err)
			return
		}
	}
}

// take empties the chunk that fills, if it is due.
func (p *Producer) take() []*kgo.Record {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.due || p.err != nil {
		return nil
	}
	p.due = false
	p.linger.Stop()
	records := p.filling.records
	p.filling = chunk{records: make([]*kgo.Record, 0, len(records)), bytes: make(map[int32]int)}
	if len(records) > 0 {
		p.sending = time.Now()
		p.signal()
	}
	return records
}

// deliver sends one chunk and waits for its fate. Nothing is sent before the client has the whole chunk, so a
// partition's part is one batch; only a topic that the client does not know yet would split it, hence the first record
// alone.
func (p *Producer) deliver(records []*kgo.Record) error {
	if !p.warm {
		if err := p.flush(records[:1]); err != nil {
			return err
		}
		p.warm, records = true, records[1:]
	}
	return p.flush(records)
}

func (p *Producer) flush(records []*kgo.Record) error {
	var failed struct {
		sync.Mutex
		err error
	}
	for _, r := range records {
		p.client.Produce(p.ctx, r, func(r *kgo.Record, err error) {
			if err == nil {
				return
			}
			failed.Lock()
			defer failed.Unlock()
			if failed.err == nil {
				failed.err = fmt.Errorf("produce to %s/%d: %w", p.cfg.Topic, r.Partition, p.cluster.explain(err))
			}
		})
	}
	if err := p.client.Flush(p.ctx); err != nil {
		return ErrClosed // or the failure that is known already
	}
	failed.Lock()
	defer failed.Unlock()
	return failed.err
}

func (p *Producer) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		p.err = err
	}
	p.signal()
}

// signal tells waiters to look again; p.mu is held.
func (p *Producer) signal() {
	close(p.moved)
	p.moved = make(chan struct{})
}

// brokerHook is told by the client what becomes of connections and requests.
type brokerHook struct{ p *Producer }

// OnBrokerE2E ends the producer, before the client can try again, where a request was sent and not answered. A broker
// knows a batch that it has had before by what it remembers of the producer, and an embedded one that was killed
// remembers nothing; what the log holds is known for certain only by reading it.
func (h brokerHook) OnBrokerE2E(_ kgo.BrokerMetadata, key int16, e2e kgo.BrokerE2E) {
	err := e2e.Err()
	if key != int16(kmsg.Produce) || err == nil || e2e.BytesWritten == 0 || h.p.ctx.Err() != nil {
		return
	}
	h.p.fail(fmt.Errorf("produce to %q: %w: %w", h.p.cfg.Topic, ErrUnanswered, err))
	h.p.cancel()
}

// OnBrokerConnect is called by the client for every connection tried.
func (h brokerHook) OnBrokerConnect(_ kgo.BrokerMetadata, _ time.Duration, _ net.Conn, err error) {
	h.p.mu.Lock()
	defer h.p.mu.Unlock()
	h.p.trouble = h.p.cluster.explain(err)
}
