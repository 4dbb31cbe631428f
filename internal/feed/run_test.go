package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/goleak"

	"ticklake/internal/stream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const topic = "ticks"

func broker(t testing.TB) (*kfake.Cluster, stream.Cluster) {
	t.Helper()
	b, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, topic))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b, stream.Cluster{Brokers: b.ListenAddrs()}
}

func deadline(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// plain does without LZ4, whose blocks are most of what a raced test would allocate.
var plain = stream.ProducerConfig{Compression: stream.NoCompression}

// counter is a feed of n rows, of 17 symbols; every tenth row has no key. onRow is called for each row yielded.
type counter struct {
	name  string
	n     int64
	onRow func(position int64)
	due   func(position int64) time.Time
}

func (c counter) Name() string { return c.name }

func (c counter) Open(context.Context, int64) (Rows, error) { return &counterRows{counter: c}, nil }

type counterRows struct {
	counter
	at int64
}

func (r *counterRows) Next(row *Row) error {
	if r.at == r.n {
		return io.EOF
	}
	if r.onRow != nil {
		r.onRow(r.at)
	}
	*row = Row{Position: r.at, Value: strconv.AppendInt(nil, r.at, 10)}
	if r.at%10 == 0 {
		row.Bad = &Bad{File: "f.csv", Line: r.at + 2, Fault: Fault{Reason: "bad_row", Detail: "no key"}}
	} else {
		row.Key = fmt.Appendf(nil, "S%d", r.at%17)
	}
	if r.due != nil {
		row.Due = r.due(r.at)
	}
	r.at++
	return nil
}

func (r *counterRows) Jump(t time.Time) (left int64, err error) {
	for r.at < r.n && r.due(r.at).Before(t) {
		r.at++
		left++
	}
	return left, nil
}

func (r *counterRows) Close() error { return nil }

// sent returns what each partition has of a feed, in order: positions, which must be the values.
func sent(t testing.TB, c stream.Cluster, name string) (byPartition [][]int64, total int64) {
	t.Helper()
	ts, r, done, err := search(deadline(t), c, topic)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	for _, p := range ts.Partitions {
		var positions []int64
		err := r.Read(deadline(t), topic, p.Partition, p.LogStart, p.HighWatermark, func(records []*kgo.Record) error {
			for _, rec := range records {
				m, ok := readMark(rec)
				if !ok || m.feed != name {
					continue
				}
				if string(rec.Value) != strconv.FormatInt(m.position, 10) {
					t.Errorf("position %d has value %q", m.position, rec.Value)
				}
				positions = append(positions, m.position)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		byPartition = append(byPartition, positions)
		total += int64(len(positions))
	}
	return byPartition, total
}

// whole says that Kafka has each of n rows once, in order, where it belongs.
func whole(t testing.TB, c stream.Cluster, name string, n int64) {
	t.Helper()
	got, _ := sent(t, c, name)
	want := make([][]int64, len(got))
	m := newMaker(name, len(got))
	rows, err := counter{name: name, n: n}.Open(context.Background(), 0)
	if err != nil {
		t.Fatal(err)
	}
	var row Row
	for rows.Next(&row) == nil {
		p := m.partition(&row)
		want[p] = append(want[p], row.Position)
	}
	if !slices.EqualFunc(want, got, slices.Equal[[]int64]) { // so many rows take cmp long
		t.Error(cmp.Diff(want, got))
	}
}

func TestEveryRowIsSentOnceAndASecondRunSendsNothing(t *testing.T) {
	_, c := broker(t)
	const n = 5000
	told := 0
	cfg := Config{Feed: counter{name: "a", n: n}, Cluster: c, Topic: topic, Producer: plain, Settle: -1, OnBad: func(*Bad) { told++ }, Status: new(Status)}
	sum, err := Run(deadline(t), cfg)
	if err != nil || sum.Read != n || sum.Sent != n || sum.Skipped != 0 || sum.Bad != n/10 || told != n/10 || sum.ByReason["bad_row"] != n/10 {
		t.Errorf("first: %+v, %v, told %d", sum, err, told)
	}
	if s := cfg.Status.Snapshot(); s.State != Done || s.Sent != n || s.Read != n || s.Position != n-1 || s.Bad != n/10 {
		t.Errorf("status: %+v", s)
	}
	sum, err = Run(deadline(t), cfg)
	if err != nil || sum.Read != n || sum.Sent != 0 || sum.Skipped != n || sum.Bad != n/10 {
		t.Errorf("second: %+v, %v", sum, err)
	}
	if s := cfg.Status.Snapshot(); s.State != Done || s.Sent != 0 || s.Skipped != n {
		t.Errorf("status of the second: %+v", s)
	}
	whole(t, c, "a", n)
}

func TestARecordSaysWhatItIs(t *testing.T) {
	_, c := broker(t)
	if _, err := Run(deadline(t), Config{Feed: counter{name: "a", n: 2}, Cluster: c, Topic: topic, Producer: plain, Settle: -1}); err != nil {
		t.Fatal(err)
	}
	r, err := stream.OpenReader(c)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var got []string
	see := func(records []*kgo.Record) error {
		for _, rec := range records {
			text := fmt.Sprintf("%q %q", rec.Key, rec.Value)
			for _, h := range rec.Headers {
				text += fmt.Sprintf(" %s=%s", h.Key, h.Value)
			}
			got = append(got, text)
		}
		return nil
	}
	bad := stream.NewPartitioner(3).Partition([]byte("S1"))
	for _, p := range []int32{0, bad} {
		end := int64(1)
		if bad == 0 {
			end = 2
		}
		if err := r.Read(deadline(t), topic, p, 0, end, see); err != nil {
			t.Fatal(err)
		}
		if bad == 0 {
			break
		}
	}
	want := []string{
		`"" "0" feed=a position=0 partitions=3 file=f.csv line=2 reason=bad_row: no key`,
		`"S1" "1" feed=a position=1 partitions=3`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestARunThatIsKilledTenTimesLeavesWhatOneWould(t *testing.T) {
	_, c := broker(t)
	const n = 10_000
	rng := rand.New(rand.NewPCG(1, 2))
	for range 10 {
		_, before := sent(t, c, "a")
		ctx, kill := context.WithCancel(deadline(t))
		at := before + rng.Int64N((n-before)/4+1)
		f := counter{name: "a", n: n, onRow: func(position int64) {
			if position == at {
				kill()
			}
		}}
		if _, err := Run(ctx, Config{Feed: f, Cluster: c, Topic: topic, Settle: -1, Producer: stream.ProducerConfig{ChunkCount: 150, Compression: stream.NoCompression}}); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		kill()
	}
	if _, got := sent(t, c, "a"); got == 0 || got == n {
		t.Errorf("%d rows after ten kills: nothing was tried", got)
	}
	if _, err := Run(deadline(t), Config{Feed: counter{name: "a", n: n}, Cluster: c, Topic: topic, Producer: plain, Settle: -1}); err != nil {
		t.Fatal(err)
	}
	whole(t, c, "a", n)
}

func TestAFailedDeliveryIsGoneOnFromWhatKafkaHas(t *testing.T) {
	for _, code := range []*kerr.Error{kerr.UnknownProducerID, kerr.TopicAuthorizationFailed, kerr.InvalidProducerEpoch} {
		t.Run(code.Message, func(t *testing.T) {
			b, c := broker(t)
			var requests atomic.Int64
			b.Fault(kfake.Fault{
				Keys: []kmsg.Key{kmsg.Produce}, Topic: topic, Partitions: []int32{1}, Err: code, Count: 2,
				When: func(kmsg.Request) bool { n := requests.Add(1); return n == 4 || n == 9 },
			})
			const n = 8000
			st := new(Status)
			cfg := Config{Feed: counter{name: "a", n: n}, Cluster: c, Topic: topic, Settle: -1, Producer: stream.ProducerConfig{Compression: stream.NoCompression, ChunkCount: 500}, Status: st}
			sum, err := Run(deadline(t), cfg)
			if err != nil || sum.Read != n || sum.Sent != n || sum.Skipped != 0 || sum.Bad != n/10 {
				t.Errorf("%+v, %v", sum, err)
			}
			whole(t, c, "a", n)
		})
	}
}

// tcpCutter is TCP whose connections can be cut.
type tcpCutter struct {
	mu   sync.Mutex
	open []net.Conn
}

func (n *tcpCutter) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, network, address)
	if err == nil {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.open = append(n.open, c)
	}
	return c, err
}

func (n *tcpCutter) Cut() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.open {
		_ = c.Close()
	}
	n.open = nil
}

func TestConnectionsThatBreakAtAnyMomentDoNoHarm(t *testing.T) {
	b, c := broker(t)
	network := new(tcpCutter)
	c.Dial = network.Dial
	requests := 0
	b.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		b.KeepControl()
		if requests++; requests%7 == 3 && requests < 40 {
			network.Cut()
		}
		return nil, nil, false
	})
	const n = 20_000
	// Nothing stays on its way here: the broker has the request when the connection breaks.
	cfg := Config{Feed: counter{name: "a", n: n}, Cluster: c, Topic: topic, Settle: 20 * time.Millisecond, Producer: stream.ProducerConfig{Compression: stream.NoCompression, ChunkCount: 300}}
	sum, err := Run(deadline(t), cfg)
	if err != nil || sum.Sent != n || requests < 40 {
		t.Errorf("%+v, %v, %d requests", sum, err, requests)
	}
	whole(t, c, "a", n)
}

func TestABrokerThatIsStartedAgainIsGoneOnWith(t *testing.T) {
	dir := t.TempDir()
	start := func(port int) *kfake.Cluster {
		b, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, topic), kfake.DataDir(dir), kfake.Ports(port))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	b := start(0)
	_, portText, err := net.SplitHostPort(b.ListenAddrs()[0])
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		t.Fatal(err)
	}
	c := stream.Cluster{Brokers: b.ListenAddrs()}
	const n = 8000
	f := counter{name: "a", n: n, onRow: func(position int64) {
		if position%2500 == 2499 {
			b.Close()
			b = start(port)
		}
	}}
	sum, err := Run(deadline(t), Config{Feed: f, Cluster: c, Topic: topic, Settle: -1, Producer: stream.ProducerConfig{Compression: stream.NoCompression, ChunkCount: 300}})
	defer b.Close()
	if err != nil || sum.Sent != n {
		t.Errorf("%+v, %v", sum, err)
	}
	whole(t, c, "a", n)
}

func TestStrictSendsWhatComesBeforeTheFirstBadRow(t *testing.T) {
	_, c := broker(t)
	path := file(t, "a.csv", brief+"2024-01-01,A,1,1,1,1,1\n2024-01-01,A,2,1,1,1,1\n2024-01-01,A,x,1,1,1,1\n2024-01-01,A,3,1,1,1,1\n")
	for range 2 {
		cfg := Config{Feed: open(t, DatasetConfig{Files: []string{path}}), Cluster: c, Topic: topic, Producer: plain, Settle: -1, Strict: true}
		_, err := Run(deadline(t), cfg)
		var strict *StrictError
		if !errors.As(err, &strict) || strict.Bad.Line != 4 || strict.Bad.Column != 3 {
			t.Fatal(err)
		}
		ts, r, done, err := search(deadline(t), c, topic)
		if err != nil {
			t.Fatal(err)
		}
		got := 0
		for _, p := range ts.Partitions {
			err := r.Read(deadline(t), topic, p.Partition, 0, p.HighWatermark, func(records []*kgo.Record) error {
				got += len(records)
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		}
		done()
		if got != 2 {
			t.Errorf("%d rows sent", got)
		}
	}
}

func BenchmarkRun(b *testing.B) {
	k := kfake.MustCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, topic), kfake.DataDir(b.TempDir()))
	defer k.Close()
	c := stream.Cluster{Brokers: k.ListenAddrs()}
	const n = 500_000
	i := 0
	for b.Loop() {
		i++
		if _, err := Run(b.Context(), Config{Feed: counter{name: strconv.Itoa(i), n: n}, Cluster: c, Topic: topic, Settle: -1}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
