package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"go.uber.org/goleak"

	"ticklake/internal/catalog"
	"ticklake/internal/crawl"
	"ticklake/internal/feed"
	"ticklake/internal/objects"
	"ticklake/internal/sink"
	"ticklake/internal/stream"
	"ticklake/internal/tick"
	"ticklake/internal/verify"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// counting is a feed of n ticks.
type counting int64

func (counting) Name() string { return "counting" }

func (n counting) Open(_ context.Context, from int64) (feed.Rows, error) {
	return &countingRows{n: int64(n), next: from}, nil
}

type countingRows struct {
	n, next int64
	live    bool // the last row is due in an hour
}

func (r *countingRows) Next(row *feed.Row) error {
	if r.next >= r.n {
		return io.EOF
	}
	t := tick.Tick{Timestamp: tick.Timestamp(r.next), Symbol: "A", Price: tick.One, Sequence: tick.Some(r.next)}
	*row = feed.Row{Position: r.next, Key: []byte("A"), Value: tick.AppendJSON(nil, &t)}
	r.next++
	if r.live && r.next == r.n {
		row.Due = time.Now().Add(time.Hour)
	}
	return nil
}

func (*countingRows) Close() error { return nil }

// emptyCatalog takes everything.
type emptyCatalog struct{}

func (emptyCatalog) EnsureDatabase(context.Context, string, string) error { return nil }

func (emptyCatalog) EnsureTable(_ context.Context, t *catalog.Table) (*catalog.Table, catalog.Change, error) {
	return t, catalog.Created, nil
}

func (emptyCatalog) Partitions(context.Context, string, string, string) iter.Seq2[catalog.Partition, error] {
	return func(func(catalog.Partition, error) bool) {}
}

func (emptyCatalog) AddPartitions(_ context.Context, _ *catalog.Table, p []catalog.Partition) (int, error) {
	return len(p), nil
}

func config(t *testing.T, rows int64) (Config, *objects.MemoryStore) {
	t.Helper()
	b, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	store := objects.Memory()
	return Config{
		Cluster: stream.Cluster{Brokers: b.ListenAddrs()}, Topic: "ticks",
		Create: &stream.Spec{Partitions: 2, Replication: 1, Retention: -1, RetentionBytes: -1},
		Store:  store, Sink: &sink.Config{MaxIdle: 50 * time.Millisecond}, Crawl: &crawl.Config{Bucket: "b", Catalog: emptyCatalog{}, Database: "market"}, Feed: &feed.Config{Feed: counting(rows)},
	}, store
}

func TestOnceEndsWhenEveryRowIsInTheLake(t *testing.T) {
	config, store := config(t, 1000)
	p, err := Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	sum, err := p.Once(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if sum.Feed.Sent != 1000 || sum.Sink.Ticks != 1000 || p.crawler.Status().Added != 2 {
		t.Errorf("%d sent, %d stored, %d folders registered", sum.Feed.Sent, sum.Sink.Ticks, p.crawler.Status().Added)
	}
	report, err := verify.Run(t.Context(), store, "ticks", verify.Patience{})
	if err != nil || !report.Whole() || !report.Topics[0].Sequences.Unbroken() {
		t.Errorf("%+v, %v", report, err)
	}
}

// liveFeed is n ticks, and one that is due in an hour.
type liveFeed struct{ counting }

func (f liveFeed) Open(_ context.Context, from int64) (feed.Rows, error) {
	return &countingRows{n: int64(f.counting) + 1, next: from, live: true}, nil
}

func TestHistoryIsCutAtOnce(t *testing.T) {
	config, _ := config(t, 0)
	config.Feed.Feed = liveFeed{500}
	config.Sink.MaxAge, config.Sink.MaxIdle = time.Hour, time.Hour
	p, err := Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- p.Run(ctx, nil) }()
	deadline := time.After(20 * time.Second)
	for p.Status().Sink.Ticks < 500 {
		select {
		case <-time.After(10 * time.Millisecond):
		case <-deadline:
			t.Fatalf("%+v", p.Status().Sink)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestOnceFailsWhereAPartitionStops(t *testing.T) {
	config, _ := config(t, 10)
	refuses := objects.Fault(config.Store, nil)
	config.Store = &refusing{refuses}
	p, err := Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Once(t.Context()); !errors.Is(err, ErrPartitionStopped) || !strings.Contains(err.Error(), "store_refuses") {
		t.Errorf("error %v", err)
	}
}

// refusing is a store that says no to every cut, for good.
type refusing struct{ objects.Store }

func (s *refusing) Create(ctx context.Context, key string, body []byte, meta objects.Meta) error {
	if strings.HasPrefix(key, "_ticklake/cuts/") {
		return fmt.Errorf("create %s: %w", key, objects.ErrDenied)
	}
	return s.Store.Create(ctx, key, body, meta)
}

func TestTopicThatIsNotThere(t *testing.T) {
	config, _ := config(t, 10)
	config.Create = nil
	if _, err := Open(t.Context(), config); !errors.Is(err, stream.ErrNoTopic) {
		t.Errorf("error %v", err)
	}
}

func TestPartsAnswerForThemselves(t *testing.T) {
	config, _ := config(t, 100)
	p, err := Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o := p.Operations(l, Credentials{})
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	get := func(path string) (code int, body string) {
		resp, err := client.Get(o.URL() + path)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(b)
	}
	if code, body := get("/readyz"); code != http.StatusServiceUnavailable || !strings.Contains(body, "no partition") {
		t.Errorf("before the start: %d %s", code, body)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan string, 3)
	done := make(chan error)
	go func() { done <- p.Run(ctx, func(part string, err error) { ended <- fmt.Sprint(part, " ", err) }) }()
	if got := <-ended; got != "feed <nil>" {
		t.Errorf("ended: %s", got)
	}
	deadline := time.After(20 * time.Second)
	for p.Status().Sink.Ticks < 100 {
		select {
		case <-time.After(10 * time.Millisecond):
		case <-deadline:
			t.Fatalf("%+v", p.Status().Sink)
		}
	}
	if code, _ := get("/readyz"); code != http.StatusOK {
		t.Errorf("/readyz: %d", code)
	}
	if code, body := get("/healthz"); code != http.StatusOK || body != "ok\n" {
		t.Errorf("/healthz: %d %s", code, body)
	}
	var st Status
	if _, body := get("/status"); json.Unmarshal([]byte(body), &st) != nil || st.Feed.Sent != 100 || st.Sink.Ticks != 100 || st.Feed.State != feed.Done {
		t.Errorf("/status: %s", body)
	}
	_, metrics := get("/metrics")
	for _, want := range []string{`ticklake_sink_records_total{zone="raw"} 100`, `ticklake_feed_rows_total{outcome="sent"} 100`, `ticklake_sink_lag_records{partition="0"} 0`} {
		if !strings.Contains(metrics, want) {
			t.Errorf("no %s in /metrics", want)
		}
	}
	cut := int64(0)
	for partition := range int32(2) {
		if offset, ok := p.Committed("ticks", partition); ok {
			cut += offset
		}
	}
	if _, ok := p.Committed("other", 0); ok || cut != 100 {
		t.Errorf("chains reach to %d in all", cut)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := o.Close(); err != nil {
		t.Error(err)
	}
}
