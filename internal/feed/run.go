package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"ticklake/internal/stream"
)

// Config is how a feed is sent.
type Config struct {
	Feed    Feed
	Cluster stream.Cluster
	Topic   string
	// Producer's Topic is Topic; its other settings are used as they are.
	Producer stream.ProducerConfig
	// Rate is how many rows a second are sent at most; 0 is as fast as possible.
	Rate float64
	// Speed lets as much time pass between rows as was recorded, divided by it; 0 does not wait. It goes on from the first
	// row that is sent, however long ago the one before it was.
	Speed float64
	// CatchUp is how long ago a row may have fallen due and still be sent; 0 is an hour. Where one fell due before that,
	// the feed goes on with what is due now.
	CatchUp time.Duration
	// Strict ends the run at the first bad row: neither it nor what comes after is sent.
	Strict bool
	// Settle is how long the search for what Kafka has waits before it looks again, until two looks agree; 0 is a second,
	// negative looks once. A producer that was killed may have left a request behind that a broker has yet to read. There
	// is none where the broker has started after the last run ended.
	Settle time.Duration
	// GiveUp is how long failures may follow each other without a row being sent in between; 0 is for ever.
	GiveUp time.Duration
	// OnBad is called for each bad row once, in order; nil for none. OnMissed is called when rows were left out.
	OnBad    func(*Bad)
	OnMissed func(rows int64, until time.Time)
	// OnLive is called once, when all that may be sent at once is in Kafka and the first row has come that comes to pass in
	// real time; nil for none.
	OnLive func()
	Status *Status      // nil if nobody asks
	Log    *slog.Logger // nil discards
}

// StrictError says that a strict run has ended at a bad row.
type StrictError struct{ Bad *Bad }

func (e *StrictError) Error() string {
	return e.Bad.Error() + "; nothing from this row on was sent; hint: without --strict it becomes a dead letter"
}

// The first pause after a failure, and the longest; each is twice the one before.
const firstPause, longestPause = 250 * time.Millisecond, 15 * time.Second

// Run sends every row of the feed that Kafka does not have, in order, and returns when the last is acknowledged, when
// ctx ends, or when it cannot go on. Whatever it returns, running the feed again goes on where this run was. After a
// failed delivery it reads back what Kafka has and goes on from there. Only one run of a feed may be under way.
func Run(ctx context.Context, cfg Config) (Summary, error) {
	if cfg.CatchUp <= 0 {
		cfg.CatchUp = time.Hour
	}
	if cfg.Settle == 0 {
		cfg.Settle = time.Second
	}
	if cfg.Status == nil {
		cfg.Status = new(Status)
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	cfg.Producer.Topic = cfg.Topic
	r := &run{Config: cfg, seen: -1}
	r.sum.Feed = cfg.Feed.Name()
	cfg.Status.begin(r.sum.Feed, cfg.Topic)
	began := time.Now()
	err := r.untilDone(ctx)
	r.sum.Took = time.Since(began)
	cfg.Status.use(nil)
	cfg.Status.count(&r.sum, r.seen)
	switch {
	case err == nil:
		r.sum.Sent = r.sum.Read - r.sum.Skipped
		cfg.Status.set(Done, "", nil)
	default:
		r.sum.Sent = cfg.Status.Snapshot().Sent
		if ctx.Err() != nil {
			err = ctx.Err()
			cfg.Status.set(Stopped, "", nil)
		} else {
			cfg.Status.set(Refused, err.Error(), nil)
		}
	}
	return r.sum, err
}

type run struct {
	Config
	sum    Summary
	seen   int64 // the highest position that was counted
	paced  int64 // rows sent since pacing began
	pacing time.Time
	replay replay
	live   bool // OnLive was called
}

// untilDone tries until it succeeds, must not go on, or has failed for too long.
func (r *run) untilDone(ctx context.Context) error {
	wait, failing, before := firstPause, time.Time{}, int64(0)
	for {
		err := r.attempt(ctx)
		if err == nil || ctx.Err() != nil || !canRetry(err) {
			return err
		}
		now := time.Now()
		if sent := r.Status.Snapshot().Sent; failing.IsZero() || sent > before {
			wait, failing, before = firstPause, now, sent
		}
		if r.GiveUp > 0 && now.Sub(failing) > r.GiveUp {
			return fmt.Errorf("feed %q has failed for %v: %w", r.sum.Feed, r.GiveUp, err)
		}
		next := now.Add(wait)
		r.Status.set(Retrying, err.Error(), &next)
		r.Log.Warn("feed failed; it goes on from what Kafka has", "err", err, "in", wait)
		if !sleep(ctx, wait) {
			return ctx.Err()
		}
		wait = min(2*wait, longestPause)
	}
}

// rowsError is a failure of the feed's own, which trying again would not mend.
type rowsError struct{ error }

func (e rowsError) Unwrap() error { return e.error }

func canRetry(err error) bool {
	var rows rowsError
	var strict *StrictError
	return !errors.As(err, &rows) && !errors.As(err, &strict) &&
		!errors.Is(err, ErrForgotten) && !errors.Is(err, ErrPartitions) && !errors.Is(err, stream.ErrNoTopic)
}

// attempt sends from what Kafka has to the end, with one producer.
func (r *run) attempt(ctx context.Context) error {
	r.Status.set(Searching, "", nil)
	done, since, err := settled(ctx, r.Cluster, r.Topic, r.Feed, r.Settle)
	if err != nil {
		return err
	}
	from := done[0] + 1
	for _, d := range done {
		from = min(from, d+1)
	}
	rows, err := r.Feed.Open(ctx, from)
	if err != nil {
		return rowsError{err}
	}
	defer rows.Close()
	p, err := stream.OpenProducer(r.Cluster, r.Producer)
	if err != nil {
		return err
	}
	defer p.Close()
	r.Status.use(p)
	defer r.Status.use(nil)
	r.Status.set(Sending, "", nil)
	r.Log.Info("feed sends", "feed", r.sum.Feed, "topic", r.Topic, "from", from)
	err = r.send(ctx, rows, p, done, since)
	if errors.Is(err, io.EOF) {
		err = nil
		r.notYielded(from)
	}
	r.Status.count(&r.sum, r.seen)
	var strict *StrictError
	if err != nil && !errors.As(err, &strict) {
		return err
	}
	if flushErr := p.Flush(ctx); flushErr != nil {
		return flushErr
	}
	return err
}

// countEvery is how many rows pass between reports to Status.
const countEvery = 64

func (r *run) send(ctx context.Context, rows Rows, p *stream.Producer, done []int64, since int64) error {
	m := newMaker(r.sum.Feed, len(done))
	m.since = since
	r.pacing, r.paced, r.replay = time.Now(), 0, replay{}
	var row Row
	for {
		if err := rows.Next(&row); err != nil {
			if errors.Is(err, io.EOF) {
				return err
			}
			return rowsError{err}
		}
		partition := m.partition(&row)
		there := row.Position <= done[partition]
		if !there {
			left, err := r.jump(&row, rows)
			if err != nil {
				return err
			}
			if left > 0 {
				m.since = row.Position + left
				continue
			}
			if err := r.goesLive(ctx, &row, p); err != nil {
				return err
			}
			if err := r.wait(ctx, &row); err != nil {
				return err
			}
		}
		if err := r.count(&row, there); err != nil {
			return err
		}
		if there {
			continue
		}
		if err := p.Produce(ctx, m.record(&row, partition)); err != nil {
			return err
		}
	}
}

// goesLive tells once that history is over.
func (r *run) goesLive(ctx context.Context, row *Row, p *stream.Producer) error {
	if r.live || row.Due.IsZero() || r.OnLive == nil {
		return nil
	}
	if err := p.Flush(ctx); err != nil {
		return err
	}
	r.live = true
	r.OnLive()
	return nil
}

// count notes a row that this run has not seen before.
func (r *run) count(row *Row, there bool) error {
	if row.Position > r.seen {
		r.notYielded(row.Position)
		if row.Bad != nil && r.Strict {
			return &StrictError{Bad: row.Bad}
		}
		r.seen = row.Position
		r.sum.Read++
		if there {
			r.sum.Skipped++
		}
		if row.Bad != nil {
			r.sum.bad(row.Bad)
			if r.OnBad != nil {
				r.OnBad(row.Bad)
			}
		}
	}
	if row.Position%countEvery == 0 || !row.Due.IsZero() || r.Rate > 0 || r.Speed > 0 {
		r.Status.count(&r.sum, row.Position)
	}
	return nil
}

// notYielded counts the rows below position that the feed did not yield, because they are in Kafka.
func (r *run) notYielded(position int64) {
	if n := position - r.seen - 1; n > 0 {
		r.sum.Read += n
		r.sum.Skipped += n
		r.seen += n
	}
}

// jump leaves out what fell due too long ago, where row did, and returns how many rows that is, row among them. What
// history a feed has is not due at any time.
func (r *run) jump(row *Row, rows Rows) (left int64, err error) {
	if row.Due.IsZero() {
		return 0, nil
	}
	now := time.Now()
	if now.Sub(row.Due) <= r.CatchUp {
		return 0, nil
	}
	j, ok := rows.(Jumper)
	if !ok {
		return 0, nil
	}
	if left, err = j.Jump(now); err != nil {
		return 0, rowsError{err}
	}
	left++
	r.sum.Missed += left
	r.seen = max(r.seen, row.Position+left-1)
	r.Log.Warn("feed left out what fell due too long ago", "rows", left, "until", now)
	if r.OnMissed != nil {
		r.OnMissed(left, now)
	}
	return left, nil
}
