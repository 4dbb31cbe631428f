// Package web tries the page's server as a browser has it: the built program, a running up, HTTP.
package web

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ticklake/e2e/program"
)

func TestMain(m *testing.M) { os.Exit(program.Main(m)) }

// page is a running `ticklake serve`.
type page struct {
	t      *testing.T
	server *program.Server
	url    string
}

// serve starts one in the place, and waits until it says where it is.
func serve(t *testing.T, p *program.Place, args ...string) *page {
	t.Helper()
	s := &page{t: t, server: p.Launch(append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)}
	program.Eventually(t, "it says where it is", func() bool {
		select {
		case <-s.server.Done:
			t.Fatalf("serve has ended: %v\n%s", s.server.Err, s.server.Log)
		default:
		}
		_, rest, found := strings.Cut(s.server.Log.String(), "Page")
		if !found || !strings.Contains(rest, "\n") {
			return false
		}
		s.url = strings.Fields(rest)[0]
		return true
	})
	return s
}

// ask asks the API and decodes the answer.
func (s *page) ask(method, path, body string, into any) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode >= 300 {
		err = fmt.Errorf("%s: %s", resp.Status, text)
	}
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
}

// health is what the page's strip says: the stations' states, and the problems.
type health struct {
	Stations []struct{ Name, State, Word string }
	Problems []struct {
		ID  string
		Try []struct{ Command *string }
	}
}

func (h *health) String() string {
	var b strings.Builder
	for _, s := range h.Stations {
		fmt.Fprintf(&b, "%s %s %s\n", s.Name, s.State, s.Word)
	}
	for _, p := range h.Problems {
		b.WriteString(p.ID + "\n")
	}
	return b.String()
}

func (s *page) health() *health {
	s.t.Helper()
	h := new(health)
	s.ask("GET", "/health", "", h)
	return h
}

// well says whether every station is.
func (s *page) well() bool {
	h := s.health()
	for _, st := range h.Stations {
		if st.State != "well" {
			return false
		}
	}
	return len(h.Problems) == 0
}

type bar struct {
	Time                   int64
	Open, High, Low, Close string
	Volume                 *string
	Ticks                  int64
}

// bars are a symbol's that begin before a time.
func (s *page) bars(symbol string, before int64) map[int64]bar {
	s.t.Helper()
	var answer struct {
		Bars    []bar
		Missing *string
	}
	s.ask("GET", fmt.Sprintf("/bars?symbol=%s&before=%d&limit=5000", symbol, before), "", &answer)
	if answer.Missing != nil {
		s.t.Errorf("bars of %s: %s", symbol, *answer.Missing)
	}
	out := make(map[int64]bar)
	for _, b := range answer.Bars {
		out[b.Time] = b
	}
	return out
}

// query runs a statement and returns its rows.
func (s *page) query(sql string) [][]*string {
	s.t.Helper()
	body, err := json.Marshal(map[string]string{"sql": sql})
	if err != nil {
		s.t.Fatal(err)
	}
	var q struct {
		ID, State string
		Error     any
	}
	s.ask("POST", "/queries", string(body), &q)
	for q.State == "running" {
		s.ask("GET", "/queries/"+q.ID+"?wait=10", "", &q)
	}
	if q.State != "succeeded" {
		s.t.Fatalf("%s: %v", sql, q.Error)
	}
	var answer struct{ Rows [][]*string }
	s.ask("GET", "/queries/"+q.ID+"/rows", "", &answer)
	return answer.Rows
}

// sqlBars are the bars that the lake has, by SQL of our own.
func (s *page) sqlBars(symbol string, from, before int64) map[int64]bar {
	s.t.Helper()
	const order = "(CAST(timestamp_ns AS decimal(38,0)) * 100000 + kafka_partition) * 100000000000000 + kafka_offset"
	rows := s.query(fmt.Sprintf(`SELECT timestamp_ns / 60000000000 * 60, min_by(price, %[1]s), max(price), min(price), max_by(price, %[1]s), sum(volume), count(*)
		FROM ticks WHERE symbol = '%[2]s' AND timestamp_ns >= %[3]d000000000 AND timestamp_ns < %[4]d000000000 GROUP BY 1`, order, symbol, from, before))
	out := make(map[int64]bar)
	for _, r := range rows {
		start, err := strconv.ParseInt(*r[0], 10, 64)
		if err != nil {
			s.t.Fatal(err)
		}
		ticks, err := strconv.ParseInt(*r[6], 10, 64)
		if err != nil {
			s.t.Fatal(err)
		}
		short := func(price *string) string { return strings.TrimSuffix(strings.TrimRight(*price, "0"), ".") }
		out[start] = bar{Time: start, Open: short(r[1]), High: short(r[2]), Low: short(r[3]), Close: short(r[4]), Volume: r[5], Ticks: ticks}
	}
	return out
}

// TestBarsOnTheirWayAreThoseThatSQLHasLater asks for bars while their ticks are on their way into the lake, kills
// everything but the page in between, and holds them against SQL when all of them are there.
func TestBarsOnTheirWayAreThoseThatSQLHasLater(t *testing.T) {
	p := program.New(t)
	market := []string{"--days", "1", "--day-ticks", "20000", "--symbols", "3", "--rate", "300", "--max-age", "3s", "--data", "data/market"}
	up := p.Up(market...)
	s := serve(t, p, "--max-age", "3s")
	program.Eventually(t, "everything is well", s.well)
	var symbols struct {
		Symbols []struct {
			Symbol string
			Time   time.Time
		}
	}
	program.Eventually(t, "all symbols have traded", func() bool {
		s.ask("GET", "/symbols", "", &symbols)
		return len(symbols.Symbols) == 3
	})

	up.Kill()
	program.Eventually(t, "it is said", func() bool { return strings.Contains(s.health().String(), "all-unreachable") })
	for _, problem := range s.health().Problems {
		for _, try := range problem.Try {
			if try.Command != nil { // what is to be copied must be a command
				words := strings.Fields(strings.Split(*try.Command, "'")[0])
				p.OK(append(words[1:], "--help")...)
			}
		}
	}
	p.Up(market...)
	program.Eventually(t, "everything is well again", s.well)

	// A minute that has just ended: its last ticks are in Kafka, and not in the lake yet.
	began := time.Now().Unix() / 60 * 60
	until := began + 60
	program.Eventually(t, "a minute is half over", func() bool { return time.Now().Unix() >= until-30 })
	// A symbol's ticks come in their order: one of the next minute says that all of this one have been heard.
	program.Eventually(t, "it has ended for every symbol", func() bool {
		s.ask("GET", "/symbols", "", &symbols)
		for _, symbol := range symbols.Symbols {
			if symbol.Time.Unix() < until {
				return false
			}
		}
		return true
	})
	early := make(map[string]map[int64]bar)
	for _, symbol := range symbols.Symbols {
		early[symbol.Symbol] = s.bars(symbol.Symbol, until)
	}
	program.Eventually(t, "SQL sees the minute", func() bool {
		return *s.query(fmt.Sprintf("SELECT count(*) FROM ticks WHERE timestamp_ns >= %d000000000", until+1))[0][0] != "0"
	})
	compared := 0
	for symbol, bars := range early {
		from := began
		for start := range bars {
			from = min(from, start)
		}
		program.Eventually(t, "SQL sees all of "+symbol, func() bool {
			return cmp.Equal(s.sqlBars(symbol, from, until)[began], bars[began])
		})
		if diff := cmp.Diff(s.sqlBars(symbol, from, until), bars); diff != "" {
			t.Errorf("%s: %s", symbol, diff)
		}
		compared += len(bars)
	}
	if compared < 300 {
		t.Errorf("only %d bars were compared", compared)
	}
	s.server.Stop()
}

// TestTheStreamGoesOnOverARestart looks at prices through a stream that outlives what it looks at.
func TestTheStreamGoesOnOverARestart(t *testing.T) {
	p := program.New(t)
	market := []string{"--days", "0", "--symbols", "3", "--rate", "300", "--data", "data/market"}
	up := p.Up(market...)
	s := serve(t, p)
	resp, err := http.Get(s.url + "/api/v1/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	prices := make(chan struct{})
	go func() {
		defer close(prices)
		for in := bufio.NewScanner(resp.Body); in.Scan(); {
			if in.Text() == "event: prices" {
				select {
				case prices <- struct{}{}:
				case <-s.server.Done:
					return
				}
			}
		}
	}()
	next := func(what string) {
		t.Helper()
		select {
		case _, open := <-prices:
			if !open {
				t.Fatalf("%s: the stream has ended", what)
			}
		case <-time.After(time.Minute):
			t.Fatalf("%s: no price comes", what)
		}
	}
	next("while it runs")
	up.Kill()
	p.Up(market...)
	for range 20 {
		next("when it runs again")
	}
	s.server.Stop()
	for range prices { // what was told before the end
	}
}
