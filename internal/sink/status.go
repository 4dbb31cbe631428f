package sink

import (
	"fmt"
	"slices"
	"time"

	"ticklake/internal/lake"
)

// Status is what can be seen of a sink.
type Status struct {
	State       GroupState        `json:"state"`
	Reason      string            `json:"reason,omitempty"` // why it does not run, or not all of it
	Since       time.Time         `json:"since"`
	Topic       string            `json:"topic"`
	Granularity lake.Granularity  `json:"granularity"`
	Memory      int64             `json:"memory"`     // bytes of batches and of what was fetched
	Partitions  []PartitionStatus `json:"partitions"` // those owned now, in order
	Totals
}

// GroupState is what a sink as a whole is doing.
type GroupState string

// The states of a sink.
const (
	Joining GroupState = "joining" // waits for the group to give it partitions
	Running GroupState = "running" // every partition that it owns goes on
	Away    GroupState = "away"    // Kafka does not answer; it goes on when Kafka does
	Halted  GroupState = "halted"  // a partition has stopped; the others go on
)

// Totals are what a sink, or an owner, has stored since it began.
type Totals struct {
	Cuts        int64 `json:"cuts"`
	Files       int64 `json:"files"`
	Ticks       int64 `json:"ticks"`
	DeadLetters int64 `json:"dead_letters"`
	Completed   int64 `json:"completed_files"` // written for a cut that another owner had left without
	LostRaces   int64 `json:"lost_races"`
}

func (t *Totals) add(u Totals) {
	t.Cuts += u.Cuts
	t.Files += u.Files
	t.Ticks += u.Ticks
	t.DeadLetters += u.DeadLetters
	t.Completed += u.Completed
	t.LostRaces += u.LostRaces
}

// Status says how far each partition is, and what it is doing.
func (s *Sink) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := Status{
		State: Running, Since: s.since, Topic: s.config.Topic, Granularity: s.layouts.newest.Granularity, Memory: s.budget.used(),
		Partitions: []PartitionStatus{}, Totals: s.past,
	}
	for _, r := range s.running {
		p := r.snapshot()
		st.add(p.Totals)
		st.Partitions = append(st.Partitions, p)
		if p.State == Stopped {
			st.State, st.Since = Halted, p.Since
			st.Reason = fmt.Sprintf("partition %d has stopped: %s: %s", p.Partition, p.Reason, p.Detail)
		}
	}
	if len(s.running) == 0 {
		st.State, st.Reason = Joining, s.trouble
	}
	if s.away != "" && st.State != Halted {
		st.State, st.Reason = Away, s.away
	}
	slices.SortFunc(st.Partitions, func(a, b PartitionStatus) int { return int(a.Partition - b.Partition) })
	return st
}

// State is what a partition's owner is doing.
type State string

// The states of a partition.
const (
	TakingOver State = "taking_over" // finds its position and completes the newest cut
	Collecting State = "collecting"  // files what comes
	Cutting    State = "cutting"     // writes a cut and its files
	Waiting    State = "waiting"     // tries again soon: Detail says why
	Stopped    State = "stopped"     // can no longer go on: Reason and Detail say why
)

// PartitionStatus is what can be seen of a partition.
type PartitionStatus struct {
	Partition int32     `json:"partition"`
	State     State     `json:"state"`
	Since     time.Time `json:"since"`
	Reason    Reason    `json:"reason,omitempty"`
	Detail    string    `json:"detail,omitempty"`
	Clock     string    `json:"clock,omitempty"` // why this machine's clock seems to be wrong
	// InLakeTo is an offset before which every record is in the lake. CutTo is where the newest cut ends: it may lie
	// before, by offsets that hold no record. LogEnd is Kafka's, as last heard.
	InLakeTo int64 `json:"in_lake_to"`
	CutTo    int64 `json:"cut_to"`
	LogEnd   int64 `json:"log_end"`
	// Cut is the number of the newest cut, −1 before the first; CutAt is when it was made.
	Cut   int64     `json:"cut"`
	CutAt time.Time `json:"cut_at"`
	Open  OpenBatch `json:"open"`
	Totals
}

// OpenBatch is what is collected for the next cut.
type OpenBatch struct {
	From    int64     `json:"from"`
	To      int64     `json:"to"`
	Records int64     `json:"records"`
	Bytes   int64     `json:"bytes"`
	Since   time.Time `json:"since"` // of its first record; zero while there is none
}

// report changes what can be seen, and notes since when the state is what it is.
func (o *owner) report(change func(*PartitionStatus)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	before := o.status.State
	change(&o.status)
	if o.status.State != before {
		o.status.Since = time.Now().UTC()
	}
}

func (o *owner) snapshot() PartitionStatus {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.status
}

// taken notes that the partition was taken over at a position behind the cut last, which is nil before the first.
func (s *PartitionStatus) taken(last *lake.Cut, position, logEnd int64) {
	s.State, s.Detail, s.InLakeTo, s.CutTo, s.Cut = Collecting, "", position, position, -1
	s.LogEnd = logEnd
	if last != nil {
		s.Cut, s.CutAt = last.Cut, last.At
	}
}

// wrote notes a cut that is complete.
func (s *PartitionStatus) wrote(c *lake.Cut) {
	s.State, s.InLakeTo, s.CutTo, s.Cut, s.CutAt = Collecting, c.To, c.To, c.Cut, c.At
	s.Cuts++
	s.Files += int64(len(c.Files))
	ticks := c.Ticks()
	s.Ticks += ticks
	s.DeadLetters += c.Records - ticks
}
