package kafka

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"
)

// childDir makes a copy of this test binary a broker on that folder, at childAddr.
const (
	childDir  = "TICKLAKE_TEST_KAFKA_DIR"
	childAddr = "TICKLAKE_TEST_KAFKA_ADDR"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := serveChild(dir, os.Getenv(childAddr)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

func serveChild(dir, addr string) error {
	s, err := Open(context.Background(), Config{Dir: dir, Listen: addr})
	if err != nil {
		return err
	}
	fmt.Println(s.Addr())
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	return s.Close()
}

type child struct {
	cmd  *exec.Cmd
	addr string
}

func startChild(t *testing.T, dir, addr string) *child {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childDir+"="+dir, childAddr+"="+addr)
	cmd.Stderr = os.Stderr
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("broker said nothing: %v, %v", err, cmd.Wait())
	}
	c := &child{cmd: cmd, addr: strings.TrimSpace(line)}
	t.Cleanup(c.kill)
	return c
}

func (c *child) kill() {
	_ = c.cmd.Process.Kill() // it may be gone already
	_ = c.cmd.Wait()
}

func open(t testing.TB, dir string, change func(*Config)) *Server {
	t.Helper()
	cfg := Config{Dir: dir, Listen: "127.0.0.1:0", Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))}
	if change != nil {
		change(&cfg)
	}
	s, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func newClient(t testing.TB, addr string, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	cl, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(addr), kgo.DefaultProduceTopic("ticks"), kgo.StopProducerOnDataLossDetected()}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return cl
}

func createTopic(t testing.TB, cl *kgo.Client, partitions int32) {
	t.Helper()
	if _, err := kadm.NewClient(cl).CreateTopic(t.Context(), partitions, 1, nil, "ticks"); err != nil {
		t.Fatal(err)
	}
}

// produce sends records with these values to partition 0.
func produce(t testing.TB, cl *kgo.Client, values ...string) error {
	t.Helper()
	var rs []*kgo.Record
	for _, v := range values {
		rs = append(rs, &kgo.Record{Value: []byte(v)})
	}
	return cl.ProduceSync(t.Context(), rs...).FirstErr()
}

// consume reads a partition from its start to its end.
func consume(t testing.TB, addr string) []*kgo.Record {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.ConsumeTopics("ticks"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	ends, err := kadm.NewClient(cl).ListEndOffsets(t.Context(), "ticks")
	if err != nil {
		t.Fatal(err)
	}
	left := map[int32]bool{}
	ends.Each(func(o kadm.ListedOffset) {
		if o.Offset > 0 {
			left[o.Partition] = true
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out []*kgo.Record
	for len(left) > 0 {
		fetches := cl.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			out = append(out, r)
			if end, _ := ends.Lookup("ticks", r.Partition); r.Offset == end.Offset-1 {
				delete(left, r.Partition)
			}
		})
	}
	return out
}

func TestRecordsAndIdentityOutliveACleanStop(t *testing.T) {
	dir := t.TempDir()
	var cluster, topic string
	for round := range 3 {
		s := open(t, dir, nil)
		cl := newClient(t, s.Addr())
		if round == 0 {
			createTopic(t, cl, 1)
		}
		if err := produce(t, cl, fmt.Sprint(round)); err != nil {
			t.Fatal(err)
		}
		meta, err := kadm.NewClient(cl).Metadata(t.Context(), "ticks")
		if err != nil {
			t.Fatal(err)
		}
		if len(meta.Brokers) != 1 || meta.Brokers[0].Host+":"+strconv.Itoa(int(meta.Brokers[0].Port)) != s.Addr() {
			t.Errorf("brokers are %v, the address is %s", meta.Brokers, s.Addr())
		}
		if round > 0 && (meta.Cluster != cluster || meta.Topics["ticks"].ID.String() != topic) {
			t.Errorf("cluster %s and topic %s became %s and %s", cluster, topic, meta.Cluster, meta.Topics["ticks"].ID)
		}
		cluster, topic = meta.Cluster, meta.Topics["ticks"].ID.String()
		for i, r := range consume(t, s.Addr()) {
			if string(r.Value) != fmt.Sprint(i) || r.Offset != int64(i) {
				t.Errorf("record %d is %q at %d", i, r.Value, r.Offset)
			}
		}
		cl.Close()
		for range 2 {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if cluster == "" || cluster == "kfake" {
		t.Errorf("the cluster is called %q", cluster)
	}
}

func TestOpenRefusesWhatCannotWork(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	taken := open(t, filepath.Join(dir, "taken"), nil)
	for name, tt := range map[string]struct {
		cfg  Config
		want string
	}{
		"relative":         {Config{Dir: "data"}, "not an absolute path"},
		"file":             {Config{Dir: file, Listen: "127.0.0.1:0"}, "not a directory"},
		"every interface":  {Config{Dir: dir, Listen: "0.0.0.0:0"}, "not a loopback address"},
		"a folder in use":  {Config{Dir: filepath.Join(dir, "taken"), Listen: "127.0.0.1:0"}, ErrLocked.Error()},
		"a port in use":    {Config{Dir: filepath.Join(dir, "other"), Listen: taken.Addr()}, "address already in use"},
		"again, port used": {Config{Dir: filepath.Join(dir, "other"), Listen: taken.Addr()}, "address already in use"}, // the lock was given back
	} {
		s, err := Open(t.Context(), tt.cfg)
		if err == nil {
			_ = s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestKillingTheBrokerLosesNoAcknowledgedRecord kills it under load, again and again on one folder.
func TestKillingTheBrokerLosesNoAcknowledgedRecord(t *testing.T) {
	dir := t.TempDir()
	addr := "127.0.0.1:0"
	var mu sync.Mutex // promises may come late
	acked := map[string]bool{}
	for round := range 4 {
		c := startChild(t, dir, addr)
		addr = c.addr
		cl := newClient(t, addr)
		if round == 0 {
			createTopic(t, cl, 2)
		}
		enough := make(chan struct{})
		n := 0
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				value := fmt.Sprintf("%d-%d", round, i)
				cl.Produce(ctx, &kgo.Record{Key: []byte(fmt.Sprint(i % 7)), Value: []byte(value)}, func(_ *kgo.Record, err error) {
					if err != nil {
						return
					}
					mu.Lock()
					defer mu.Unlock()
					acked[value] = true
					if n++; n == 20_000+5_000*round {
						close(enough)
					}
				})
			}
		})
		select {
		case <-enough:
		case <-time.After(time.Minute):
			t.Error("the broker is too slow")
		}
		c.kill()
		cancel()
		wg.Wait()
		cl.Close()
	}
	c := startChild(t, dir, addr)
	next := map[int32]int64{}
	mu.Lock()
	defer mu.Unlock()
	for _, r := range consume(t, c.addr) {
		delete(acked, string(r.Value))
		if r.Offset != next[r.Partition] {
			t.Fatalf("partition %d goes on at %d after %d", r.Partition, r.Offset, next[r.Partition]-1)
		}
		next[r.Partition]++
	}
	if len(acked) > 0 {
		t.Errorf("%d acknowledged records are lost", len(acked))
	}
}

func TestAProducerThatOutlivesAnUncleanStopIsFenced(t *testing.T) {
	dir := t.TempDir()
	c := startChild(t, dir, "127.0.0.1:0")
	cl := newClient(t, c.addr)
	createTopic(t, cl, 1)
	if err := produce(t, cl, "a"); err != nil {
		t.Fatal(err)
	}
	c.kill()
	c = startChild(t, dir, c.addr)
	err := produce(t, cl, "b")
	if !errors.Is(err, kerr.ProducerFenced) {
		t.Errorf("it got %v", err)
	}
	// One without the option that stops it at data loss must not renumber and send again either.
	if err := produce(t, newClient(t, c.addr), "c", "d"); err != nil {
		t.Errorf("a producer of after the start: %v", err)
	}
	if err := produce(t, newClient(t, c.addr, kgo.DisableIdempotentWrite()), "e"); err != nil {
		t.Errorf("one without an id: %v", err)
	}
	var got []string
	for _, r := range consume(t, c.addr) {
		got = append(got, string(r.Value))
	}
	if strings.Join(got, "") != "acde" {
		t.Errorf("the log holds %q", got)
	}
}

// TestNoDoubleAfterUncleanStopsUnderLoad has a producer that lives on while the broker is killed: what it
// was told to have failed may be there or not, but nothing is there twice.
func TestNoDoubleAfterUncleanStopsUnderLoad(t *testing.T) {
	dir := t.TempDir()
	c := startChild(t, dir, "127.0.0.1:0")
	cl := newClient(t, c.addr)
	createTopic(t, cl, 1)
	for round := range 4 {
		cl := newClient(t, c.addr, kgo.ProducerLinger(0), kgo.MetadataMinAge(20*time.Millisecond),
			kgo.RetryBackoffFn(func(int) time.Duration { return 20 * time.Millisecond }))
		var failed atomic.Int64
		var acks atomic.Int64
		enough, done := make(chan struct{}), make(chan struct{})
		var once, onceDone sync.Once
		var wg sync.WaitGroup
		ctx, cancel := context.WithCancel(t.Context())
		wg.Go(func() {
			for i := 0; ctx.Err() == nil && failed.Load() == 0; i++ {
				cl.Produce(ctx, &kgo.Record{Value: []byte(fmt.Sprintf("%d-%d", round, i))}, func(_ *kgo.Record, err error) {
					if err != nil {
						failed.Add(1)
						onceDone.Do(func() { close(done) })
					} else if acks.Add(1) == 5000 {
						once.Do(func() { close(enough) })
					}
				})
			}
		})
		select {
		case <-enough:
		case <-time.After(time.Minute):
			t.Fatal("the broker is too slow")
		}
		c.kill()
		c = startChild(t, dir, c.addr)
		select {
		case <-done: // fenced
		case <-time.After(time.Minute):
			t.Error("the producer goes on")
		}
		cancel()
		wg.Wait()
		cl.Close()
	}
	seen := map[string]bool{}
	doubles := 0
	for _, r := range consume(t, c.addr) {
		if seen[string(r.Value)] {
			doubles++
		}
		seen[string(r.Value)] = true
	}
	if doubles > 0 {
		t.Errorf("%d of %d records are there twice", doubles, len(seen))
	}
}

func TestAProducerThatOutlivesACleanStopGoesOn(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, nil)
	addr := s.Addr()
	cl := newClient(t, addr)
	createTopic(t, cl, 1)
	if err := produce(t, cl, "a"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir, func(c *Config) { c.Listen = addr })
	if err := produce(t, cl, "b"); err != nil {
		t.Error(err)
	}
	if got := consume(t, addr); len(got) != 2 {
		t.Errorf("%d records", len(got))
	}
}

func TestAFullDiskRefusesProducingUntilThereIsRoom(t *testing.T) {
	s := open(t, t.TempDir(), nil)
	cl := newClient(t, s.Addr())
	createTopic(t, cl, 1)
	setFull := func(full bool) {
		s.guard.mu.Lock()
		defer s.guard.mu.Unlock()
		s.guard.full, s.guard.checked = full, time.Now().Add(time.Hour)
	}
	setFull(true)
	result := make(chan error, 1)
	refused := make(chan struct{})
	go func() {
		<-refused
		setFull(false)
	}()
	// The hook hears of the first answer.
	hook := &answerHook{refused: refused}
	producer := newClient(t, s.Addr(), kgo.WithHooks(hook), kgo.RetryBackoffFn(func(int) time.Duration { return 10 * time.Millisecond }),
		kgo.MetadataMinAge(10*time.Millisecond))
	go func() { result <- produce(t, producer, "a") }()
	if err := <-result; err != nil {
		t.Errorf("the record that waited: %v", err)
	}
	if got := consume(t, s.Addr()); len(got) != 1 {
		t.Errorf("%d records", len(got))
	}
}

type answerHook struct {
	refused chan struct{}
	once    sync.Once
}

func (h *answerHook) OnBrokerRead(_ kgo.BrokerMetadata, key int16, _ int, _, _ time.Duration, _ error) {
	if key == 0 {
		h.once.Do(func() { close(h.refused) })
	}
}

func TestTheBrokerDoesNotTellWhatItCannotDo(t *testing.T) {
	s := open(t, t.TempDir(), nil)
	versions, err := kadm.NewClient(newClient(t, s.Addr())).ApiVersions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	advertised := 0
	versions.Each(func(v kadm.BrokerApiVersions) {
		v.EachKeySorted(func(key, _, highest int16) {
			advertised++
			if most, ok := served[key]; !ok || highest > most {
				t.Errorf("key %d is advertised up to %d", key, highest)
			}
		})
	})
	if advertised != len(served) {
		t.Errorf("%d keys are advertised, %d are served", advertised, len(served))
	}
}
