package feed

import (
	"context"
	"time"
)

// wait returns when row may be sent: when it is due, and no sooner than the rate allows.
func (r *run) wait(ctx context.Context, row *Row) error {
	if !row.Due.IsZero() {
		if d := time.Until(row.Due); d > 0 {
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
