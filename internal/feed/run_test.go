package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strconv"
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
		row.Bad = &Bad{File: "f.csv", Line: r.at + 2, Reason: "bad_row", Detail: "no key"}
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
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestEveryRowIsSentOnceAndASecondRunSendsNothing(t *testing.T) {
	_, c := broker(t)
	const n = 5000
	told := 0
	cfg := Config{Feed: counter{name: "a", n: n}, Cluster: c, Topic: topic, OnBad: func(*Bad) { told++ }, Status: new(Status)}
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
	whole(t, c, "a", n)
}

func TestARecordSaysWhatItIs(t *testing.T) {
	_, c := broker(t)
	if _, err := Run(deadline(t), Config{Feed: counter{name: "a", n: 2}, Cluster: c, Topic: topic}); err != nil {
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
	const n = 20_000
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
		if _, err := Run(ctx, Config{Feed: f, Cluster: c, Topic: topic, Producer: stream.ProducerConfig{ChunkCount: 300}}); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		kill()
	}
	if _, got := sent(t, c, "a"); got == 0 || got == n {
		t.Errorf("%d rows after ten kills: nothing was tried", got)
	}
	if _, err := Run(deadline(t), Config{Feed: counter{name: "a", n: n}, Cluster: c, Topic: topic}); err != nil {
		t.Fatal(err)
	}
	whole(t, c, "a", n)
}

func TestStrangersInTheTopicDisturbNothing(t *testing.T) {
	_, c := broker(t)
	const n = 3000
	stranger, err := kgo.NewClient(kgo.SeedBrokers(c.Brokers...), kgo.DefaultProduceTopic(topic), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	strange := func(count int) {
		for i := range count {
			r := &kgo.Record{Partition: int32(i % 3), Value: []byte("?")}
			switch i % 4 {
			case 1:
				r.Headers = []kgo.RecordHeader{{Key: "feed", Value: []byte("a")}} // no position
			case 2:
				r.Headers = []kgo.RecordHeader{{Key: "feed", Value: []byte("a")}, {Key: "position", Value: []byte("x")}, {Key: "partitions", Value: []byte("3")}}
			case 3:
				r.Headers = []kgo.RecordHeader{{Key: "feed", Value: []byte("b")}, {Key: "position", Value: []byte("9999999")}, {Key: "partitions", Value: []byte("7")}}
			}
			stranger.Produce(deadline(t), r, nil)
		}
		if err := stranger.Flush(deadline(t)); err != nil {
			t.Fatal(err)
		}
	}
	strange(50)
	for i := range 3 {
		ctx, kill := context.WithCancel(deadline(t))
		f := counter{name: "a", n: n, onRow: func(position int64) {
			if position == int64(i+1)*900 {
				kill()
			}
		}}
		if _, err := Run(ctx, Config{Feed: f, Cluster: c, Topic: topic}); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		kill()
		strange(5 * firstWindow) // the newest mark is not in the first window
	}
	if _, err := Run(deadline(t), Config{Feed: counter{name: "a", n: n}, Cluster: c, Topic: topic}); err != nil {
		t.Fatal(err)
	}
	whole(t, c, "a", n)
}

func TestAStrangersOpenTransactionDoesNotHideWhatWasSent(t *testing.T) {
	_, c := broker(t)
	stranger, err := kgo.NewClient(kgo.SeedBrokers(c.Brokers...), kgo.DefaultProduceTopic(topic), kgo.TransactionalID("s"),
		kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	if err := stranger.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	for p := range int32(3) {
		if err := stranger.ProduceSync(deadline(t), &kgo.Record{Partition: p, Value: []byte("?")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if _, err := Run(deadline(t), Config{Feed: counter{name: "a", n: 500}, Cluster: c, Topic: topic}); err != nil {
			t.Fatal(err)
		}
	}
	if err := stranger.EndTransaction(deadline(t), kgo.TryAbort); err != nil {
		t.Fatal(err)
	}
	whole(t, c, "a", 500)
}

func TestAFailedDeliveryIsGoneOnFromWhatKafkaHas(t *testing.T) {
	for _, code := range []*kerr.Error{kerr.UnknownProducerID, kerr.TopicAuthorizationFailed, kerr.InvalidProducerEpoch} {
		t.Run(code.Message, func(t *testing.T) {
			b, c := broker(t)
			var requests atomic.Int64
			b.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: topic, Partitions: []int32{1}, Err: code, Count: 2,
				When: func(kmsg.Request) bool { n := requests.Add(1); return n == 4 || n == 9 }})
			const n = 8000
			st := new(Status)
			cfg := Config{Feed: counter{name: "a", n: n}, Cluster: c, Topic: topic, Producer: stream.ProducerConfig{ChunkCount: 500}, Status: st}
			sum, err := Run(deadline(t), cfg)
			if err != nil || sum.Read != n || sum.Sent != n || sum.Skipped != 0 || sum.Bad != n/10 {
				t.Errorf("%+v, %v", sum, err)
			}
			whole(t, c, "a", n)
		})
	}
}

func TestWhatWasForgottenIsRefusedNotGuessed(t *testing.T) {
	b, c := broker(t)
	cfg := Config{Feed: counter{name: "a", n: 300}, Cluster: c, Topic: topic, Status: new(Status)}
	if _, err := Run(deadline(t), cfg); err != nil {
		t.Fatal(err)
	}
	end := b.PartitionInfo(topic, 2).HighWatermark
	if err := b.DeleteRecords(topic, 2, end-1); err != nil {
		t.Fatal(err)
	}
	if sum, err := Run(deadline(t), cfg); err != nil || sum.Sent != 0 {
		t.Errorf("with the newest record left: %+v, %v", sum, err)
	}
	if err := b.DeleteRecords(topic, 2, end); err != nil {
		t.Fatal(err)
	}
	_, err := Run(deadline(t), cfg)
	if !errors.Is(err, ErrForgotten) {
		t.Errorf("with none left: %v", err)
	}
	if s := cfg.Status.Snapshot(); s.State != Refused || s.Reason == "" {
		t.Errorf("status %+v", s)
	}
}

func TestAnotherNumberOfPartitionsIsRefused(t *testing.T) {
	b, c := broker(t)
	cfg := Config{Feed: counter{name: "a", n: 300}, Cluster: c, Topic: topic}
	if _, err := Run(deadline(t), cfg); err != nil {
		t.Fatal(err)
	}
	cl, err := kgo.NewClient(kgo.SeedBrokers(b.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	req := kmsg.NewPtrCreatePartitionsRequest()
	rt := kmsg.NewCreatePartitionsRequestTopic()
	rt.Topic, rt.Count = topic, 4
	req.Topics = append(req.Topics, rt)
	if _, err := req.RequestWith(deadline(t), cl); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(deadline(t), cfg); !errors.Is(err, ErrPartitions) {
		t.Error(err)
	}
	other := cfg
	other.Feed = counter{name: "b", n: 300} // another feed may
	if _, err := Run(deadline(t), other); err != nil {
		t.Error(err)
	}
	cfg.Topic = "nowhere"
	if _, err := Run(deadline(t), cfg); !errors.Is(err, stream.ErrNoTopic) {
		t.Error(err)
	}
}

func TestStrictSendsWhatComesBeforeTheFirstBadRow(t *testing.T) {
	_, c := broker(t)
	path := file(t, "a.csv", brief+"2024-01-01,A,1,1,1,1,1\n2024-01-01,A,2,1,1,1,1\n2024-01-01,A,x,1,1,1,1\n2024-01-01,A,3,1,1,1,1\n")
	for range 2 {
		cfg := Config{Feed: open(t, DatasetConfig{Files: []string{path}}), Cluster: c, Topic: topic, Strict: true}
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

func TestFindTellsTheFeedThatWasThereLast(t *testing.T) {
	_, c := broker(t)
	find := func(accept func(string) bool) string {
		name, err := Find(deadline(t), c, topic, accept)
		if err != nil {
			t.Fatal(err)
		}
		return name
	}
	all := func(string) bool { return true }
	if got := find(all); got != "" {
		t.Errorf("in an empty topic: %q", got)
	}
	for _, name := range []string{"a1", "a2", "b1"} {
		if _, err := Run(deadline(t), Config{Feed: counter{name: name, n: 100}, Cluster: c, Topic: topic}); err != nil {
			t.Fatal(err)
		}
		for now := time.Now().UnixMilli(); time.Now().UnixMilli() == now; { // Kafka's timestamps are in milliseconds
			runtime.Gosched()
		}
	}
	if got := find(all); got != "b1" {
		t.Errorf("last: %q", got)
	}
	if got := find(func(n string) bool { return n[0] == 'a' }); got != "a2" {
		t.Errorf("last a: %q", got)
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
		if _, err := Run(b.Context(), Config{Feed: counter{name: strconv.Itoa(i), n: n}, Cluster: c, Topic: topic}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
