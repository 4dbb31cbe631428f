package web

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ticklake/internal/tick"
	"ticklake/internal/web/market"
)

// appendEvent appends one event as Server-Sent Events have it. data is JSON, and so has no line end.
func appendEvent(dst []byte, name, id string, data []byte) []byte {
	dst = append(append(append(dst, "event: "...), name...), '\n')
	if id != "" {
		dst = append(append(append(dst, "id: "...), id...), '\n')
	}
	return append(append(append(dst, "data: "...), data...), "\n\n"...)
}

// encoded is a value of our own as JSON.
func encoded(value any) []byte {
	body, err := json.Marshal(value)
	if err != nil {
		return []byte("null")
	}
	return body
}

// eventID names a version of this run's prices.
func (s *Server) eventID(version uint64) string {
	return s.run + "-" + strconv.FormatUint(version, 10)
}

// versionOf is the version that an id names; 0 where it is not one of this run's.
func (s *Server) versionOf(id string) uint64 {
	rest, ok := strings.CutPrefix(id, s.run+"-")
	if !ok {
		return 0
	}
	version, err := strconv.ParseUint(rest, 10, 64)
	if err != nil {
		return 0
	}
	return version
}

func checkSymbol(symbol string) error {
	if err := tick.CheckSymbol(symbol); err != nil {
		f := fail(http.StatusBadRequest, "symbol: "+err.Error(), "")
		f.parameter = "symbol"
		return f
	}
	return nil
}

// getStream serves one client until it goes, is too slow, or the server stops. What it holds of a client is in looker.
func (s *Server) getStream(w http.ResponseWriter, r *http.Request) error {
	symbol, seconds, err := symbolIn(r, false)
	if err != nil {
		return err
	}
	if s.clients.Add(1) > int64(s.config.Clients) {
		s.clients.Add(-1)
		return fail(http.StatusServiceUnavailable, "as many streams are open as there may be: "+strconv.Itoa(s.config.Clients), "close a page that is open elsewhere")
	}
	defer s.clients.Add(-1)
	l := &looker{server: s, symbol: symbol, out: w, control: http.NewResponseController(w)}
	if symbol != "" {
		if l.bars, err = s.market.Watch(symbol, seconds); err != nil {
			return fail(http.StatusServiceUnavailable, err.Error(), "close a page that is open elsewhere")
		}
		defer l.bars.Close()
	}
	id := r.Header.Get("Last-Event-ID")
	if id == "" {
		id = r.URL.Query().Get("after")
	}
	l.prices = s.versionOf(id)
	bodyRead(w)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // a proxy shall not collect it
	if r.Method == http.MethodHead {
		return nil
	}
	l.run(r.Context().Done())
	return nil
}

// lakeEvery is how often it is told at most how far the lake is: each time of every partition, and there may be thousands.
const lakeEvery = time.Second

// lastWithin is how long a client may take when the server stops.
const lastWithin = time.Second

// looker is one client's stream: what it has heard of, as numbers.
type looker struct {
	server  *Server
	symbol  string
	out     http.ResponseWriter
	control *http.ResponseController
	bars    *market.Watch // nil without a symbol in focus

	prices, health, lake uint64
	lakeAt               time.Time // when that was told
	head                 []byte    // of an event, kept for its memory
}

// run tells until the client or the server has gone.
func (l *looker) run(gone <-chan struct{}) {
	s := l.server
	hello := struct {
		Run     string    `json:"run"`
		Version string    `json:"version"`
		Time    time.Time `json:"time"`
		Updates int       `json:"updates_per_second"`
		Source  source    `json:"source"`
	}{s.run, s.config.Version, time.Now().UTC(), int(time.Second / flushEvery), s.source()}
	// Whoever does not read shall not keep the server from stopping.
	defer context.AfterFunc(s.ctx, func() { _ = l.control.SetWriteDeadline(time.Now().Add(lastWithin)) })()
	first := append([]byte("retry: 1000\n"), appendEvent(nil, "hello", "", encoded(hello))...)
	if !l.send(first) || !l.tell(true) {
		return
	}
	for {
		wake := s.market.Wake()
		if !l.tell(false) {
			return
		}
		select {
		case <-wake:
		case <-gone:
			return
		case <-s.ctx.Done():
			l.send(appendEvent(nil, "bye", "", []byte(`{"reason":"stopping"}`)))
			return
		}
	}
}

// tell sends what the client has not heard of. It returns false when there is nobody to tell any longer.
func (l *looker) tell(first bool) bool {
	s := l.server
	if p, ok := s.market.Since(l.prices); ok {
		l.prices = p.Version
		name := "prices"
		if p.All {
			name = "symbols"
		}
		if !l.event(name, s.eventID(p.Version), p.JSON) {
			return false
		}
	}
	if l.bars != nil {
		if body, ok := l.bars.Next(); ok && !l.event("bars", "", body) {
			return false
		}
	}
	if version, to := s.market.Waterline(l.symbol); first || version != l.lake && time.Since(l.lakeAt) >= lakeEvery {
		l.lake, l.lakeAt = version, time.Now()
		if !l.send(appendEvent(nil, "lake", "", encoded(s.waterline(l.symbol, to)))) {
			return false
		}
	}
	event, version := s.health.next(s.watch, l.health)
	l.health = version
	return event == nil || l.send(event)
}

// event sends one whose data others get too: it is not copied.
func (l *looker) event(name, id string, data []byte) bool {
	head := appendEvent(l.head[:0], name, id, nil)
	l.head = head
	const end = "\n\n"
	return l.send(head[:len(head)-len(end)], data, head[len(head)-len(end):])
}

// send writes, for as long as a client may take.
func (l *looker) send(pieces ...[]byte) bool {
	if l.server.ctx.Err() == nil {
		_ = l.control.SetWriteDeadline(time.Now().Add(frameWithin))
	}
	for _, p := range pieces {
		if _, err := l.out.Write(p); err != nil {
			return false
		}
	}
	return l.control.Flush() == nil
}

// waterlines is the event lake.
type waterlines struct {
	Time       time.Time   `json:"time"`
	To         *time.Time  `json:"to"`
	Partitions []waterline `json:"partitions"`
	Symbol     *string     `json:"symbol"`
	SymbolTo   *time.Time  `json:"symbol_to"`
}

type waterline struct {
	Partition int32      `json:"partition"`
	Offset    int64      `json:"offset"`
	SQL       int64      `json:"sql_offset"`
	Time      *time.Time `json:"time"`
}

func (s *Server) waterline(symbol string, to time.Time) waterlines {
	now := time.Now().UTC()
	out := waterlines{Time: now, Partitions: []waterline{}, Symbol: maybe(symbol), SymbolTo: instant(to)}
	oldest, whole := now, true
	for id, p := range s.market.Positions() {
		if p.Lake < 0 {
			whole = false
			continue
		}
		out.Partitions = append(out.Partitions, waterline{id, p.Lake, max(0, p.SQL), instant(p.Landed)})
		whole = whole && p.Whole
		if !p.Oldest.IsZero() && p.Oldest.Before(oldest) {
			oldest = p.Oldest
		}
	}
	sortBy(out.Partitions, func(w waterline) int64 { return int64(w.Partition) })
	if whole && len(out.Partitions) > 0 {
		out.To = &oldest
	}
	return out
}

func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
