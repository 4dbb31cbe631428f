package objects

import (
	"context"
	"fmt"
	"io"
	"iter"
)

// Op is one operation on a store, as Trace and Fault see it.
type Op struct {
	N    int    // from 1, in order of beginning
	Verb string // create, get, range, head, list, folders, delete
	Key  string // key or prefix
}

// String is the operation's line in a golden trace, such as "create raw/ticks/x.csv.gz".
func (o Op) String() string { return o.Verb + " " + o.Key }

// Trace calls done after each operation with its outcome; for a reader that is its opening, for a listing its
// end (nil where the caller broke off). N is not counted. done may be called concurrently.
func Trace(s Store, done func(op Op, err error)) Store {
	return &hooked{next: s, hook: func(op Op, run func() error) error {
		err := run()
		done(op, err)
		return err
	}}
}

// Watch calls begin before each operation, and what begin returns after it, with its outcome as Trace has it. Both may be
// called concurrently.
func Watch(s Store, begin func(op Op) (done func(err error))) Store {
	return &hooked{next: s, hook: func(op Op, run func() error) error {
		done := begin(op)
		err := run()
		done(err)
		return err
	}}
}

// hooked runs every operation through one hook. A hook that returns an error without having called run has
// kept the operation from happening.
type hooked struct {
	next Store
	hook func(op Op, run func() error) error
}

func (h *hooked) Create(ctx context.Context, key string, body []byte, meta Meta) error {
	return h.hook(Op{Verb: "create", Key: key}, func() error { return h.next.Create(ctx, key, body, meta) })
}

func (h *hooked) Get(ctx context.Context, key string) (r io.ReadCloser, info Info, err error) {
	err = h.hook(Op{Verb: "get", Key: key}, func() error {
		r, info, err = h.next.Get(ctx, key)
		return err
	})
	if err != nil {
		return nil, Info{}, dropBody(r, err)
	}
	return r, info, nil
}

func (h *hooked) GetRange(ctx context.Context, key string, offset, length int64) (r io.ReadCloser, err error) {
	err = h.hook(Op{Verb: "range", Key: key}, func() error {
		r, err = h.next.GetRange(ctx, key, offset, length)
		return err
	})
	if err != nil {
		return nil, dropBody(r, err)
	}
	return r, nil
}

// dropBody closes what was opened although the operation is said to have failed.
func dropBody(r io.ReadCloser, err error) error {
	if r == nil {
		return err
	}
	if cerr := r.Close(); cerr != nil {
		return fmt.Errorf("%w (and close: %w)", err, cerr)
	}
	return err
}

func (h *hooked) Head(ctx context.Context, key string) (info Info, err error) {
	err = h.hook(Op{Verb: "head", Key: key}, func() error {
		info, err = h.next.Head(ctx, key)
		return err
	})
	if err != nil {
		return Info{}, err
	}
	return info, nil
}

func (h *hooked) Delete(ctx context.Context, key string) error {
	return h.hook(Op{Verb: "delete", Key: key}, func() error { return h.next.Delete(ctx, key) })
}

func (h *hooked) List(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	return hookList(h, Op{Verb: "list", Key: prefix}, h.next.List(ctx, prefix))
}

func (h *hooked) Folders(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return hookList(h, Op{Verb: "folders", Key: prefix}, h.next.Folders(ctx, prefix))
}

func hookList[T any](h *hooked, op Op, list iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		stopped := false
		err := h.hook(op, func() error {
			for v, err := range list {
				if err != nil {
					return err
				}
				if !yield(v, nil) {
					stopped = true
					return nil
				}
			}
			return nil
		})
		if err != nil && !stopped {
			var zero T
			yield(zero, err)
		}
	}
}
