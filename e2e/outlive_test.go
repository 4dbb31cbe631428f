package e2e

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"ticklake/e2e/program"
)

// broker is the embedded Kafka as a process of its own.
type broker struct {
	p      *program.Place
	server *program.Server
	addr   string // the same after each start
	client *kgo.Client
}

func startBroker(p *program.Place) *broker {
	p.T.Helper()
	b := &broker{p: p}
	b.start()
	var err error
	if b.client, err = kgo.NewClient(kgo.SeedBrokers(b.addr)); err != nil {
		p.T.Fatal(err)
	}
	p.T.Cleanup(b.client.Close)
	return b
}

func (b *broker) start() {
	b.p.T.Helper()
	b.server = b.p.Up("--parts", "kafka", "--data", "data/broker")
	if b.addr != "" && b.server.Ready.Kafka != b.addr {
		b.p.T.Fatalf("the broker has moved from %s to %s", b.addr, b.server.Ready.Kafka)
	}
	b.addr = b.server.Ready.Kafka
}

// records counts what stands in the topic; what cannot be asked counts as nothing.
func (b *broker) records() (n int64) {
	ctx, cancel := context.WithTimeout(b.p.T.Context(), 5*time.Second)
	defer cancel()
	ends, err := kadm.NewClient(b.client).ListEndOffsets(ctx, "ticks")
	if err != nil || ends.Error() != nil {
		return 0
	}
	ends.Each(func(o kadm.ListedOffset) { n += o.Offset })
	return n
}

// grows waits until so many records more stand in the topic, and returns how many there are.
func (b *broker) grows(from, more int64) (now int64) {
	b.p.T.Helper()
	program.Eventually(b.p.T, fmt.Sprintf("the topic grows beyond %d records", from+more), func() bool {
		now = b.records()
		return now >= from+more
	})
	return now
}

// lake moves the topic into a lake and returns its rows.
func (b *broker) lake() []string {
	b.p.T.Helper()
	up := b.p.Up("--parts", "s3,sink", "--kafka", b.addr, "--data", "data/lake", "--max-age", "1s", "--max-idle", "300ms")
	want := int(b.records())
	program.Eventually(b.p.T, "the lake has every record", func() bool { return len(b.p.RawRows("data/lake", "ticks")) >= want })
	up.Stop()
	program.Contains(b.p.T, b.p.OK("verify", "--data", "data/lake", "--sequences"), "0 missing, 0 twice", "ticks is whole")
	rows := b.p.RawRows("data/lake", "ticks")
	if len(rows) != want {
		b.p.T.Errorf("%d rows in the lake of %d records", len(rows), want)
	}
	return rows
}

// TestAFeedThatOutlivesItsBrokerDoublesNothing kills the broker again and again under a feed that goes on: what the feed
// repeats must be what the log has not.
func TestAFeedThatOutlivesItsBrokerDoublesNothing(t *testing.T) {
	t.Parallel()
	p := program.New(t)
	const rows, kills = 150_000, 10
	p.OK("simulate", "--out", "market.csv", "--symbols", "7", "--days", "2", "--day-ticks", strconv.Itoa(rows), "--count", strconv.Itoa(rows))
	file, err := os.ReadFile(filepath.Join(p.Dir, "market.csv"))
	if err != nil {
		t.Fatal(err)
	}
	b := startBroker(p)
	feed := p.Launch("produce", "--kafka", b.addr, "--dataset", "market.csv", "--partitions", "3", "--rate", "15000")
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	at := int64(0)
	for i := range kills {
		at = b.grows(at, 1_000+random.Int64N(rows/kills-2_000))
		select {
		case <-feed.Done:
			t.Fatalf("the feed has ended before the broker was killed for the %d. time: %v\n%s", i+1, feed.Err, feed.Log)
		default:
		}
		b.server.Kill()
		b.start()
	}
	select {
	case <-feed.Done:
	case <-time.After(2 * time.Minute):
		t.Fatalf("the feed does not end\n%s", feed.Log)
	}
	if feed.Err != nil {
		t.Fatalf("the feed: %v\n%s", feed.Err, feed.Log)
	}
	if n := b.records(); n != rows {
		t.Errorf("%d records in Kafka of %d rows", n, rows)
	}
	got := b.lake()
	if len(got) != rows {
		t.Errorf("%d rows in the lake", len(got))
	}
	if err := program.SameTicks(got, string(file)); err != nil {
		t.Error(err)
	}
	b.server.Stop()
}

// TestTwoRunsOfAMarketLeaveTheSameRows has one run of a market killed ten times, now its feed, now its broker, now both,
// and another left alone.
func TestTwoRunsOfAMarketLeaveTheSameRows(t *testing.T) {
	t.Parallel()
	const history = 120_000
	flags := []string{"--symbols", "5", "--days", "2", "--day-ticks", strconv.Itoa(history / 2), "--rate", "1000", "--seed", "11", "--partitions", "3"}
	produce := func(b *broker, flags ...string) *program.Server {
		return b.p.Launch(append([]string{"produce", "--kafka", b.addr}, flags...)...)
	}
	killed, alone := startBroker(program.New(t)), startBroker(program.New(t))
	// The minute in which a market goes live is part of its name.
	program.Eventually(t, "a minute is not about to end", func() bool { return time.Now().Second() < 55 })
	feed, other := produce(killed, flags...), produce(alone, flags...)
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 2))
	at := int64(0)
	for i := range 10 {
		at = killed.grows(at, 1+random.Int64N(5_000))
		if i%3 != 1 {
			feed.Kill()
		}
		if i%3 != 0 {
			killed.server.Kill()
			killed.start()
		}
		if i%3 != 1 {
			feed = produce(killed) // it goes on with the market that it finds
		}
	}
	killed.grows(at, 1_000)
	killed.grows(0, history+1_000)
	feed.Stop()
	alone.grows(0, history+1_000)
	other.Stop()
	name := killed.feed()
	if other := alone.feed(); other != name {
		t.Fatalf("the runs are of %q and %q", name, other)
	}
	disturbed := killed.lake()
	killed.server.Stop()
	undisturbed := alone.lake()
	alone.server.Stop()

	file := alone.p.OK("simulate", "--out", "-", "--feed", name, "--count", "1000000")
	for run, rows := range map[string][]string{"killed": disturbed, "left alone": undisturbed} {
		if err := program.SameTicks(rows, file); err != nil {
			t.Errorf("the run that was %s: %v", run, err)
		}
	}
	// One may have come further than the other.
	a, b := numbered(t, disturbed), numbered(t, undisturbed)
	common := 0
	for symbol := range a {
		n := min(len(a[symbol]), len(b[symbol]))
		common += n
		if diff := gocmp.Diff(a[symbol][:n], b[symbol][:n]); diff != "" {
			t.Errorf("%s: %.2000s", symbol, diff)
		}
	}
	if common < history {
		t.Errorf("only %d rows are in both", common)
	}
}

// feed is what the topic's first record says of its feed.
func (b *broker) feed() string {
	b.p.T.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(b.addr), kgo.ConsumeTopics("ticks"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		b.p.T.Fatal(err)
	}
	defer client.Close()
	for {
		fetches := client.PollRecords(b.p.T.Context(), 1)
		if err := fetches.Err(); err != nil {
			b.p.T.Fatal(err)
		}
		for _, r := range fetches.Records() {
			for _, h := range r.Headers {
				if h.Key == "feed" {
					return string(h.Value)
				}
			}
		}
	}
}

// numbered are rows by symbol, in the order of their sequence numbers.
func numbered(t *testing.T, rows []string) map[string][]string {
	t.Helper()
	sequence := func(row string) int {
		n, err := strconv.Atoi(strings.Split(row, ",")[9])
		if err != nil {
			t.Fatalf("row %q: %v", row, err)
		}
		return n
	}
	out := make(map[string][]string)
	for _, row := range rows {
		symbol := strings.Split(row, ",")[1]
		out[symbol] = append(out[symbol], row)
	}
	for _, rows := range out {
		slices.SortFunc(rows, func(a, b string) int { return cmp.Compare(sequence(a), sequence(b)) })
	}
	return out
}
