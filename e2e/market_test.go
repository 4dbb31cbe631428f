package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"ticklake/e2e/program"
)

// TestAnotherMarketIsSaid asks for another market than the topic has.
func TestAnotherMarketIsSaid(t *testing.T) {
	p := program.New(t)
	s := p.Up("--days", "0", "--rate", "100")
	program.Eventually(t, "ticks of the first one are in Kafka", func() bool {
		var status struct{ Feed struct{ Sent int64 } }
		if err := json.Unmarshal([]byte(p.OK("status", "--output", "json")), &status); err != nil {
			t.Fatal(err)
		}
		return status.Feed.Sent > 0
	})
	s.Stop()
	s = p.Up("--rate", "77")
	s.Stop()
	program.Contains(t, s.Log.String(), `topic "ticks" has another market; --rate asked for a new one`)
	s = p.Up("--rate", "77")
	s.Stop()
	program.Contains(t, s.Log.String(), "goes on where it was")
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
