package web

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ticklake/internal/catalog"
	"ticklake/internal/lake"
	"ticklake/internal/objects"
	"ticklake/internal/query"
	"ticklake/internal/tick"
	"ticklake/internal/web/market"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeSQL answers statements by what their text has in it.
type fakeSQL struct {
	mu      sync.Mutex
	answers map[string]*Result // by a part of the text
	fail    error
	ping    error
	asked   []string
	started chan string   // gets each statement, where it is not nil
	hold    chan struct{} // ends the statements that wait, where it is not nil
	stopped []string
}

func (f *fakeSQL) Run(ctx context.Context, sql string) (*Result, error) {
	f.mu.Lock()
	f.asked = append(f.asked, sql)
	hold, started, fail := f.hold, f.started, f.fail
	var found *Result
	for part, r := range f.answers {
		if strings.Contains(sql, part) {
			found = r
		}
	}
	f.mu.Unlock()
	if started != nil {
		started <- sql
	}
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			f.mu.Lock()
			f.stopped = append(f.stopped, sql)
			f.mu.Unlock()
			return nil, &query.StoppedError{ID: "engine-1", Cause: context.Cause(ctx)}
		}
	}
	switch {
	case fail != nil:
		return nil, fail
	case found != nil:
		return found, nil
	}
	return answer(nil), nil
}

// knows has statements with that part in their text answered.
func (f *fakeSQL) knows(part string, r *Result) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers[part] = r
}

// fails has every statement fail, or none where that is nil.
func (f *fakeSQL) fails(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fail = err
}

// holds has statements wait until release is called, or until they are stopped; started gets each.
func (f *fakeSQL) holds() (started chan string, release func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	hold := make(chan struct{})
	f.hold, f.started = hold, make(chan string, 100)
	return f.started, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		close(hold)
		f.hold, f.started = nil, nil
	}
}

// told are the statements that were asked, and those that were stopped.
func (f *fakeSQL) told() (asked, stopped []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.asked), slices.Clone(f.stopped)
}

func (f *fakeSQL) Ping(context.Context) error { return f.ping }

// answer is a result of texts; "NULL" is NULL.
func answer(columns []query.Column, rows ...[]string) *Result {
	return &Result{
		Columns: columns, Stats: query.Stats{QueryID: "engine-1", BytesScanned: 123_456},
		Rows: func(context.Context) iter.Seq2[query.Row, error] {
			return func(yield func(query.Row, error) bool) {
				for _, row := range rows {
					if !yield(rowOf(row), nil) {
						return
					}
				}
			}
		},
	}
}

func rowOf(texts []string) query.Row {
	row := make(query.Row, len(texts))
	for i := range texts {
		if texts[i] != "NULL" {
			row[i] = &texts[i]
		}
	}
	return row
}

// fakeCatalog has the lake's tables, and folders of the curated one.
type fakeCatalog struct {
	mu      sync.Mutex
	folders []string
	err     error
}

// has adds a folder.
func (c *fakeCatalog) has(dt string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.folders = append(c.folders, dt)
}

func (c *fakeCatalog) Tables(context.Context, string) ([]*catalog.Table, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return []*catalog.Table{{Name: "ticks", Comment: "Ticks."}, {Name: "dead_ticks"}}, c.err
}

func (c *fakeCatalog) Partitions(_ context.Context, _, _, expression string) iter.Seq2[catalog.Partition, error] {
	c.mu.Lock()
	defer c.mu.Unlock()
	folders, err := append([]string(nil), c.folders...), c.err
	return func(yield func(catalog.Partition, error) bool) {
		if err != nil {
			yield(catalog.Partition{}, err)
			return
		}
		for _, dt := range folders {
			if expression != "" && "dt >= '"+dt+"'" < expression {
				continue
			}
			if !yield(catalog.Partition{Values: []string{dt}}, nil) {
				return
			}
		}
	}
}

// fixture is a server to try.
type fixture struct {
	*Server
	t      testing.TB
	sql    *fakeSQL
	store  *objects.MemoryStore
	glue   *fakeCatalog
	client *http.Client
	next   int64
}

// serve opens a server without a Kafka: its ticks come from the test.
func serve(t testing.TB, change func(*Config)) *fixture {
	t.Helper()
	f := &fixture{
		t: t, sql: &fakeSQL{answers: make(map[string]*Result)}, store: objects.Memory(), glue: &fakeCatalog{},
		client: &http.Client{Transport: &http.Transport{DisableCompression: true}},
	}
	config := Config{
		Listen: "127.0.0.1:0", Topic: "ticks", Bucket: "lake", Database: "market", Workgroup: "primary", Version: "1.2.3",
		Store: f.store, Catalog: f.glue, SQL: f.sql, At: Endpoints{Kafka: "127.0.0.1:9092", S3: "http://127.0.0.1:8601"},
	}
	if change != nil {
		change(&config)
	}
	s, err := Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	f.Server = s
	t.Cleanup(func() {
		f.client.CloseIdleConnections()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	s.market.Assign(0, 0)
	s.market.Seen(0, 0, 0)
	return f
}

// ticks has the tail read ticks.
func (f *fixture) ticks(symbols ...string) {
	f.t.Helper()
	for _, symbol := range symbols {
		f.market.Read(0, []market.Record{{Offset: f.next, Produced: time.Now().UnixMilli(), Tick: &tick.Tick{
			Timestamp: tick.FromTime(time.Date(2026, 11, 25, 14, 30, 0, 0, time.UTC)) + tick.Timestamp(f.next)*1e6,
			Symbol:    tick.Symbol(symbol), Price: tick.Price(189_840_000_000 + f.next), Volume: tick.Some(int64(100)), Currency: "USD", Venue: "XNAS",
		}}})
		f.next++
	}
}

// request asks; change may change what is asked.
func (f *fixture) request(method, path, body string, change func(*http.Request)) (*http.Response, []byte) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, f.URL()+path, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if change != nil {
		change(req)
	}
	resp, err := f.client.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		f.t.Fatalf("%s %s: %v", method, path, err)
	}
	return resp, text
}

// ask asks the API and wants a status.
func (f *fixture) ask(status int, method, path, body string) []byte {
	f.t.Helper()
	resp, text := f.request(method, api+path, body, nil)
	if resp.StatusCode != status {
		f.t.Fatalf("%s %s: %s, not %d: %s", method, path, resp.Status, status, text)
	}
	return text
}

// eventually waits for something, half a minute at most.
func eventually(t testing.TB, what string, about func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for !about() {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-deadline:
			t.Fatalf("it does not come about that %s", what)
		}
	}
}

// event is one of a stream.
type event struct {
	name, id string
	data     []byte
}

// opened is an open stream.
type opened struct {
	t    testing.TB
	resp *http.Response
	in   *bufio.Reader
	stop context.CancelFunc
}

func (f *fixture) stream(path string) *opened {
	f.t.Helper()
	ctx, cancel := context.WithCancel(f.t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.URL()+api+path, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	resp, err := f.client.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	s := &opened{t: f.t, resp: resp, in: bufio.NewReader(resp.Body), stop: cancel}
	f.t.Cleanup(s.close)
	if resp.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(resp.Body)
		f.t.Fatalf("%s: %s: %s", path, resp.Status, body)
	}
	return s
}

func (s *opened) close() {
	s.stop()
	_ = s.resp.Body.Close()
}

// next reads an event.
func (s *opened) next() (event, error) {
	var e event
	for {
		line, err := s.in.ReadBytes('\n')
		if err != nil {
			return e, err
		}
		line = bytes.TrimSuffix(line, []byte("\n"))
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch string(name) {
		case "event":
			e.name = string(value)
		case "id":
			e.id = string(value)
		case "data":
			e.data = value
		case "":
			if e.name != "" {
				return e, nil
			}
		}
	}
}

// until reads events until one is what is waited for.
func (s *opened) until(what string, is func(event) bool) event {
	s.t.Helper()
	late := time.AfterFunc(30*time.Second, s.stop)
	defer late.Stop()
	for {
		e, err := s.next()
		if err != nil {
			s.t.Fatalf("no %s comes: %v", what, err)
		}
		if is(e) {
			return e
		}
	}
}

func named(name string) func(event) bool { return func(e event) bool { return e.name == name } }

// elsewhere is a listener that says that other machines reach it.
type elsewhere struct{ net.Listener }

func (elsewhere) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4zero, Port: 1} }

// into decodes an answer.
func into[T any](t *testing.T, body []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return v
}

// cut puts a complete cut of so many records into the store, the last of them dead letters.
func (f *fixture) cut(partition int32, number, from int64, folder string, ticks, dead int) {
	f.t.Helper()
	c := &lake.Cut{
		Cut: number, Kind: lake.KindData, Layout: 1, Cluster: "c", Topic: "ticks", TopicID: "id", Partition: partition,
		From: from, To: from + int64(ticks+dead), Epoch: -1, Records: int64(ticks + dead), By: "test", At: time.Now().UTC(), Files: []lake.File{},
	}
	file := func(zone lake.Zone, folder string, rows int) lake.File {
		return lake.File{Key: zone.Key("ticks", folder, partition, number), Rows: int64(rows), CRC: 7}
	}
	if ticks > 0 {
		c.Files = append(c.Files, file(lake.Raw, folder, ticks))
	}
	if dead > 0 {
		c.Files = append(c.Files, file(lake.Dead, folder, dead))
	}
	if ticks > 0 {
		c.Files = append(c.Files, file(lake.Curated, folder, ticks))
	}
	body, err := c.Encode()
	if err != nil {
		f.t.Fatal(err)
	}
	err = f.store.Create(f.t.Context(), lake.CutKey("ticks", partition, number), body, nil)
	for _, one := range c.Files {
		err = errors.Join(err, f.store.Create(f.t.Context(), one.Key, []byte(fmt.Sprint("body of ", one.Key)), c.Meta(one)))
	}
	if err != nil {
		f.t.Fatal(err)
	}
}

func newReader(r io.Reader) *bufio.Reader { return bufio.NewReader(r) }
