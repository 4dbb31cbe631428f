package watch

import (
	"context"
	"sync"
	"time"
)

// Probe is how something that is asked again and again has answered.
type Probe struct {
	OK    time.Time // its last answer
	Since time.Time // when it began to fail; zero while it answers
	Err   error
	Tries int       // that have failed since
	Next  time.Time // the next try
}

// Broken says that it does not answer. One failure is no news.
func (p *Probe) Broken() bool { return p.Tries >= 2 }

// probe keeps a Probe.
type probe struct {
	mu sync.Mutex
	p  Probe
}

func (p *probe) get() Probe {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.p
}

func (p *probe) note(now time.Time, err error, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.p.Next = now.Add(wait)
	if err == nil {
		p.p = Probe{OK: now, Next: p.p.Next}
		return
	}
	if p.p.Tries == 0 {
		p.p.Since = now
	}
	p.p.Err = err
	p.p.Tries++
}

// every asks until ctx ends: every so often, within a time, and after failures ever more seldom, up to ten times so.
func (p *probe) every(ctx context.Context, often, within time.Duration, ask func(context.Context) error) {
	for {
		bounded, cancel := context.WithTimeout(ctx, within)
		err := ask(bounded)
		cancel()
		if ctx.Err() != nil {
			return
		}
		wait := often * time.Duration(min(1+max(0, p.get().Tries-2), 10))
		if err == nil {
			wait = often
		}
		p.note(time.Now(), err, wait)
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return
		}
	}
}
