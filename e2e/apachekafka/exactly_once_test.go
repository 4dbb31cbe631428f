package apachekafka

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ticklake/e2e/program"
)

// TestNothingIsLostOrDoubledOnApacheKafka moves a file through Apache Kafka into a lake while everything on the way is
// killed, stopped and moved in turn; then every row of the file is in the lake once.
func TestNothingIsLostOrDoubledOnApacheKafka(t *testing.T) {
	t.Parallel()
	n, p := newNode(t), program.New(t)
	const rows, rate, partitions = 60_000, 2_500, 4
	want := simulated(p, "market.csv", rows)
	store := p.Up("--parts", "s3", "--data", "data/lake")
	p.OK("topics", "create", "ticks", "--kafka", n.open, "--partitions", strconv.Itoa(partitions))
	feed := p.Launch("produce", "--kafka", n.open, "--dataset", "market.csv", "--rate", strconv.Itoa(rate))
	sink := func() *program.Server {
		return p.Launch("sink", "--kafka", n.open, "--data", "data/lake", "--max-age", "500ms", "--max-idle", "300ms", "--session-timeout", "6s")
	}
	midway := func(what string, more int) { // the next disturbance comes when so many cuts have been made, and in the midst of it
		t.Helper()
		from := cuts(p)
		program.Eventually(t, fmt.Sprintf("%d cuts are made after %s", more, what), func() bool { return cuts(p) >= from+more })
		select {
		case <-feed.Done:
			t.Fatalf("%s: the feed has ended too early: %v\n%s", what, feed.Err, feed.Log)
		default:
		}
		t.Logf("%s: %d cuts, %d rows", what, cuts(p), len(p.RawRows("data/lake", "ticks")))
	}

	first := sink()
	midway("the start", 5)
	second := sink()
	program.Eventually(t, "two sinks share the partitions", func() bool {
		a, b := owned(t, first), owned(t, second)
		return len(a) > 0 && len(b) > 0 && len(a)+len(b) == partitions
	})
	midway("a second sink came", 5)
	first.Kill()
	third := sink()
	program.Eventually(t, "the killed sink's partitions are owned again", func() bool {
		return len(owned(t, second))+len(owned(t, third)) == partitions && len(owned(t, third)) > 0
	})
	midway("a sink was killed", 5)
	n.kill()
	n.start()
	midway("the broker was killed", 5)
	n.stop()
	n.start()
	midway("the broker was restarted", 5)
	second.Stop()

	<-feed.Done
	if feed.Err != nil {
		t.Fatalf("the feed: %v\n%s", feed.Err, feed.Log)
	}
	program.Eventually(t, "every row is in the lake", func() bool { return len(p.RawRows("data/lake", "ticks")) >= rows })
	third.Stop()
	program.Contains(t, p.OK("verify", "--data", "data/lake", "--sequences"), "0 missing, 0 twice", "ticks is whole")
	same(t, want, p.RawRows("data/lake", "ticks"))

	// What is there already is not sent again, and the lake gets nothing more.
	program.Contains(t, p.OK("produce", "--kafka", n.open, "--dataset", "market.csv"), "sent 0")
	store.Stop()
}

// simulated writes a file of a simulated market and returns the rows that the lake shall have of it: the file's, with
// each symbol's numbered.
func simulated(p *program.Place, name string, rows int) []string {
	p.T.Helper()
	p.OK("simulate", "--out", name, "--symbols", "12", "--days", "2", "--day-ticks", strconv.Itoa(rows), "--count", strconv.Itoa(rows))
	text, err := os.ReadFile(filepath.Join(p.Dir, name))
	if err != nil {
		p.T.Fatal(err)
	}
	count := make(map[string]int)
	var want []string
	for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		if i == 0 {
			continue // the header
		}
		symbol := strings.Split(line, ",")[1]
		count[symbol]++
		want = append(want, fmt.Sprintf("%s,,,%d,", line, count[symbol]))
	}
	if len(want) != rows {
		p.T.Fatalf("%d rows were simulated, not %d", len(want), rows)
	}
	return want
}

// same compares every row, whatever their order.
func same(t *testing.T, want, got []string) {
	t.Helper()
	slices.Sort(want)
	slices.Sort(got)
	if slices.Equal(want, got) {
		return
	}
	diff := cmp.Diff(want, got)
	t.Errorf("%d rows where %d should be:\n%.4000s", len(got), len(want), diff)
}

// cuts counts those of the lake.
func cuts(p *program.Place) int {
	p.T.Helper()
	files, err := filepath.Glob(filepath.Join(p.Dir, "data/lake/s3/buckets/*/_ticklake/cuts/*/*/*/*.json"))
	if err != nil {
		p.T.Fatal(err)
	}
	return len(files)
}

var statusURL = regexp.MustCompile(`http://[^ \n]+/status`)

// owned are the partitions that a sink owns now.
func owned(t *testing.T, sink *program.Server) []int32 {
	t.Helper()
	select {
	case <-sink.Done:
		t.Fatalf("a sink has ended: %v\n%s", sink.Err, sink.Log)
	default:
	}
	url := statusURL.FindString(sink.Log.String())
	if url == "" {
		return nil // it is starting
	}
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var status struct {
		Sink struct {
			Partitions []struct{ Partition int32 }
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&status); err != nil {
		t.Fatal(err)
	}
	var ids []int32
	for _, p := range status.Sink.Partitions {
		ids = append(ids, p.Partition)
	}
	return ids
}
