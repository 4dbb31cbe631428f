package sink

import (
	"context"
	"fmt"
	"time"

	"ticklake/internal/lake"
)

// takeOver finds where the lake ends, completes what the newest cut lacks, and returns the position to go on at, with
// the leader epoch of the record before it (−1 where not known).
func (o *owner) takeOver(ctx context.Context) (position int64, epoch int32, err error) {
	o.report(func(s *PartitionStatus) { s.State = TakingOver })
	last, err := o.chain.last(ctx)
	if err != nil {
		return 0, 0, err
	}
	if o.identity, err = o.log.State(ctx); err != nil {
		return 0, 0, fmt.Errorf("ask Kafka for the log: %w", err)
	}
	if last == nil {
		o.next = 0
		o.report(func(s *PartitionStatus) { s.taken(nil, o.identity.Start, o.identity.End) })
		return o.identity.Start, -1, nil
	}
	if time.Until(last.At) > o.ahead {
		o.clockBehind(fmt.Sprintf("the newest cuts of partition %d of topic %s", o.partition, o.config.Topic), last.At)
	}
	if err := o.check(last); err != nil {
		return 0, 0, err
	}
	if err := o.complete(ctx, last); err != nil {
		return 0, 0, err
	}
	if err := o.reaches(last.To, fmt.Sprintf("the end of cut %d", last.Cut)); err != nil {
		return 0, 0, err
	}
	o.next = last.Cut + 1
	o.flow.commit(last.To, last.Epoch)
	o.report(func(s *PartitionStatus) { s.taken(last, last.To, o.identity.End) })
	return last.To, last.Epoch, nil
}

// check holds the newest cut against the topic and the layouts.
func (o *owner) check(last *lake.Cut) error {
	if o.identity.Cluster != last.Cluster || o.identity.TopicID != last.TopicID {
		return &StopError{OtherTopic, fmt.Sprintf("cut %d is of topic id %s in cluster %s; the topic is now %s in %s: it was made anew, or the bucket belongs to another one",
			last.Cut, last.TopicID, last.Cluster, o.identity.TopicID, o.identity.Cluster)}
	}
	if o.layouts.byNumber[last.Layout] == nil || last.Layout > o.layouts.newest.Layout {
		return &StopError{UnknownLayout, fmt.Sprintf("cut %d was made by layout %d, which is not among those of the topic", last.Cut, last.Layout)}
	}
	return nil
}

// reaches returns a StopError unless Kafka's log has the position.
func (o *owner) reaches(position int64, what string) error {
	switch {
	case o.identity.Start > position:
		return &StopError{LostRecords, fmt.Sprintf("%s is offset %d; Kafka has deleted what stands before offset %d", what, position, o.identity.Start)}
	case o.identity.End < position:
		return &StopError{Truncated, fmt.Sprintf("%s is offset %d; Kafka's log ends at offset %d", what, position, o.identity.End)}
	}
	return nil
}

// complete writes the files that the newest cut lacks, once their rows were made again and equal the cut's.
func (o *owner) complete(ctx context.Context, last *lake.Cut) error {
	missing := make(map[string]bool)
	for _, f := range last.Files {
		there, err := o.chain.has(ctx, last, f)
		if err != nil {
			return err
		}
		if !there {
			missing[f.Key] = true
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if err := o.reaches(last.From, fmt.Sprintf("cut %d lacks %d files, and its beginning", last.Cut, len(missing))); err != nil {
		return err
	}
	if err := o.reaches(last.To, fmt.Sprintf("cut %d lacks %d files, and its end", last.Cut, len(missing))); err != nil {
		return err
	}
	batch, err := o.readAgain(ctx, last)
	if err != nil {
		return err
	}
	defer o.budget.hold(o, 0)
	again := batch.Cut(last.Cut)
	if err := again.Differs(last); err != nil {
		return &StopError{OtherRecords, fmt.Sprintf("cut %d lacks %d files, and Kafka does not have its records any more: %v", last.Cut, len(missing), err)}
	}
	for _, f := range last.Files {
		if !missing[f.Key] {
			continue
		}
		if err := o.write(ctx, batch, last, f); err != nil {
			return err
		}
		o.report(func(s *PartitionStatus) { s.Completed++ })
	}
	return nil
}

// readAgain makes the batch of a cut once more.
func (o *owner) readAgain(ctx context.Context, c *lake.Cut) (*lake.Batch, error) {
	batch := lake.NewBatch(o.layouts.byNumber[c.Layout], o.partition, c.From)
	err := o.log.Read(ctx, c.From, c.To, func(offset int64, epoch int32, r *lake.Record) error {
		if r == nil {
			batch.Pass(offset, epoch)
			return nil
		}
		if !batch.Add(r) {
			return &StopError{OtherRecords, fmt.Sprintf("cut %d [%d, %d): its layout's limits are reached at offset %d already", c.Cut, c.From, c.To, offset)}
		}
		o.budget.hold(o, batch.Memory())
		return nil
	})
	if err != nil {
		o.budget.hold(o, 0)
		return nil, fmt.Errorf("read offsets [%d, %d) again: %w", c.From, c.To, err)
	}
	return batch, nil
}
