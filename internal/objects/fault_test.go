package objects_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ticklake/internal/objects"
)

// script does one of each operation and returns its errors by verb.
func script(ctx context.Context, s objects.Store) map[string]error {
	errs := map[string]error{}
	errs["create"] = s.Create(ctx, "p/new", []byte("new"), nil)
	for _, err := range s.List(ctx, "p/") {
		if err != nil {
			errs["list"] = err
		}
	}
	for _, err := range s.Folders(ctx, "") {
		if err != nil {
			errs["folders"] = err
		}
	}
	if r, _, err := s.Get(ctx, "p/old"); err != nil {
		errs["get"] = err
	} else {
		_, _ = io.Copy(io.Discard, r)
		_ = r.Close()
	}
	if r, err := s.GetRange(ctx, "p/old", 0, 1); err != nil {
		errs["range"] = err
	} else {
		_ = r.Close()
	}
	_, errs["head"] = s.Head(ctx, "p/old")
	errs["delete"] = s.Delete(ctx, "p/old")
	return errs
}

var scriptTrace = []string{"create p/new", "list p/", "folders ", "get p/old", "range p/old", "head p/old", "delete p/old"}

func newOld(t *testing.T) *objects.MemoryStore {
	t.Helper()
	m := objects.Memory()
	if err := m.Create(t.Context(), "p/old", []byte("old"), nil); err != nil {
		t.Fatal(err)
	}
	return m
}

func has(t *testing.T, s objects.Store, key string) bool {
	t.Helper()
	_, err := s.Head(t.Context(), key)
	if err != nil && !errors.Is(err, objects.ErrNotFound) {
		t.Fatal(err)
	}
	return err == nil
}

func TestTraceSeesEveryOperation(t *testing.T) {
	var got []string
	s := objects.Trace(newOld(t), func(op objects.Op, err error) {
		if err != nil {
			t.Errorf("%s: %v", op, err)
		}
		got = append(got, op.String())
	})
	script(t.Context(), s)
	if diff := cmp.Diff(scriptTrace, got); diff != "" {
		t.Errorf("trace (-want +got):\n%s", diff)
	}
}

func TestEachEffectStrikesTheOperationAndNoOther(t *testing.T) {
	for _, tt := range []struct {
		name    string
		effect  objects.Effect
		happens bool // the write that is struck
		dead    bool // what comes after fails
		late    bool // the write happens at Land
	}{
		{"none", objects.None, true, false, false},
		{"fail before", objects.FailBefore, false, false, false},
		{"lose reply", objects.LoseReply, true, false, false},
		{"land late", objects.LandLate, false, false, true},
		{"crash before", objects.CrashBefore, false, true, false},
		{"crash after", objects.CrashAfter, true, true, false},
	} {
		for n := range scriptTrace {
			t.Run(fmt.Sprintf("%s/%d", tt.name, n+1), func(t *testing.T) {
				mem := newOld(t)
				s := objects.Fault(mem, objects.At(n+1, tt.effect))
				errs := script(t.Context(), s)
				for i, op := range scriptTrace {
					verb := []string{"create", "list", "folders", "get", "range", "head", "delete"}[i]
					wantErr := i == n && tt.effect != objects.None || i > n && tt.dead
					if got := errors.Is(errs[verb], objects.ErrInjected); got != wantErr {
						t.Errorf("%s: %v", op, errs[verb])
					}
				}
				// The writes are the first operation and the last.
				wantNew := n != 0 || tt.happens
				wantOld := n == len(scriptTrace)-1 && !tt.happens || n < len(scriptTrace)-1 && tt.dead
				if got := has(t, mem, "p/new"); got != wantNew {
					t.Errorf("new is there: %v", got)
				}
				if got := has(t, mem, "p/old"); got != wantOld {
					t.Errorf("old is there: %v", got)
				}
				if err := s.Land(t.Context()); err != nil {
					t.Error(err)
				}
				if tt.late && (!has(t, mem, "p/new") || has(t, mem, "p/old")) {
					t.Error("the late write has not landed")
				}
				wantOps := len(scriptTrace)
				if tt.dead {
					wantOps = n + 1
				}
				if got := len(s.Ops()); got != wantOps {
					t.Errorf("%d operations counted, want %d", got, wantOps)
				}
			})
		}
	}
}

func TestALateWriteKeepsItsOwnCopyOfTheBody(t *testing.T) {
	mem := objects.Memory()
	s := objects.Fault(mem, objects.At(1, objects.LandLate))
	body := []byte("body")
	if err := s.Create(t.Context(), "k", body, nil); !errors.Is(err, objects.ErrInjected) {
		t.Fatal(err)
	}
	copy(body, "XXXX")
	if err := s.Land(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, _, err := objects.ReadAll(t.Context(), mem, "k", 10); string(got) != "body" {
		t.Errorf("landed %q, %v", got, err)
	}
}

func TestAStaleListingHidesWhatGetStillFinds(t *testing.T) {
	s := objects.Stale(newOld(t), func(key string) bool { return key == "p/new/x" })
	if err := s.Create(t.Context(), "p/new/x", nil, nil); err != nil {
		t.Fatal(err)
	}
	for info, err := range s.List(t.Context(), "") {
		if err != nil || info.Key != "p/old" {
			t.Errorf("listed %q, %v", info.Key, err)
		}
	}
	for name, err := range s.Folders(t.Context(), "p/") {
		t.Errorf("folder %q, %v", name, err)
	}
	if !has(t, s, "p/new/x") {
		t.Error("head does not find it")
	}
}
