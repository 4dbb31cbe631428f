package objects

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
)

// Effect is what Fault does to one operation.
type Effect int

// The effects. What happens after a crash is as if the process were gone: every further operation fails and does nothing.
const (
	None        Effect = iota
	FailBefore         // nothing happens, the caller sees an error
	LoseReply          // it happens, the caller sees an error
	LandLate           // the caller sees an error now, a create or delete happens at Land; a read fails
	CrashBefore        // FailBefore, then dead
	CrashAfter         // LoseReply, then dead
)

// ErrInjected marks every error that Fault makes up.
var ErrInjected = errors.New("injected fault")

// Plan chooses the effect on each operation. It is called one operation at a time.
type Plan func(Op) Effect

// At is the plan that strikes the n-th operation, counted from 1.
func At(n int, e Effect) Plan {
	return func(op Op) Effect {
		if op.N == n {
			return e
		}
		return None
	}
}

// FaultStore is a Store whose operations fail by plan.
type FaultStore struct {
	hooked
	next Store
	plan Plan

	mu   sync.Mutex
	ops  []Op
	dead bool
	late []func(context.Context) error
}

// Fault returns s with the faults of plan; a nil plan only counts.
func Fault(s Store, plan Plan) *FaultStore {
	if plan == nil {
		plan = func(Op) Effect { return None }
	}
	f := &FaultStore{next: s, plan: plan}
	f.hooked = hooked{next: s, hook: func(op Op, run func() error) error {
		return f.strike(f.decide(op), op, run, nil)
	}}
	return f
}

// Ops returns the operations so far in order of beginning: the golden trace, and the places to strike.
func (f *FaultStore) Ops() []Op {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]Op(nil), f.ops...)
}

// Land performs, in order, the writes that were to land late. Their outcomes are joined; each is nobody's reply.
func (f *FaultStore) Land(ctx context.Context) error {
	f.mu.Lock()
	late := f.late
	f.late = nil
	f.mu.Unlock()
	var errs []error
	for _, write := range late {
		errs = append(errs, write(ctx))
	}
	return errors.Join(errs...)
}

// Create implements Store.
func (f *FaultStore) Create(ctx context.Context, key string, body []byte, meta Meta) error {
	op := Op{Verb: "create", Key: key}
	return f.strike(f.decide(op), op, func() error { return f.next.Create(ctx, key, body, meta) }, func() func(context.Context) error {
		kept, keptMeta := bytes.Clone(body), maps.Clone(meta)
		return func(ctx context.Context) error { return f.next.Create(ctx, key, kept, keptMeta) }
	})
}

// Delete implements Store.
func (f *FaultStore) Delete(ctx context.Context, key string) error {
	op := Op{Verb: "delete", Key: key}
	return f.strike(f.decide(op), op, func() error { return f.next.Delete(ctx, key) }, func() func(context.Context) error {
		return func(ctx context.Context) error { return f.next.Delete(ctx, key) }
	})
}

func (f *FaultStore) decide(op Op) Effect {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dead {
		return CrashBefore
	}
	op.N = len(f.ops) + 1
	f.ops = append(f.ops, op)
	e := f.plan(op)
	// Dead at once, so that what runs beside this operation is dead, too.
	f.dead = e == CrashBefore || e == CrashAfter
	return e
}

func (f *FaultStore) strike(e Effect, op Op, run func() error, later func() func(context.Context) error) error {
	switch e {
	case None:
		return run()
	case LoseReply, CrashAfter:
		_ = run() // its outcome is what the caller does not hear of
		return fmt.Errorf("%s: reply lost: %w", op, ErrInjected)
	case LandLate:
		if later != nil {
			f.mu.Lock()
			f.late = append(f.late, later())
			f.mu.Unlock()
		}
	}
	return fmt.Errorf("%s: no reply: %w", op, ErrInjected)
}
