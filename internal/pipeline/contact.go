package pipeline

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"ticklake/internal/awsclient"
	"ticklake/internal/stream"
)

// Away is a service that the parts need, and that at present does not do what it is asked to. The parts go on trying.
type Away struct {
	Service string     `json:"service"` // Kafka, S3 or Glue
	Since   time.Time  `json:"since"`
	Reason  string     `json:"reason"`
	NextTry *time.Time `json:"next_try,omitempty"` // where it is known; else it is tried all the time
}

const (
	awayAfter    = time.Second      // what is over sooner is no news
	silentAfter  = 10 * time.Second // a request is answered by then, as a rule
	longestQuiet = 2 * time.Minute  // what has not failed again for so long was given up
)

// contact follows whether a service does what it is asked to. Kinds of requests are told apart: a full disk serves reads
// and refuses writes.
type contact struct {
	service string

	mu       sync.Mutex
	troubles map[string]*trouble // by kind
	asked    map[int64]question  // under way
	asks     int64
}

type trouble struct {
	since, newest time.Time
	next          time.Time // zero where it is not known
	reason        string
	answered      bool // it was refused, so the service is there
	lasting       bool // until the end of it is told
}

type question struct {
	since time.Time
	slow  time.Duration // when that is news
}

func newContact(service string) *contact {
	return &contact{service: service, troubles: make(map[string]*trouble), asked: make(map[int64]question)}
}

// ask notes that a request has begun; done is called with its outcome. An error that means yes or no, and not trouble,
// is for the caller to leave out.
func (c *contact) ask(kind string, slow time.Duration) (done func(err error)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asks++
	n := c.asks
	c.asked[n] = question{time.Now(), slow}
	return func(err error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.asked, n)
		c.note(kind, err)
	}
}

// tell notes of a service that is followed otherwise that it does not answer, and since when; nil that it does.
func (c *contact) tell(err error, since time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.note("", err)
	if t := c.troubles[""]; t != nil {
		t.since, t.lasting = since, true
	}
}

func (c *contact) note(kind string, err error) {
	if errors.Is(err, context.Canceled) {
		return // it is this side that has ended it
	}
	var service *awsclient.Error
	answered := err == nil || errors.As(err, &service) && service.Answered()
	if answered {
		for of, t := range c.troubles {
			if !t.answered || of == kind && err == nil {
				delete(c.troubles, of) // it is there again
			}
		}
	}
	if err == nil {
		return
	}
	t := c.troubles[kind]
	if t == nil {
		t = &trouble{since: time.Now()}
		c.troubles[kind] = t
	}
	t.newest, t.next, t.reason, t.answered = time.Now(), time.Time{}, reason(err), answered
}

// reason is an error in the words for it, without what was tried.
func reason(err error) string {
	var service *awsclient.Error
	var kafka *stream.Error
	switch {
	case errors.As(err, &service):
		return service.Error()
	case errors.As(err, &kafka):
		return kafka.Says
	}
	return err.Error()
}

// retry notes when what failed is tried again.
func (c *contact) retry(kind string, in time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t := c.troubles[kind]; t != nil {
		t.next = time.Now().Add(in)
	}
}

// away says whether the service is away, and since when.
func (c *contact) away(now time.Time) (Away, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := Away{Service: c.service}
	worse := func(since time.Time, reason string) {
		if a.Since.IsZero() || since.Before(a.Since) {
			a.Since, a.Reason = since.UTC(), reason
		}
	}
	for kind, t := range c.troubles {
		if !t.lasting && now.Sub(t.newest) > longestQuiet {
			delete(c.troubles, kind)
			continue
		}
		worse(t.since, t.reason)
		if next := t.next.UTC(); now.Before(next) && (a.NextTry == nil || next.Before(*a.NextTry)) {
			a.NextTry = &next
		}
	}
	for _, q := range c.asked {
		if waited := now.Sub(q.since); waited > q.slow {
			worse(q.since, fmt.Sprintf("%s has not answered for %d s", c.service, int(waited.Seconds())))
		}
	}
	return a, !a.Since.IsZero() && now.Sub(a.Since) > awayAfter
}
