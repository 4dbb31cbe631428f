package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"
	"testing"

	"ticklake/internal/query"
)

func TestCancelReachesTheEngine(t *testing.T) {
	f := serve(t, nil)
	started, _ := f.sql.holds()
	q := into[queryView](t, f.ask(202, "POST", "/queries", `{"sql":"SELECT slowly"}`))
	<-started
	if q.State != stateRunning || q.Ended != nil || q.Error != nil {
		t.Errorf("%+v", q)
	}
	f.ask(200, "DELETE", "/queries/"+q.ID, "")
	q = into[queryView](t, f.ask(200, "GET", "/queries/"+q.ID+"?wait=10", ""))
	if q.State != stateCancelled || q.EngineID == nil || *q.EngineID != "engine-1" {
		t.Errorf("%+v", q)
	}
	if _, stopped := f.sql.told(); len(stopped) != 1 {
		t.Errorf("the engine was told to stop %q", stopped)
	}
}

func TestStatementsRunningAreBounded(t *testing.T) {
	f := serve(t, nil)
	started, release := f.sql.holds()
	for range queriesRunning {
		f.ask(202, "POST", "/queries", `{"sql":"SELECT slowly"}`)
		<-started
	}
	if resp, body := f.request("POST", api+"/queries", `{"sql":"SELECT slowly"}`, nil); resp.StatusCode != http.StatusTooManyRequests {
		t.Errorf("%s: %s", resp.Status, body)
	}
	release()
	f.ask(200, "GET", "/queries/q1?wait=10", "")
	f.ask(202, "POST", "/queries", `{"sql":"SELECT again"}`)
}

func TestStatementsKeptAreBounded(t *testing.T) {
	f := serve(t, nil)
	for n := range queriesKept + 5 {
		q := into[queryView](t, f.ask(202, "POST", "/queries", fmt.Sprintf(`{"sql":"SELECT %d"}`, n)))
		f.ask(200, "GET", "/queries/"+q.ID+"?wait=10", "")
	}
	list := into[struct{ Queries []queryView }](t, f.ask(200, "GET", "/queries", ""))
	if n := len(list.Queries); n != queriesKept || list.Queries[0].SQL != fmt.Sprintf("SELECT %d", queriesKept+4) {
		t.Errorf("%d are kept, the first is %+v", n, list.Queries[0])
	}
	f.ask(404, "GET", "/queries/q1", "")
}

// manyRows yields so many rows, then an error where there is one.
func manyRows(n int, cell string, failed error) *Result {
	r := answer([]query.Column{{Name: "c", Type: "varchar"}})
	r.Rows = func(context.Context) iter.Seq2[query.Row, error] {
		return func(yield func(query.Row, error) bool) {
			for range n {
				if !yield(query.Row{&cell}, nil) {
					return
				}
			}
			if failed != nil {
				yield(nil, failed)
			}
		}
	}
	return r
}

func TestRowsHeldAreBoundedAndTheCSVHasAll(t *testing.T) {
	for _, test := range []struct {
		name string
		rows int
		cell string
		held int
	}{
		{"by number", rowsHeld + 1, "x", rowsHeld},
		{"by bytes", 100, strings.Repeat("x", bytesHeld/10), 9},
		{"not", 10, "x", 10},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := serve(t, nil)
			f.sql.knows("SELECT", manyRows(test.rows, test.cell, nil))
			f.ask(202, "POST", "/queries", `{"sql":"SELECT 1"}`)
			q := into[queryView](t, f.ask(200, "GET", "/queries/q1?wait=10", ""))
			if q.Held == nil || *q.Held != test.held || *q.More != (test.held < test.rows) {
				t.Fatalf("held %v, more %v", *q.Held, *q.More)
			}
			rows := into[struct{ Rows []query.Row }](t, f.ask(200, "GET", fmt.Sprintf("/queries/q1/rows?from=%d", test.held-1), ""))
			if len(rows.Rows) != 1 {
				t.Errorf("%d rows at the end", len(rows.Rows))
			}
			rows = into[struct{ Rows []query.Row }](t, f.ask(200, "GET", "/queries/q1/rows?from=1000000", ""))
			if rows.Rows == nil || len(rows.Rows) != 0 {
				t.Errorf("behind the end are %v", rows.Rows)
			}
			body := f.ask(200, "GET", "/queries/q1/csv", "")
			if lines := strings.Count(string(body), "\n"); lines != test.rows+1 {
				t.Errorf("the CSV has %d lines", lines)
			}
		})
	}
}

func TestACSVThatBreaksOffDoesNotLookWhole(t *testing.T) {
	f := serve(t, nil)
	f.sql.knows("SELECT", manyRows(rowsHeld+10_000, "some text", errors.New("the store is away")))
	f.ask(202, "POST", "/queries", `{"sql":"SELECT 1"}`)
	f.ask(200, "GET", "/queries/q1?wait=10", "")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.URL()+api+"/queries/q1/csv", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := f.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(io.Discard, resp.Body); err == nil {
		t.Error("it ends as a whole one does")
	}
}

func TestErrorsHaveTheirPlaceInWhatWasSent(t *testing.T) {
	f := serve(t, nil)
	f.sql.fails(&query.Error{State: "FAILED", Name: "SYNTAX_ERROR", Line: 2, Column: 3, Message: "no", Reason: "SYNTAX_ERROR: line 2:3: no"})
	f.ask(202, "POST", "/queries", `{"sql":"\n  x ;\n"}`)
	q := into[queryView](t, f.ask(200, "GET", "/queries/q1?wait=10", ""))
	if q.SQL != "\n  x" {
		t.Errorf("what stands before the statement is gone: %q", q.SQL)
	}
	if q.State != stateFailed || q.Error == nil || *q.Error.Line != 2 || *q.Error.Column != 3 || *q.Error.Name != "SYNTAX_ERROR" {
		t.Errorf("%+v", q.Error)
	}
}

func TestAClientThatLeavesAnInsightStopsIt(t *testing.T) {
	f := serve(t, nil)
	started, release := f.sql.holds()
	ctx, leave := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.URL()+api+"/insights/highest_traded", strings.NewReader(`{"values":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	done := make(chan struct{})
	go func() {
		defer close(done)
		if resp, err := f.client.Do(req); err == nil {
			_ = resp.Body.Close()
		}
	}()
	<-started
	leave()
	<-done
	eventually(t, "the engine is told to stop", func() bool {
		_, stopped := f.sql.told()
		return len(stopped) == 1
	})
	release()
	f.ask(200, "POST", "/insights/highest_traded", `{"values":{}}`) // its place is free again
}

func TestAnInsightWithoutItsDataSaysWhatIsMissing(t *testing.T) {
	f := serve(t, nil)
	type told struct{ Missing *string }
	a := into[told](t, f.ask(200, "POST", "/insights/highest_traded", `{"values":{}}`))
	if a.Missing == nil || *a.Missing != "the table holds no tick yet" {
		t.Errorf("%v", a)
	}
	f.sql.fails(&query.Error{State: "FAILED", Name: "COLUMN_NOT_FOUND", Message: "Column 'volume' cannot be resolved"})
	a = into[told](t, f.ask(200, "POST", "/insights/highest_traded", `{"values":{"day":"2026-11-24"}}`))
	if a.Missing == nil || *a.Missing != "table ticks has no column volume" {
		t.Errorf("%v", a)
	}
}
