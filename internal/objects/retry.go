package objects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"time"
)

// Backoff says how Retry waits. The zero value works.
type Backoff struct {
	First   time.Duration // wait after the first failure; 100 ms if 0, then doubled each time
	Max     time.Duration // longest wait; 10 s if 0
	Attempt time.Duration // time-out of one attempt up to its reply; 60 s if 0

	// Jitter returns a number in [0, 1) that spreads each wait over [½, 1) of itself; math/rand if nil.
	Jitter func() float64

	// Failed, if not nil, hears of each attempt that will be repeated. op is "create", "get" and so on.
	Failed func(op, key string, attempt int, wait time.Duration, err error)
}

// Retry repeats what failed for a reason that may pass, until it succeeds or ctx ends. Create is repeated
// with the same body, so a lost reply ends in ErrExists. What no repetition can mend is returned at once: ErrExists,
// ErrNotFound, ErrRange, ErrInvalid, ErrKeyConflict, ErrDenied, ErrNoBucket.
//
// A reader's body is not resumed: its reader sees the error. A listing that is begun anew remembers the
// keys that it has yielded, and yields each once.
func Retry(s Store, b Backoff) Store {
	if b.First <= 0 {
		b.First = 100 * time.Millisecond
	}
	if b.Max <= 0 {
		b.Max = 10 * time.Second
	}
	if b.Attempt <= 0 {
		b.Attempt = time.Minute
	}
	if b.Jitter == nil {
		b.Jitter = rand.Float64
	}
	return &retry{next: s, backoff: b}
}

type retry struct {
	next    Store
	backoff Backoff
}

// Final reports whether repeating the same request cannot change its outcome.
func Final(err error) bool {
	for _, final := range []error{ErrExists, ErrNotFound, ErrRange, ErrInvalid, ErrKeyConflict, ErrDenied, ErrNoBucket} {
		if errors.Is(err, final) {
			return true
		}
	}
	return false
}

// pause waits before the next attempt, counted from 1. It returns err, to be given up with, if ctx ends or err is final.
func (r *retry) pause(ctx context.Context, op, key string, attempt int, err error) error {
	if Final(err) {
		return err
	}
	if ctx.Err() != nil {
		return err
	}
	wait := r.backoff.Max
	if attempt < 30 { // beyond, the shift would overflow
		wait = min(wait, r.backoff.First<<(attempt-1))
	}
	wait = time.Duration(float64(wait) * (0.5 + r.backoff.Jitter()/2))
	if r.backoff.Failed != nil {
		r.backoff.Failed(op, key, attempt, wait, err)
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return fmt.Errorf("%w (last attempt: %w)", ctx.Err(), err)
	case <-timer.C:
		return nil
	}
}

func (r *retry) do(ctx context.Context, op, key string, once func(context.Context) error) error {
	for attempt := 1; ; attempt++ {
		err := r.once(ctx, once)
		if err == nil {
			return nil
		}
		if err := r.pause(ctx, op, key, attempt, err); err != nil {
			return err
		}
	}
}

func (r *retry) once(ctx context.Context, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, r.backoff.Attempt)
	defer cancel()
	return f(ctx)
}

func (r *retry) Create(ctx context.Context, key string, body []byte, meta Meta) error {
	return r.do(ctx, "create", key, func(ctx context.Context) error { return r.next.Create(ctx, key, body, meta) })
}

func (r *retry) Head(ctx context.Context, key string) (info Info, err error) {
	err = r.do(ctx, "head", key, func(ctx context.Context) error {
		info, err = r.next.Head(ctx, key)
		return err
	})
	return info, err
}

func (r *retry) Delete(ctx context.Context, key string) error {
	return r.do(ctx, "delete", key, func(ctx context.Context) error { return r.next.Delete(ctx, key) })
}

func (r *retry) Get(ctx context.Context, key string) (body io.ReadCloser, info Info, err error) {
	body, err = r.open(ctx, "get", key, func(ctx context.Context) (io.ReadCloser, error) {
		body, info, err = r.next.Get(ctx, key)
		return body, err
	})
	return body, info, err
}

func (r *retry) GetRange(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	return r.open(ctx, "range", key, func(ctx context.Context) (io.ReadCloser, error) {
		return r.next.GetRange(ctx, key, offset, length)
	})
}

// open is do for a reader, whose context must outlive the attempt: only its opening is timed.
func (r *retry) open(ctx context.Context, op, key string, once func(context.Context) (io.ReadCloser, error)) (io.ReadCloser, error) {
	for attempt := 1; ; attempt++ {
		attemptCtx, cancel := context.WithCancelCause(ctx)
		timer := time.AfterFunc(r.backoff.Attempt, func() { cancel(context.DeadlineExceeded) })
		body, err := once(attemptCtx)
		if err == nil && !timer.Stop() {
			_ = body.Close() // it is cancelled already
			err = fmt.Errorf("%s %q: %w", op, key, context.DeadlineExceeded)
		}
		timer.Stop()
		if err == nil {
			return &cancelBody{ReadCloser: body, cancel: cancel}, nil
		}
		cancel(nil)
		if err := r.pause(ctx, op, key, attempt, err); err != nil {
			return nil, err
		}
	}
}

type cancelBody struct {
	io.ReadCloser
	cancel context.CancelCauseFunc
}

func (b *cancelBody) Close() error {
	defer b.cancel(nil)
	return b.ReadCloser.Close()
}

func (r *retry) List(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	return retryList(ctx, r, "list", prefix, r.next.List, func(i Info) string { return i.Key })
}

func (r *retry) Folders(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return retryList(ctx, r, "folders", prefix, r.next.Folders, func(name string) string { return name })
}

func retryList[T any](ctx context.Context, r *retry, op, prefix string,
	list func(context.Context, string) iter.Seq2[T, error], name func(T) string,
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		seen := map[string]bool{}
		for attempt := 1; ; attempt++ {
			var failed error
			for v, err := range list(ctx, prefix) {
				if err != nil {
					failed = err
					break
				}
				if seen[name(v)] {
					continue
				}
				seen[name(v)] = true
				attempt = 1 // it made progress
				if !yield(v, nil) {
					return
				}
			}
			if failed == nil {
				return
			}
			if err := r.pause(ctx, op, prefix, attempt, failed); err != nil {
				var zero T
				yield(zero, err)
				return
			}
		}
	}
}
