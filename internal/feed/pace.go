package feed

import (
	"context"
	"time"
)

// wait returns when row may be sent: when it is due, and no sooner than the rate allows.
func (r *run) wait(ctx context.Context, row *Row) error {
	due := row.Due
	if r.Speed > 0 && !row.Time.IsZero() {
		due = r.replay.due(row.Time, r.Speed)
	}
	if !due.IsZero() {
		if d := time.Until(due); d > 0 {
			r.Status.count(&r.sum, r.seen)
			if !sleep(ctx, d) {
				return ctx.Err()
			}
		}
	}
	if r.Rate > 0 {
		at := r.pacing.Add(time.Duration(float64(r.paced) / r.Rate * float64(time.Second)))
		r.paced++
		if d := time.Until(at); d > 0 && !sleep(ctx, d) {
			return ctx.Err()
		}
	}
	return nil
}

// replay is recorded time that passes again.
type replay struct {
	began time.Time // when recorded time was first
	first time.Time
}

// due is when recorded time comes to at.
func (p *replay) due(at time.Time, speed float64) time.Time {
	if p.began.IsZero() {
		p.began, p.first = time.Now(), at
	}
	// Differences of up to 584 years are no Duration. Floats are exact enough for waiting.
	seconds := float64(at.Unix()-p.first.Unix()) + float64(at.Nanosecond()-p.first.Nanosecond())/1e9
	const longest = 250 * 365 * 24 * time.Hour
	return p.began.Add(time.Duration(min(seconds/speed*float64(time.Second), float64(longest))))
}

// sleep is false if ctx has ended.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
