package web

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"ticklake/internal/feed/market"
	"ticklake/internal/lake"
	markets "ticklake/internal/web/market"
	"ticklake/internal/web/watch"
)

// source is where the newest tick came from, as its record says.
type source struct {
	Kind string  `json:"kind"`
	Name *string `json:"name"`
}

// datasetPrefix begins the name of a dataset's feed.
const datasetPrefix = "dataset:"

func (s *Server) source() source {
	feed := s.watch.Feed()
	switch {
	case market.Is(feed):
		return source{"simulated", &feed}
	case strings.HasPrefix(feed, datasetPrefix):
		return source{"dataset", &feed}
	case feed != "" || s.market.Ticks() > 0:
		return source{"other", maybe(feed)}
	}
	return source{"unknown", nil}
}

type endpoint struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

type about struct {
	Version   string     `json:"version"`
	Run       string     `json:"run"`
	Started   time.Time  `json:"started"`
	Time      time.Time  `json:"time"`
	Topic     string     `json:"topic"`
	Table     string     `json:"table"`
	DeadTable string     `json:"dead_table"`
	Bucket    string     `json:"bucket"`
	Database  string     `json:"database"`
	Workgroup string     `json:"workgroup"`
	CutAge    float64    `json:"cut_age_seconds"`
	Interval  int64      `json:"interval"`
	Source    source     `json:"source"`
	Endpoints []endpoint `json:"endpoints"`
	Limits    limits     `json:"limits"`
}

type limits struct {
	Clients        int `json:"clients"`
	Symbols        int `json:"symbols"`
	StatementBytes int `json:"statement_bytes"`
	QueriesRunning int `json:"queries_running"`
	QueriesKept    int `json:"queries_kept"`
	RowsHeld       int `json:"rows_held"`
}

func (s *Server) getAbout(w http.ResponseWriter, _ *http.Request) error {
	c := &s.config
	a := about{
		Version: c.Version, Run: s.run, Started: s.started, Time: time.Now().UTC(),
		Topic: c.Topic, Table: s.table, DeadTable: lake.Dead.Table(c.Topic), Bucket: c.Bucket, Database: c.Database, Workgroup: c.Workgroup,
		CutAge: c.CutAge.Seconds(), Interval: s.interval(), Source: s.source(), Endpoints: []endpoint{},
		Limits: limits{c.Clients, markets.MaxSymbols, maxStatement, queriesRunning, queriesKept, rowsHeld},
	}
	for _, e := range []endpoint{{"Kafka", c.At.Kafka}, {"S3", c.At.S3}, {"Glue", c.At.Glue}, {"Athena", c.At.Athena}, {"Status", c.At.Status}} {
		if e.URL != "" {
			a.Endpoints = append(a.Endpoints, e)
		}
	}
	writeJSON(w, http.StatusOK, a)
	return nil
}

// interval is the length of bars that suits the data: a lake of wide folders holds rows of days.
func (s *Server) interval() int64 {
	switch s.watch.Layout().Granularity {
	case lake.Year, lake.Month:
		return markets.Intervals[len(markets.Intervals)-1]
	}
	return markets.Intervals[0]
}

func (s *Server) getHealth(w http.ResponseWriter, _ *http.Request) error {
	h, _ := s.watch.Health()
	writeJSON(w, http.StatusOK, h)
	return nil
}

func (s *Server) getDocument(w http.ResponseWriter, _ *http.Request) error {
	writeBody(w, http.StatusOK, "application/json", s.document)
	return nil
}

func (s *Server) getSymbols(w http.ResponseWriter, _ *http.Request) error {
	all := s.market.Symbols()
	type answer struct {
		Time         time.Time `json:"time"`
		ID           string    `json:"id"`
		Source       source    `json:"source"`
		Symbols      rawJSON   `json:"symbols"`
		LeftOut      int64     `json:"left_out"`
		Missing      *string   `json:"missing"`
		SparkSeconds int64     `json:"spark_seconds"`
	}
	writeJSON(w, http.StatusOK, answer{
		time.Now().UTC(), s.eventID(all.Version), s.source(), all.Quotes, all.LeftOut, maybe(all.Missing), sparkSeconds,
	})
	return nil
}

const sparkSeconds = markets.SparkSeconds

// rawJSON is JSON that is written already.
type rawJSON []byte

// MarshalJSON implements json.Marshaler.
func (r rawJSON) MarshalJSON() ([]byte, error) { return r, nil }

// maybe is a text, or null where it is empty.
func maybe(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// symbolIn reads the symbol and the interval of a request. A symbol that cannot be one is refused.
func symbolIn(r *http.Request, required bool) (symbol string, seconds int64, err error) {
	symbol = r.URL.Query().Get("symbol")
	if symbol != "" || required {
		if err := checkSymbol(symbol); err != nil {
			return "", 0, err
		}
	}
	seconds, err = numberIn(r, "interval", markets.Intervals[0], markets.Intervals[len(markets.Intervals)-1], markets.Intervals[0])
	if err != nil {
		return "", 0, err
	}
	for _, known := range markets.Intervals {
		if seconds == known {
			return symbol, seconds, nil
		}
	}
	f := fail(http.StatusBadRequest, "interval is to be 60, 300, 900, 3600 or 86400", "")
	f.parameter = "interval"
	return "", 0, f
}

// The times, in seconds since 1970, between which a tick can lie.
const firstSecond, lastSecond = -9_214_560_000, 9_214_646_400

func (s *Server) getBars(w http.ResponseWriter, r *http.Request) error {
	symbol, seconds, err := symbolIn(r, true)
	if err != nil {
		return err
	}
	limit, err := numberIn(r, "limit", 1, 5000, 500)
	if err != nil {
		return err
	}
	var before *int64
	if r.URL.Query().Get("before") != "" {
		at, err := numberIn(r, "before", firstSecond, lastSecond, 0)
		if err != nil {
			return err
		}
		before = &at
	}
	bodyRead(w)
	leave, err := s.place(r.Context())
	if err != nil {
		return err
	}
	defer leave()
	body, err := s.market.Bars(r.Context(), symbol, seconds, before, int(limit))
	if err != nil {
		return err
	}
	writeBody(w, http.StatusOK, "application/json", body)
	return nil
}

// encodedHealth is the newest health as an event, encoded once.
type encodedHealth struct {
	mu      sync.Mutex
	version uint64
	event   []byte
}

// next returns the event and its number, unless it was seen.
func (e *encodedHealth) next(w *watch.Watch, seen uint64) (event []byte, version uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	h, version := w.Health()
	if version != e.version {
		e.version, e.event = version, appendEvent(nil, "health", "", encoded(h))
	}
	if e.version == seen {
		return nil, seen
	}
	return e.event, e.version
}
