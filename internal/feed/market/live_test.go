package market

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"ticklake/internal/feed"
	"ticklake/internal/stream"
	"ticklake/internal/tick"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const topic = "ticks"

// plain does without LZ4, whose blocks are most of what a raced test would allocate.
var plain = stream.ProducerConfig{Compression: stream.NoCompression}

// inBubble runs a broker on a network of its own, so that the bubble's clock moves.
func inBubble(t *testing.T) stream.Cluster {
	t.Helper()
	var network kfake.VirtualNetwork
	b, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, topic), kfake.ListenFn(network.Listen))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return stream.Cluster{Brokers: b.ListenAddrs(), Dial: network.DialContext}
}

// inTopic returns every record's position, key and value, by position.
func inTopic(t *testing.T, c stream.Cluster) []string {
	t.Helper()
	topics, err := stream.OpenTopics(c)
	if err != nil {
		t.Fatal(err)
	}
	defer topics.Close()
	r, err := stream.OpenReader(c)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	d, err := topics.Describe(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		position int64
		text     string
	}
	var rows []row
	for _, p := range d.Partitions {
		err := r.Read(t.Context(), topic, p.Partition, 0, p.HighWatermark, func(records []*kgo.Record) error {
			for _, rec := range records {
				text, _ := stream.Header(rec, tick.HeaderPosition)
				position, err := strconv.ParseInt(string(text), 10, 64)
				if err != nil {
					return err
				}
				rows = append(rows, row{position, fmt.Sprintf("%d %s %s", position, rec.Key, rec.Value)})
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.SortFunc(rows, func(a, b row) int { return int(a.position - b.position) })
	var out []string
	for _, r := range rows {
		out = append(out, r.text)
	}
	return out
}

func TestAMarketThatIsKilledTenTimesLeavesTheRowsOfItsFile(t *testing.T) {
	b, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, topic))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	c := stream.Cluster{Brokers: b.ListenAddrs()}
	p := Default(noon)
	p.Ticks, p.Rate, p.Live, p.Session = 10_000, 0, time.Time{}, ""
	m := market(t, p)
	rng := rand.New(rand.NewPCG(3, 3))
	for range 10 {
		ctx, kill := context.WithTimeout(t.Context(), time.Duration(rng.IntN(12_000))*time.Microsecond)
		_, _ = feed.Run(ctx, feed.Config{Feed: m, Cluster: c, Topic: topic, Settle: -1, Producer: stream.ProducerConfig{Compression: stream.NoCompression, ChunkCount: 100}})
		kill()
	}
	sum, err := feed.Run(t.Context(), feed.Config{Feed: m, Cluster: c, Topic: topic, Producer: plain, Settle: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("ten kills left %d of %d rows", sum.Skipped, sum.Read)
	got := inTopic(t, c)
	if want := take(t, m, 0, 1_000_000); !slices.Equal(want, got) {
		t.Error(cmp.Diff(want, got))
	}

	var file bytes.Buffer
	if _, err := m.Write(t.Context(), &file, 0); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, row := range got {
		var tk tick.Tick
		if err := tick.Parse([]byte(row[strings.IndexByte(row, '{'):]), &tk); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fmt.Sprintf("%s,%s,%s,%d,%s,%s,%s", tk.Timestamp, tk.Symbol, tk.Price, tk.Volume.V, tk.Open.V, tk.High.V, tk.Low.V))
	}
	if want := FileHeader + strings.Join(lines, "\n") + "\n"; want != file.String() {
		t.Error(cmp.Diff(want, file.String()))
	}
}

func TestAFileOfAMarketLoadsAsADataset(t *testing.T) {
	m := market(t, small())
	path := filepath.Join(t.TempDir(), "market.csv")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	n, err := m.Write(t.Context(), f, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	d, err := feed.OpenDataset(t.Context(), feed.DatasetConfig{Files: []string{path}})
	if err != nil || d.Facts().Rows != n || d.Facts().Bad != 0 || d.Facts().Symbols != small().Symbols {
		t.Fatalf("%+v, %v", d.Facts(), err)
	}
	rows, err := d.Open(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var row feed.Row
	var a, b tick.Tick
	for _, want := range take(t, m, 0, int(n)) {
		if err := rows.Next(&row); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(tick.Parse(row.Value, &a), tick.Parse([]byte(want[strings.IndexByte(want, '{'):]), &b)); err != nil {
			t.Fatal(err)
		}
		b.Venue, b.Currency = "", ""
		if d := cmp.Diff(b, a); d != "" {
			t.Fatal(d)
		}
	}
	if err := rows.Next(&row); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

// pass lets time of the bubble's clock go by.
func pass(d time.Duration) { <-time.After(d) }

// runFor runs the feed for a while of the bubble's clock.
func runFor(t *testing.T, cfg feed.Config, d time.Duration) feed.Summary {
	t.Helper()
	ctx, kill := context.WithTimeout(t.Context(), d)
	defer kill()
	sum, err := feed.Run(ctx, cfg)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	return sum
}

func TestALiveMarketIsSentAsItComesToPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := inBubble(t)
		p := Default(time.Now())
		p.Ticks, p.Rate = 500, 4
		m := market(t, p)
		st := new(feed.Status)
		cfg := feed.Config{Feed: m, Cluster: c, Topic: topic, Status: st, Producer: stream.ProducerConfig{Compression: stream.NoCompression, Linger: 10 * time.Millisecond}}
		rng := rand.New(rand.NewPCG(5, 5))
		for range 10 {
			runFor(t, cfg, time.Duration(rng.Int64N(int64(30*time.Second))))
			pass(time.Duration(rng.Int64N(int64(5 * time.Minute))))
		}
		sum := runFor(t, cfg, time.Minute)
		if sum.Missed != 0 || sum.Bad != 0 {
			t.Errorf("%+v", sum)
		}
		if s := st.Snapshot(); s.State != feed.Stopped || s.Rate != 0 {
			t.Errorf("%+v", s)
		}
		got := inTopic(t, c)
		if d := cmp.Diff(take(t, m, 0, len(got)), got); d != "" {
			t.Error(d)
		}
		last := tickOf(t, got[len(got)-1]).Timestamp.Time()
		if late := time.Since(last); late < 0 || late > 5*time.Second {
			t.Errorf("the last tick is of %s, now is %s", last, time.Now())
		}
	})
}

func TestWhatFellDueLongAgoIsLeftOutAndTheSequencesShowIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := inBubble(t)
		p := Default(time.Now())
		p.Ticks, p.Rate = 500, 2
		m := market(t, p)
		var missed int64
		cfg := feed.Config{
			Feed: m, Cluster: c, Topic: topic, Producer: plain, CatchUp: 30 * time.Minute,
			OnMissed: func(rows int64, until time.Time) {
				missed += rows
				if d := time.Since(until); d < 0 || d > time.Second {
					t.Errorf("until %s", until)
				}
			},
		}
		runFor(t, cfg, time.Minute)
		pass(29 * time.Minute)
		if sum := runFor(t, cfg, time.Minute); sum.Missed != 0 {
			t.Errorf("after half an hour: %+v", sum)
		}
		before := inTopic(t, c)
		pass(26 * time.Hour)
		sum := runFor(t, cfg, time.Minute)
		if sum.Missed != missed || missed < 2*26*3600*8/10 {
			t.Errorf("after a day: missed %d, told %d", sum.Missed, missed)
		}
		got := inTopic(t, c)
		at := len(before)
		if d := cmp.Diff(append(take(t, m, 0, at), take(t, m, int64(at)+missed, len(got)-at)...), got); d != "" {
			t.Error(d)
		}
		first := tickOf(t, got[at])
		for i := at - 1; i >= 0; i-- {
			if last := tickOf(t, got[i]); last.Symbol == first.Symbol {
				if first.Sequence.V <= last.Sequence.V+1 {
					t.Errorf("%d follows %d without a gap", first.Sequence.V, last.Sequence.V)
				}
				break
			}
		}
		// It goes on from there, with no further gap.
		if sum := runFor(t, cfg, time.Minute); sum.Missed != 0 {
			t.Errorf("after the gap: %+v", sum)
		}
		got = inTopic(t, c)
		if d := cmp.Diff(take(t, m, int64(at)+missed, len(got)-at), got[at:]); d != "" {
			t.Error(d)
		}
	})
}

func tickOf(t *testing.T, row string) (tk tick.Tick) {
	t.Helper()
	if err := tick.Parse([]byte(row[strings.IndexByte(row, '{'):]), &tk); err != nil {
		t.Fatal(err)
	}
	return tk
}
