package feed

import (
	"sync"
	"time"

	"ticklake/internal/stream"
)

// State is what a running feed is doing, in a word.
type State string

// The states of a feed.
const (
	Starting  State = "starting"  // not yet told what to do
	Searching State = "searching" // for what Kafka has of it
	Sending   State = "sending"   // rows go out, or are waited for until they are due
	Waiting   State = "waiting"   // for Kafka, which cannot be reached
	Retrying  State = "retrying"  // after a failure; NextTry says when
	Done      State = "done"      // every row is in Kafka
	Stopped   State = "stopped"   // told to; it goes on where it was when started again
	Refused   State = "refused"   // it will not start again by itself; Reason says why
)

// Snapshot is the state of a feed at one moment.
type Snapshot struct {
	State    State      `json:"state"`
	Reason   string     `json:"reason,omitempty"` // why it does not send
	Since    time.Time  `json:"since"`            // when State began
	NextTry  *time.Time `json:"next_try,omitempty"`
	Feed     string     `json:"feed"`
	Topic    string     `json:"topic"`
	Read     int64      `json:"read"`     // rows of the feed that were looked at
	Sent     int64      `json:"sent"`     // rows that Kafka has acknowledged to this run
	Skipped  int64      `json:"skipped"`  // rows that Kafka had already
	Missed   int64      `json:"missed"`   // rows that were left out because they fell due too long ago
	Bad      int64      `json:"bad"`      // of the rows read, those that cannot be ticks
	Position int64      `json:"position"` // of the last row that was sent or skipped; -1 before the first
	Rate     float64    `json:"rate"`     // rows a second that Kafka has acknowledged, of late
}

// Status is what a running feed tells of itself. The zero value is ready; its methods may be called concurrently.
type Status struct {
	mu       sync.Mutex
	s        Snapshot
	producer *stream.Producer // the present one
	before   int64            // what earlier ones have delivered
	samples  [2]sample        // older, newer
}

type sample struct {
	at   time.Time
	sent int64
}

// sampleAge is how far apart the samples are that the rate is told by.
const sampleAge = 5 * time.Second

// Snapshot tells how things stand.
func (st *Status) Snapshot() Snapshot {
	st.mu.Lock()
	defer st.mu.Unlock()
	now := time.Now()
	s := st.s
	s.Sent = st.before
	if s.State == "" {
		s.State, s.Position = Starting, -1
	}
	if st.producer != nil {
		stats := st.producer.Stats()
		s.Sent += stats.Delivered
		if s.State == Sending && stats.Trouble != nil && !stats.Sending.IsZero() {
			s.State, s.Reason, s.Since = Waiting, stats.Trouble.Error(), stats.Sending
		}
	}
	s.Rate = st.rate(sample{at: now, sent: s.Sent})
	return s
}

// keep makes now one of the two samples, where the newer one has come of age.
func (st *Status) keep(now sample) {
	switch {
	case st.samples[1].at.IsZero():
		st.samples[1] = now
	case now.at.Sub(st.samples[1].at) >= sampleAge:
		st.samples[0], st.samples[1] = st.samples[1], now
	}
}

func (st *Status) rate(now sample) float64 {
	st.keep(now)
	old := st.samples[0]
	if passed := now.at.Sub(old.at); !old.at.IsZero() && passed > 0 && st.s.State == Sending {
		return float64(now.sent-old.sent) / passed.Seconds()
	}
	return 0
}

func (st *Status) begin(name, topic string) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.before, st.producer, st.samples = 0, nil, [2]sample{}
	st.s = Snapshot{State: Starting, Since: time.Now(), Feed: name, Topic: topic, Position: -1}
}

func (st *Status) set(state State, reason string, nextTry *time.Time) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.s.State, st.s.Reason, st.s.Since, st.s.NextTry = state, reason, time.Now(), nextTry
	if state == Sending {
		st.samples = [2]sample{{at: time.Now(), sent: st.before}, {}}
	}
}

func (st *Status) use(p *stream.Producer) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.producer != nil {
		st.before += st.producer.Stats().Delivered
	}
	st.producer = p
}

// count takes over what a run has counted so far.
func (st *Status) count(s *Summary, position int64) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.s.Read, st.s.Skipped, st.s.Missed, st.s.Bad = s.Read, s.Skipped, s.Missed, s.Bad
	st.s.Position = position
	if st.producer != nil { // also where nobody asks: the rate is of late
		st.keep(sample{at: time.Now(), sent: st.before + st.producer.Stats().Delivered})
	}
}
