package sink

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"ticklake/internal/lake"
	"ticklake/internal/objects"
)

// Log is a partition of the topic as its owner needs it.
type Log interface {
	// State asks Kafka where the log begins and ends, and whose it is.
	State(ctx context.Context) (LogState, error)
	// Read calls each with what stands at the positions [from, to), in order. A record is nil where a position holds
	// none of the topic's, such as a transaction's marker. Each must not keep it.
	Read(ctx context.Context, from, to int64, each func(offset int64, epoch int32, r *lake.Record) error) error
}

// LogState is what Kafka says of a partition.
type LogState struct {
	Cluster, TopicID string
	Start, End       int64 // offsets of the first record, and behind the last
}

// flow is what an owner may do to the stream of its partition's records.
type flow interface {
	// start lets records come, from the offset on, and none that was fetched before.
	start(ctx context.Context, offset int64, epoch int32) error
	// stop lets no more come until start or resume.
	stop()
	resume()
	// commit tells the group how far the lake is.
	commit(offset int64, epoch int32)
}

// owner moves one partition. This file says when its two protocols run: takeover.go and cutting.go have them. Its
// fields belong to run's goroutine, but for what mu guards.
type owner struct {
	partition int32
	config    *Config
	layouts   *Layouts
	chain     chain
	log       Log
	flow      flow
	intake    *intake
	budget    *budget

	revoked  chan struct{} // closed: make no new cut
	stopping chan struct{} // closed: make a last cut and end
	restart  chan error    // the stream failed: take over afresh
	pressure chan struct{} // a token: cut now, memory is short
	hurried  chan struct{} // a token: target has changed

	identity LogState // whose the log was when the partition was taken over
	next     int64    // number of the next cut
	batch    *lake.Batch
	encoder  lake.Encoder
	began    time.Time     // when the batch's first record came
	moved    time.Time     // when its newest came
	ahead    time.Duration // how far the lake is known to be ahead of this machine's clock

	mu     sync.Mutex
	target int64 // cut as soon as the batch reaches this offset; 0 is none
	status PartitionStatus
}

func newOwner(partition int32, config *Config, layouts *Layouts, store objects.Store, log Log, f flow, b *budget) *owner {
	return &owner{
		partition: partition, config: config, layouts: layouts, log: log, flow: f, intake: newIntake(b), budget: b,
		chain:   chain{store: store, topic: config.Topic, partition: partition},
		revoked: make(chan struct{}), stopping: make(chan struct{}), restart: make(chan error, 1),
		pressure: make(chan struct{}, 1), hurried: make(chan struct{}, 1),
		ahead:  clockTolerance,
		status: PartitionStatus{Partition: partition, State: TakingOver, Since: time.Now().UTC(), Cut: -1},
	}
}

// errStreamFailed says that the consumer can read no further from where it is.
var errStreamFailed = errors.New("the stream of records failed")

// run owns the partition until it is revoked or stopped, which is nil, or can no longer go on, which is a *StopError.
// What may pass is tried again, ever more slowly, on the path of a take-over.
func (o *owner) run(ctx context.Context) error {
	defer o.drop()
	const firstWait, maxWait = 250 * time.Millisecond, 15 * time.Second
	for wait := firstWait; ; {
		began := time.Now()
		err := o.own(ctx)
		o.flow.stop()
		o.drop()
		var stop *StopError
		switch {
		case err == nil || ctx.Err() != nil:
			return nil
		case errors.Is(err, errLostRace):
			// Another owner has cut: what was read since is its business now.
			o.report(func(s *PartitionStatus) { s.LostRaces++ })
			continue
		case errors.As(err, &stop):
			return o.stopped(stop)
		case objects.Final(err):
			return o.stopped(&StopError{StoreRefuses, err.Error()})
		}
		if time.Since(began) > maxWait {
			wait = firstWait
		}
		o.config.Log.Warn("partition is tried again", "topic", o.config.Topic, "partition", o.partition, "in", wait, "error", err)
		o.report(func(s *PartitionStatus) { s.State, s.Detail = Waiting, err.Error() })
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil
		case <-o.revoked:
			return nil
		case <-o.stopping:
			return nil
		}
		wait = min(2*wait, maxWait)
	}
}

func (o *owner) stopped(why *StopError) error {
	o.report(func(s *PartitionStatus) {
		s.State, s.Reason, s.Detail, s.Open = Stopped, why.Reason, why.Detail, OpenBatch{}
	})
	return why
}

// own takes the partition over and collects until something ends that.
func (o *owner) own(ctx context.Context) error {
	position, epoch, err := o.takeOver(ctx)
	if err != nil || o.isRevoked() {
		return err
	}
	o.batch = lake.NewBatch(o.layouts.newest, o.partition, position)
	if err := o.flow.start(ctx, position, epoch); err != nil {
		return fmt.Errorf("seek to offset %d: %w", position, err)
	}
	return o.collect(ctx)
}

// drop forgets the batch and what was fetched: Kafka has it.
func (o *owner) drop() {
	o.intake.clear()
	if o.batch != nil {
		o.budget.hold(o, 0)
		o.batch = nil
	}
}

func (o *owner) isRevoked() bool {
	select {
	case <-o.revoked:
		return true
	default:
		return false
	}
}

// collect files what comes and cuts what is due, until the owner ends.
func (o *owner) collect(ctx context.Context) error {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		timer.Reset(o.untilDue())
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-o.revoked:
			return nil
		case <-o.stopping:
			return o.finish(ctx)
		case err := <-o.restart:
			return fmt.Errorf("%w: %w", errStreamFailed, err)
		case <-o.hurried:
			if err := o.cutAtTarget(ctx); err != nil {
				return err
			}
		case <-o.pressure:
			if err := o.cut(ctx); err != nil {
				return err
			}
		case <-o.intake.filled:
			if err := o.file(ctx); err != nil {
				return err
			}
		case <-timer.C:
			if o.untilDue() > 0 {
				continue
			}
			if err := o.cut(ctx); err != nil {
				return err
			}
		}
	}
}

// untilDue is how long the batch may still wait for company.
func (o *owner) untilDue() time.Duration {
	if o.batch.Records() == 0 {
		return time.Hour
	}
	due := o.began.Add(o.config.MaxAge)
	if idle := o.moved.Add(o.config.MaxIdle); idle.Before(due) {
		due = idle
	}
	return time.Until(due)
}

// file takes what has come into the batch, and cuts where that fills it.
func (o *owner) file(ctx context.Context) error {
	fetched := o.intake.take()
	defer o.flow.resume() // it may have been stopped because too much waited
	defer o.intake.done(fetched)
	for i := range fetched.records {
		r := &fetched.records[i]
		if r.offset < o.batch.To() {
			continue // fetched twice
		}
		if r.record == nil {
			o.batch.Pass(r.offset, r.epoch)
			continue
		}
		if !o.batch.Add(r.record) {
			if err := o.cut(ctx); err != nil {
				return err
			}
			if o.isRevoked() {
				return nil
			}
			o.batch.Add(r.record)
		}
		now := time.Now()
		if o.batch.Records() == 1 {
			o.began = now
		}
		o.moved = now
		if o.batch.Full() || o.batch.Records() >= o.config.MaxRecords {
			if err := o.cut(ctx); err != nil {
				return err
			}
		}
	}
	o.holding()
	if newest := o.batch.Newest().Time(); time.Until(newest) > o.ahead {
		o.clockBehind(fmt.Sprintf("ticks of topic %s", o.config.Topic), newest)
	}
	return o.cutAtTarget(ctx)
}

// holding tells how much the batch holds.
func (o *owner) holding() {
	o.budget.hold(o, o.batch.Memory())
	o.report(func(s *PartitionStatus) {
		s.Open = OpenBatch{From: o.batch.From(), To: o.batch.To(), Records: o.batch.Records(), Bytes: o.batch.Bytes(), Since: o.began}
		if o.batch.Records() == 0 { // what lies between the newest cut and here holds no record
			s.Open.Since = time.Time{}
			s.InLakeTo = o.batch.To()
		}
	})
}

// hurry has the owner cut as soon as its batch reaches the offset, without waiting for more.
func (o *owner) hurry(offset int64) {
	o.mu.Lock()
	o.target = max(o.target, offset)
	o.mu.Unlock()
	select {
	case o.hurried <- struct{}{}:
	default:
	}
}

// cutAtTarget cuts where the batch has reached the offset that was asked for.
func (o *owner) cutAtTarget(ctx context.Context) error {
	o.mu.Lock()
	reached := o.target > 0 && o.batch.To() >= o.target
	o.mu.Unlock()
	if !reached {
		return nil
	}
	if err := o.cut(ctx); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.batch.To() >= o.target {
		o.target = 0
	}
	return nil
}

// finish makes the last cut of an owner that ends.
func (o *owner) finish(ctx context.Context) error {
	if err := o.file(ctx); err != nil {
		return err
	}
	return o.cut(ctx)
}
