package web

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestAClientThatComesAgainGetsWhatHasChanged(t *testing.T) {
	f := serve(t, nil)
	f.ticks("A", "B")
	s := f.stream("/stream")
	first := s.until("all symbols", func(e event) bool {
		return e.name == "symbols" && strings.Contains(string(e.data), `"B"`) || e.name == "prices"
	})
	s.close()
	f.ticks("B")
	for name, change := range map[string]func(*http.Request){
		"after":         func(r *http.Request) { r.URL.RawQuery = "after=" + first.id },
		"Last-Event-ID": func(r *http.Request) { r.Header.Set("Last-Event-ID", first.id) },
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.URL()+api+"/stream", nil)
		if err != nil {
			t.Fatal(err)
		}
		change(req)
		resp, err := f.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		again := &opened{t: t, resp: resp, in: newReader(resp.Body), stop: func() { _ = resp.Body.Close() }}
		e := again.until("prices", func(e event) bool { return e.name == "prices" || e.name == "symbols" })
		if e.name != "prices" || !strings.Contains(string(e.data), `"B"`) {
			t.Errorf("by %s: %s %s", name, e.name, e.data)
		}
		again.stop()
	}
	other := f.stream("/stream?after=another-7")
	if e := other.until("prices", func(e event) bool { return e.name == "prices" || e.name == "symbols" }); e.name != "symbols" {
		t.Errorf("an id of another run is answered by %s", e.name)
	}
}

func TestStreamsAreBounded(t *testing.T) {
	f := serve(t, func(c *Config) { c.Clients = 2 })
	a, b := f.stream("/stream"), f.stream("/stream")
	a.until("hello", named("hello"))
	b.until("hello", named("hello"))
	if resp, body := f.request("GET", api+"/stream", "", nil); resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
		t.Errorf("%s: %s", resp.Status, body)
	}
	f.ask(200, "GET", "/health", "") // the rest is served
	a.close()
	eventually(t, "a place is free", func() bool { return f.clients.Load() == 1 })
	f.stream("/stream").until("hello", named("hello"))
}

func TestASlowClientSlowsNobody(t *testing.T) {
	f := serve(t, nil)
	f.ticks("A")
	slow, err := net.Dial("tcp", strings.TrimPrefix(f.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = slow.Close() }()
	if _, err := io.WriteString(slow, "GET "+api+"/stream HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the slow one is there", func() bool { return f.clients.Load() == 1 })
	// It reads nothing: what is told it fills its buffers.
	quick := f.stream("/stream")
	names := make([]string, 2000)
	for i := range names {
		names[i] = strings.Repeat("x", 40) + string(rune('a'+i%26)) + strings.Repeat("y", i%20)
	}
	began := time.Now()
	for range 20 {
		f.ticks(names...)
		quick.until("prices", named("prices"))
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("the quick one waited for %v", took)
	}
}

func TestServerThatStopsSaysSo(t *testing.T) {
	f := serve(t, nil)
	s := f.stream("/stream?symbol=A")
	s.until("hello", named("hello"))
	done := make(chan error, 1)
	go func() { done <- f.Close() }()
	s.until("bye", named("bye"))
	if _, err := s.next(); !errors.Is(err, io.EOF) {
		t.Errorf("behind it comes %v", err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestWaterlineMovesInTheStream(t *testing.T) {
	f := serve(t, nil)
	s := f.stream("/stream?symbol=AAPL")
	s.until("lake", named("lake"))
	f.ticks("AAPL", "AAPL")
	f.glue.has("2026-11-25")
	f.cut(0, 0, 0, "dt=2026-11-25", 1, 0)
	e := s.until("a waterline", func(e event) bool {
		return e.name == "lake" && strings.Contains(string(e.data), `"offset":1,"sql_offset":1`)
	})
	if !strings.Contains(string(e.data), `"symbol":"AAPL","symbol_to":"2026-11-25T14:30:00Z"`) {
		t.Errorf("%s", e.data)
	}
}
