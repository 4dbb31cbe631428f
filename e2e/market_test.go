package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"ticklake/e2e/program"
)

// TestMarketGoesOnWhereItWas kills a live market again and again; what is then in the lake is what `simulate` writes,
// each tick once and none missing.
func TestMarketGoesOnWhereItWas(t *testing.T) {
	p := program.New(t)
	flags := []string{"--symbols", "5", "--days", "2", "--day-ticks", "20000", "--rate", "2000", "--max-age", "500ms"}
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	feed := ""
	for i := range 6 {
		given := flags
		if i%2 == 1 {
			given = []string{"--max-age", "300ms"} // the same flags or none: it goes on with what it finds
		}
		s := p.Up(given...)
		name := status(t, p).Feed.Feed
		if feed == "" {
			feed = name
		}
		if name != feed {
			t.Fatalf("it goes on with another market: %q, not %q", name, feed)
		}
		if i == 5 {
			program.Eventually(t, "cuts of live ticks are made", func() bool { return status(t, p).Sink.Cuts > 3 })
			s.Stop()
			break
		}
		<-time.After(time.Duration(200+random.IntN(1000)) * time.Millisecond)
		s.Kill()
	}
	program.Contains(t, p.OK("verify", "--data", "data/market", "--sequences"), "sequences of 5 symbols: 0 missing, 0 twice", "ticks is whole")

	rows := rawRows(t, filepath.Join(p.Dir, "data/market"))
	if len(rows) < 40_000 {
		t.Errorf("%d rows in the lake", len(rows))
	}
	if err := sameTicks(rows, p.OK("simulate", "--out", "-", "--feed", feed, "--count", "1000000")); err != nil {
		t.Fatal(err)
	}
}

// TestAnotherMarketIsSaid asks for another market than the topic has.
func TestAnotherMarketIsSaid(t *testing.T) {
	p := program.New(t)
	p.Up("--days", "0", "--rate", "100").Stop()
	s := p.Up("--rate", "77")
	s.Stop()
	program.Contains(t, s.Log.String(), `topic "ticks" has another market; --rate asked for a new one`)
	s = p.Up("--rate", "77")
	s.Stop()
	program.Contains(t, s.Log.String(), "goes on where it was")
}

// sameTicks compares raw rows of the lake with what `simulate` writes: each must be the tick of its symbol that its
// sequence number says.
func sameTicks(rows []string, simulated string) error {
	written := make(map[string][]string) // of each symbol, in order
	total := 0
	for line := range strings.Lines(simulated) {
		if fields := strings.SplitN(line, ",", 3); fields[0] != "Timestamp" {
			written[fields[1]] = append(written[fields[1]], strings.TrimSuffix(line, "\n"))
			total++
		}
	}
	for _, row := range rows {
		fields := strings.Split(row, ",")
		line, symbol := strings.Join(fields[:7], ","), fields[1]
		sequence, err := strconv.Atoi(fields[9])
		if err != nil {
			return fmt.Errorf("row %q: %w", row, err)
		}
		if sequence > len(written[symbol]) {
			return fmt.Errorf("row %q is beyond the %d ticks of %s among the %d that were simulated; %d rows", row, len(written[symbol]), symbol, total, len(rows))
		}
		if want := written[symbol][sequence-1]; line != want {
			return fmt.Errorf("row %q is not the market's tick %q", row, want)
		}
	}
	return nil
}

// statusOf is what is looked at of `status --output json`.
type statusOf struct {
	Feed struct {
		State, Feed string
		Sent        int64
	}
	Sink struct{ Cuts int64 }
}

func status(t *testing.T, p *program.Place) (s statusOf) {
	t.Helper()
	if err := json.Unmarshal([]byte(p.OK("status", "--output", "json")), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSimulateIsTheSameEachTime(t *testing.T) {
	p := program.New(t)
	flags := []string{"simulate", "--out", "-", "--count", "1000", "--seed", "7"}
	first := p.OK(flags...)
	if n := strings.Count(first, "\n"); n != 1001 || !strings.HasPrefix(first, "Timestamp,Stock Symbol,Price,Volume,Open Price,High Price,Low Price\n") {
		t.Errorf("%d lines: %.200s", n, first)
	}
	if p.OK(flags...) != first {
		t.Error("a second run differs")
	}
	if p.OK("simulate", "--out", "-", "--count", "1000", "--seed", "8") == first {
		t.Error("another seed does not")
	}
	p.OK("simulate", "--out", "market.csv", "--days", "1", "--day-ticks", "2000")
	program.Contains(t, p.OK("up", "--once", "--any-ports", "--dataset", "market.csv"), "0 dead letters")
	r := p.Run("simulate", "--out", "market.csv")
	if r.Code != 1 {
		t.Errorf("a file that is there: exit code %d", r.Code)
	}
	program.Contains(t, r.Err, "market.csv is there already")
}
