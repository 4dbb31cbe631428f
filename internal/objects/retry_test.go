package objects_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"ticklake/internal/objects"
)

// failing fails its first n operations.
func failing(s objects.Store, n int, e objects.Effect) *objects.FaultStore {
	return objects.Fault(s, func(op objects.Op) objects.Effect {
		if op.N <= n {
			return e
		}
		return objects.None
	})
}

func TestRetryRepeatsUntilSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mem := objects.Memory()
		var waits []time.Duration
		s := objects.Retry(failing(mem, 9, objects.FailBefore), objects.Backoff{
			First: time.Second, Max: 40 * time.Second, Jitter: func() float64 { return 1 },
			Failed: func(op, key string, attempt int, wait time.Duration, err error) {
				if op != "create" || key != "k" || attempt != len(waits)+1 || !errors.Is(err, objects.ErrInjected) {
					t.Errorf("heard of %s %s, attempt %d: %v", op, key, attempt, err)
				}
				waits = append(waits, wait)
			},
		})
		if err := s.Create(t.Context(), "k", []byte("body"), nil); err != nil {
			t.Fatal(err)
		}
		sec := time.Second
		if diff := cmp.Diff([]time.Duration{sec, 2 * sec, 4 * sec, 8 * sec, 16 * sec, 32 * sec, 40 * sec, 40 * sec, 40 * sec}, waits); diff != "" {
			t.Errorf("waits (-want +got):\n%s", diff)
		}
		if body, _, err := objects.ReadAll(t.Context(), mem, "k", 10); string(body) != "body" {
			t.Errorf("the store holds %q, %v", body, err)
		}
	})
}

func TestALostReplyOfCreateEndsInErrExists(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := objects.Retry(failing(objects.Memory(), 1, objects.LoseReply), objects.Backoff{})
		if err := s.Create(t.Context(), "k", nil, nil); !errors.Is(err, objects.ErrExists) {
			t.Errorf("create returned %v", err)
		}
	})
}

func TestRetryGivesUpWhenTheContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		s := objects.Retry(failing(objects.Memory(), 1<<30, objects.FailBefore), objects.Backoff{})
		_, err := s.Head(ctx, "k")
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, objects.ErrInjected) {
			t.Errorf("head returned %v: it should name both the end and the reason", err)
		}
		if d := time.Since(began); d != time.Minute {
			t.Errorf("it took %v", d)
		}
	})
}

func TestRetryDoesNotRepeatWhatIsFinal(t *testing.T) {
	for _, final := range []error{
		objects.ErrExists, objects.ErrNotFound, objects.ErrRange, objects.ErrInvalid,
		objects.ErrKeyConflict, objects.ErrDenied, objects.ErrNoBucket,
	} {
		calls := 0
		s := objects.Retry(refusing{err: fmt.Errorf("store: %w", final), calls: &calls}, objects.Backoff{First: time.Hour})
		if err := s.Create(t.Context(), "k", nil, nil); !errors.Is(err, final) || calls != 1 {
			t.Errorf("%v: %d calls, %v", final, calls, err)
		}
	}
}

type refusing struct {
	objects.Store
	err   error
	calls *int
}

func (r refusing) Create(context.Context, string, []byte, objects.Meta) error {
	*r.calls++
	return r.err
}

// silent never answers.
type silent struct{ objects.Store }

func (silent) Create(ctx context.Context, _ string, _ []byte, _ objects.Meta) error {
	<-ctx.Done()
	return ctx.Err()
}

func (silent) Get(ctx context.Context, _ string) (io.ReadCloser, objects.Info, error) {
	<-ctx.Done()
	return nil, objects.Info{}, ctx.Err()
}

func TestAnAttemptWithoutAReplyIsCutShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, call := range map[string]func(context.Context, objects.Store) error{
			"create": func(ctx context.Context, s objects.Store) error { return s.Create(ctx, "k", nil, nil) },
			"get": func(ctx context.Context, s objects.Store) error {
				_, _, err := s.Get(ctx, "k")
				return err
			},
		} {
			attempts := 0
			s := objects.Retry(silent{}, objects.Backoff{
				First: time.Second, Max: time.Second, Attempt: 5 * time.Second,
				Failed: func(string, string, int, time.Duration, error) { attempts++ },
			})
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			if err := call(ctx, s); err == nil {
				t.Errorf("%s succeeded", name)
			}
			cancel()
			if attempts < 9 || attempts > 12 { // each takes 5 s and a wait of ½ to 1 s
				t.Errorf("%s: %d attempts in a minute", name, attempts)
			}
		}
	})
}

func TestAReaderOutlivesTheTimeOutOfItsOpening(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mem := objects.Memory()
		if err := mem.Create(t.Context(), "k", []byte("body"), nil); err != nil {
			t.Fatal(err)
		}
		var opened context.Context
		s := objects.Retry(watchGet{mem, &opened}, objects.Backoff{Attempt: time.Second})
		r, _, err := s.Get(t.Context(), "k")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour) // synthetic
		if body, err := io.ReadAll(r); string(body) != "body" || opened.Err() != nil {
			t.Errorf("read %q, %v; context: %v", body, err, opened.Err())
		}
		if err := r.Close(); err != nil || opened.Err() == nil {
			t.Errorf("close: %v; context: %v", err, opened.Err())
		}
	})
}

type watchGet struct {
	objects.Store
	opened *context.Context
}

func (w watchGet) Get(ctx context.Context, key string) (io.ReadCloser, objects.Info, error) {
	*w.opened = ctx
	return w.Store.Get(ctx, key)
}

// breaking lists n objects at most before it fails, the next time n more.
type breaking struct {
	objects.Store
	n *int
}

func (b breaking) List(ctx context.Context, prefix string) iter.Seq2[objects.Info, error] {
	*b.n += 2
	return func(yield func(objects.Info, error) bool) {
		left := *b.n
		for info, err := range b.Store.List(ctx, prefix) {
			if left == 0 {
				yield(objects.Info{}, errors.New("connection reset"))
				return
			}
			left--
			if !yield(info, err) {
				return
			}
		}
	}
}

func TestAListingThatBreaksIsCompletedWithoutDoubles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mem := objects.Memory()
		want := strings.Split("abcdefghi", "")
		for _, key := range want {
			if err := mem.Create(t.Context(), key, nil, nil); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		for info, err := range objects.Retry(breaking{mem, new(int)}, objects.Backoff{}).List(t.Context(), "") {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, info.Key)
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("listing (-want +got):\n%s", diff)
		}
	})
}
