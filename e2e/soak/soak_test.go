// Package soak stops, kills, resumes and refuses a live market again and again, at random moments: `make soak`.
package soak

import (
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"ticklake/e2e/program"
)

var (
	rounds = flag.Int("rounds", 5, "rounds of a stop, a kill, their resumptions and a refusal")
	seed   = flag.Uint64("seed", 0, "of the moments; 0 takes the clock's")
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(program.Main(m))
}

// TestMarketOutlivesStopsAndKills resumes a market twice a round: once to be stopped, once to be killed. While it runs, a
// second `up` is refused. What is in the lake at the end is what was in Kafka, and what `simulate` writes, each tick once.
func TestMarketOutlivesStopsAndKills(t *testing.T) {
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano())
	}
	t.Logf("%d rounds, -seed %d", *rounds, *seed)
	m := &market{p: program.New(t), random: rand.New(rand.NewPCG(*seed, 1))}
	began := time.Now()
	for round := range *rounds {
		stopped := m.resumed((*program.Server).Stop)
		killed := m.resumed((*program.Server).Kill)
		if t.Failed() {
			t.Fatalf("round %d has failed; -seed %d", round+1, *seed)
		}
		t.Logf("round %d of %d: resumed, refused and stopped after %v; resumed, refused and killed after %v", round+1, *rounds,
			stopped.Round(time.Millisecond), killed.Round(time.Millisecond))
	}
	m.check()
	t.Logf("%d rounds in %v: %d rows, whole, each of them once", *rounds, time.Since(began).Round(time.Second), m.rows)
}

// history is about how many ticks the market has had before it is live.
const history = 40_000

// market is one market and what is known of it.
type market struct {
	p      *program.Place
	random *rand.Rand
	rows   int // in the lake, at the end
}

// resumed starts the market, has a second `up` refused, and ends the first at a random moment. It returns how long that
// had been running.
func (m *market) resumed(end func(*program.Server)) time.Duration {
	t := m.p.T
	t.Helper()
	began := time.Now()
	s := m.p.Start("--symbols", "5", "--days", "2", "--day-ticks", strconv.Itoa(history/2), "--rate", "2000", "--max-age", "300ms")
	refusedAt, endedAt := m.moment(), m.moment()
	if refusedAt > endedAt {
		refusedAt, endedAt = endedAt, refusedAt
	}
	m.running(s, began, refusedAt)
	m.refused(s)
	m.running(s, began, endedAt)
	end(s)
	return time.Since(began)
}

// moment is one in which a market starts, takes its partitions over, sends its history, or is live.
func (m *market) moment() time.Duration {
	return time.Duration(200+m.random.IntN(2500)) * time.Millisecond
}

// running waits until so long after the start; nothing may have ended by itself.
func (m *market) running(s *program.Server, began time.Time, until time.Duration) {
	m.p.T.Helper()
	select {
	case <-s.Done:
		m.p.T.Fatalf("up has ended: %v\n%s", s.Err, s.Log)
	case <-time.After(time.Until(began.Add(until))):
	}
}

// refused tries a second `up` on the same directory, once the first has it.
func (m *market) refused(s *program.Server) {
	m.p.T.Helper()
	program.Eventually(m.p.T, "the first up has the directory", func() bool {
		owner, err := os.ReadFile(filepath.Join(m.p.Dir, "data/market/lock"))
		return err == nil && strings.Contains(string(owner), strconv.Itoa(s.Cmd.Process.Pid))
	})
	r := m.p.Run("up", "--any-ports")
	if r.Code != 1 || !strings.Contains(r.Err, "is in use") {
		m.p.T.Errorf("a second up: exit code %d\n%s\nbeside\n%s", r.Code, r.Err, s.Log)
	}
}

// check lets the sink move what is left in Kafka, and holds the lake against that and against the market.
func (m *market) check() {
	t := m.p.T
	t.Helper()
	s := m.p.Up()
	feed := m.status().Feed.Feed
	program.Eventually(t, "the market's history and some live ticks are in Kafka", func() bool {
		sent := 0
		for _, p := range m.status().Sink.Partitions {
			sent += p.LogEnd
		}
		return sent > history+1000
	})
	s.Stop()
	s = m.p.Up("--without", "feed", "--max-idle", "200ms")
	inKafka := 0
	program.Eventually(t, "all that is in Kafka is in the lake", func() bool {
		inKafka = 0
		for _, p := range m.status().Sink.Partitions {
			if p.State != "collecting" || p.InLakeTo < p.LogEnd {
				return false
			}
			inKafka += p.LogEnd
		}
		return inKafka > 0
	})
	s.Stop()
	program.Contains(t, m.p.OK("verify", "--data", "data/market", "--sequences"), "sequences of 5 symbols: 0 missing, 0 twice", "ticks is whole")
	rows := m.p.RawRows("data/market", "ticks")
	m.rows = len(rows)
	if m.rows != inKafka {
		t.Errorf("%d rows in the lake of %d records in Kafka", m.rows, inKafka)
	}
	if err := program.SameTicks(rows, m.p.OK("simulate", "--out", "-", "--feed", feed, "--count", strconv.Itoa(2*len(rows)))); err != nil {
		t.Error(err)
	}
}

// status is what is looked at of `status --output json`.
type status struct {
	Feed struct{ Feed string }
	Sink struct {
		Partitions []struct {
			State    string
			InLakeTo int `json:"in_lake_to"`
			LogEnd   int `json:"log_end"`
		}
	}
}

func (m *market) status() (st status) {
	m.p.T.Helper()
	if err := json.Unmarshal([]byte(m.p.OK("status", "--output", "json")), &st); err != nil {
		m.p.T.Fatal(err)
	}
	return st
}
