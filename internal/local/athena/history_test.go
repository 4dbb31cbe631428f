package athena

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ticklake/internal/local/athena/execution"
)

func newTestHistory(t *testing.T) *history {
	t.Helper()
	h, err := openHistory(t.Context(), filepath.Join(t.TempDir(), "a folder?%", "x"))
	if err == nil {
		t.Fatal("the folder is not there")
	}
	if h, err = openHistory(t.Context(), filepath.Join(t.TempDir(), "history?%.sqlite")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

func TestAnExecutionIsKeptWhole(t *testing.T) {
	h := newTestHistory(t)
	want := execution.Execution{
		Request: execution.Request{SQL: "SELECT 'é\x00'", Catalog: "c", Database: "d", WorkGroup: "primary", Output: "s3://lake/results/", Token: "t"},
		ID:      "id", Kind: execution.DML, Verb: "SELECT", Location: "s3://lake/results/id.csv", State: execution.Running,
		Submitted: time.Unix(1_700_000_000, 123456789).UTC(),
	}
	if err := h.Add(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	want.State, want.Completed, want.Columns = execution.Failed, time.Unix(1_700_000_001, 1).UTC(), []execution.Column{{Name: "n", Type: "decimal", Precision: 1, Scale: 2}}
	want.Fault, want.Stats = &execution.Fault{Category: 2, Type: 3, Message: "m", Retryable: true}, execution.Stats{BytesScanned: 1 << 60, Rows: 2, Engine: 3}
	unfinished, err := h.Unfinished(t.Context())
	if err != nil || len(unfinished) != 1 {
		t.Errorf("%v %v", unfinished, err)
	}
	if err := h.Save(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	for name, get := range map[string]func() (execution.Execution, error){
		"by id":    func() (execution.Execution, error) { return h.Get(t.Context(), "id") },
		"by token": func() (execution.Execution, error) { return h.ByToken(t.Context(), "t") },
	} {
		got, err := get()
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(name, err, diff)
		}
	}
	if _, err := h.Get(t.Context(), "x"); !errors.Is(err, execution.ErrNotFound) {
		t.Error(err)
	}
	if unfinished, err := h.Unfinished(t.Context()); err != nil || len(unfinished) != 0 {
		t.Errorf("%v %v", unfinished, err)
	}
}

func TestOnlyTheNewestAreRemembered(t *testing.T) {
	h := newTestHistory(t)
	at := time.Unix(1_700_000_000, 0)
	long := strings.Repeat("x", 250_000) // 128 MiB hold 536 of them
	for i := range 3 * trimEvery {
		e := execution.Execution{ID: fmt.Sprintf("%04d", i), Submitted: at.Add(time.Duration(i)), State: execution.Succeeded}
		e.SQL, e.WorkGroup = long, "primary"
		if i == 0 {
			e.State = execution.Running
		}
		if err := h.Add(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	marks, err := h.List(t.Context(), "primary", execution.Mark{}, 2000)
	if err != nil || len(marks) < 500 || len(marks) > 537 || marks[0].ID != "0767" || marks[len(marks)-1].ID != "0000" {
		t.Errorf("%d %v", len(marks), err)
	}
}

func TestAHistoryOfANewerVersionIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h")
	h, err := openHistory(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.db.ExecContext(context.Background(), "PRAGMA user_version = 9"); err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := openHistory(t.Context(), path); err == nil || !strings.Contains(err.Error(), "version 9") {
		t.Error(err)
	}
}
