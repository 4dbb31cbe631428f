package kafka

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// hungUp waits until the broker has closed a connection, and returns when.
func hungUp(t *testing.T, conn net.Conn) time.Duration {
	t.Helper()
	began := time.Now()
	_, err := io.Copy(io.Discard, conn)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal("the broker does not hang up")
	}
	return time.Since(began)
}

// drip sends a byte now and then until the connection ends.
func drip(conn net.Conn, every time.Duration) (stop func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for range tick.C {
			if _, err := conn.Write([]byte{0}); err != nil {
				return
			}
		}
	}()
	return func() { _ = conn.Close(); <-done }
}

func TestASlowSenderIsCutOffInTime(t *testing.T) {
	quick := patience{first: 400 * time.Millisecond, idle: 900 * time.Millisecond, stall: 300 * time.Millisecond, frame: 600 * time.Millisecond, slowest: 1 << 30}
	open := func(t *testing.T, change func(*Config)) *Server {
		return open(t, t.TempDir(), func(c *Config) {
			c.patience = quick
			if change != nil {
				change(c)
			}
		})
	}
	speaks := func(t *testing.T, conn net.Conn) {
		if _, err := conn.Write(apiVersions()); err != nil {
			t.Fatal(err)
		}
		readFrame(t, conn)
	}
	frame := rawFrame(1<<20, int16(kmsg.Produce), 9, "\x00\x00\x00\x00")
	for _, tt := range []struct {
		name   string
		change func(*Config)
		do     func(*testing.T, net.Conn) (stop func())
		within time.Duration
	}{
		{"says nothing", nil, func(*testing.T, net.Conn) func() { return nil }, quick.first},
		{"drips its first frame", nil, func(_ *testing.T, c net.Conn) func() { return drip(c, 20*time.Millisecond) }, quick.first},
		{"speaks and is silent", nil, func(t *testing.T, c net.Conn) func() { speaks(t, c); return nil }, quick.idle},
		{"stalls within a frame", nil, func(t *testing.T, c net.Conn) func() {
			speaks(t, c)
			_, _ = c.Write(frame)
			return nil
		}, quick.stall},
		{"stalls within a header", nil, func(t *testing.T, c net.Conn) func() {
			speaks(t, c)
			_, _ = c.Write(frame[:6])
			return nil
		}, quick.stall},
		{"drips a frame", nil, func(t *testing.T, c net.Conn) func() {
			speaks(t, c)
			_, _ = c.Write(frame)
			return drip(c, 20*time.Millisecond)
		}, quick.frame},
		{"speaks and does not log in", locked, func(t *testing.T, c net.Conn) func() { speaks(t, c); return nil }, quick.first},
		{"asks what there is and does not log in", locked, func(t *testing.T, c net.Conn) func() {
			done := make(chan struct{})
			go func() {
				defer close(done)
				for {
					if _, err := c.Write(apiVersions()); err != nil {
						return
					}
				}
			}()
			return func() { _ = c.Close(); <-done }
		}, quick.first},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			conn := dial(t, open(t, tt.change))
			stop := tt.do(t, conn)
			took := hungUp(t, conn)
			if stop != nil {
				stop()
			}
			t.Logf("cut off after %v, %v is allowed", took.Round(time.Millisecond), tt.within)
			if took > tt.within+2*time.Second {
				t.Errorf("it is cut off after %v", took)
			}
		})
	}
}

// heap is what lives in memory.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// TestTenThousandConnectionsKeepNobodyOut opens them and keeps them: first those of strangers, then of what speaks Kafka.
func TestTenThousandConnectionsKeepNobodyOut(t *testing.T) {
	n := 10_000
	if testing.Short() {
		n = 2_000
	}
	s := open(t, t.TempDir(), func(c *Config) { c.Logger = nil })
	cl := newClient(t, s.Addr())
	createTopic(t, cl, 1)
	before, goroutines := heap(), runtime.NumGoroutine()
	conns := make([]net.Conn, n)
	for i := range conns {
		conns[i] = dial(t, s)
	}
	fresh := newClient(t, s.Addr())
	alive(t, s, fresh)
	s.guard.crowd.mu.Lock()
	open := len(s.guard.crowd.open)
	s.guard.crowd.mu.Unlock()
	grown, more := heap()-before, runtime.NumGoroutine()-goroutines
	t.Logf("%d connections: %d are open, %d KiB and %d goroutines more", n, open, grown>>10, more)
	if open > maxConnections || grown > 64<<20 || more > 8*maxConnections {
		t.Errorf("too much")
	}
	for _, c := range conns {
		_ = c.Close()
	}

	// As many that speak Kafka may be open; who comes then is refused, until one leaves.
	clients := make([]net.Conn, 0, maxConnections)
	for len(clients) < maxConnections {
		c, err := net.Dial("tcp", s.Addr())
		if err != nil {
			t.Fatal(err)
		}
		_ = c.SetDeadline(time.Now().Add(20 * time.Second))
		_, _ = c.Write(apiVersions())
		if _, err := io.ReadFull(c, make([]byte, 4)); err != nil {
			_ = c.Close()
			break
		}
		clients = append(clients, c)
	}
	refused := dial(t, s)
	_, _ = refused.Write(apiVersions())
	if took := hungUp(t, refused); took > 2*time.Second {
		t.Errorf("one too many is refused after %v", took)
	}
	alive(t, s, fresh)
	if len(clients) < maxConnections-20 {
		t.Errorf("only %d clients got in", len(clients))
	}
	for _, c := range clients {
		_ = c.Close()
	}
	latest := newClient(t, s.Addr(), kgo.RetryTimeout(20*time.Second), kgo.RetryBackoffFn(func(int) time.Duration { return 20 * time.Millisecond }))
	alive(t, s, latest)
}

// TestWhoIsSilentForLongMakesRoom has the oldest client give way to a new one.
func TestWhoIsSilentForLongMakesRoom(t *testing.T) {
	w := newCrowd(open(t, t.TempDir(), nil).guard.log)
	g := &guard{crowd: w}
	pipe := func() *conn {
		ours, theirs := net.Pipe()
		t.Cleanup(func() { _ = ours.Close() })
		return newConn(g, theirs)
	}
	var conns []*conn
	for i := range maxConnections {
		c := pipe()
		c.proven.Store(true)
		c.heard.Store(time.Now().Add(-time.Duration(i) * time.Second).UnixNano())
		if !w.enter(c) {
			t.Fatal("there is room")
		}
		conns = append(conns, c)
	}
	for i := maxConnections - 1; i > maxConnections-4; i-- {
		c := pipe()
		c.proven.Store(true)
		c.heard.Store(time.Now().UnixNano())
		if !w.enter(c) {
			t.Fatal("nobody makes room")
		}
		if _, err := conns[i].Conn.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("connection %d: %v", i, err)
		}
	}
	for _, c := range conns {
		c.heard.Store(time.Now().UnixNano())
	}
	for c := range w.open {
		c.heard.Store(time.Now().UnixNano())
	}
	if w.enter(pipe()) {
		t.Error("one got in where nobody is silent")
	}
}

func TestAnswersThatNobodyTakesDoNotPileUp(t *testing.T) {
	s := open(t, t.TempDir(), func(c *Config) { c.Lazy = true })
	s.guard.crowd.slow = 50 * time.Millisecond
	cl := newClient(t, s.Addr(), kgo.ProducerBatchCompression(kgo.NoCompression()))
	createTopic(t, cl, 1)
	big := strings.Repeat("x", 900_000)
	for range 32 {
		if err := produce(t, cl, big, big); err != nil {
			t.Fatal(err)
		}
	}
	before := heap()
	fetch := kmsg.NewPtrFetchRequest()
	fetch.SetVersion(11)
	fetch.MaxBytes, fetch.MinBytes, fetch.SessionEpoch = 1<<31-1, 1, -1
	ft := kmsg.NewFetchRequestTopic()
	ft.Topic = "ticks"
	fp := kmsg.NewFetchRequestTopicPartition()
	fp.PartitionMaxBytes = 1<<31 - 1
	ft.Partitions = append(ft.Partitions, fp)
	fetch.Topics = append(fetch.Topics, ft)
	ask := request(fetch)
	clients := 300
	if testing.Short() {
		clients = 100 // unbounded they would still hold 800 MiB
	}
	most, largest := int64(0), uint32(0)
	for i := range clients {
		conn := dial(t, s)
		_ = conn.(*net.TCPConn).SetReadBuffer(4 << 10)
		_, _ = conn.Write(apiVersions())
		readFrame(t, conn)
		for range 20 { // what the kernel does not hold the broker has to
			_, _ = conn.Write(ask)
		}
		var size [4]byte
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			t.Fatal(err)
		}
		largest = max(largest, binary.BigEndian.Uint32(size[:]))
		if i%50 == 49 {
			most = max(most, heap()-before)
		}
	}
	alive(t, s, cl)
	t.Logf("%d clients that ask and do not read: %d MiB at most, answers of up to %d KiB", clients, most>>20, largest>>10)
	if most > 700<<20 || largest > mostFetch+2<<20 {
		t.Error("too much")
	}
}

func TestPartitionsAreBoundedInAll(t *testing.T) {
	s := open(t, t.TempDir(), func(c *Config) { c.Lazy = true })
	cl := newClient(t, s.Addr())
	adm := kadm.NewClient(cl)
	s.guard.partitions.mu.Lock()
	s.guard.partitions.most, s.guard.partitions.count = 50, 45
	s.guard.partitions.mu.Unlock()
	for i, want := range []error{nil, nil, nil, nil, kerr.PolicyViolation} { // what is counted too high is counted anew
		if _, err := adm.CreateTopic(t.Context(), 12, 1, nil, fmt.Sprint("topic", i)); !errors.Is(err, want) {
			t.Errorf("topic %d: %v", i, err)
		}
	}
	res, err := adm.CreatePartitions(t.Context(), 20, "topic0")
	if err == nil {
		err = res.Error()
	}
	if !errors.Is(err, kerr.InvalidPartitions) {
		t.Errorf("more partitions: %v", err)
	}
	if _, err := adm.DeleteTopics(t.Context(), "topic0"); err != nil {
		t.Fatal(err)
	}
	if _, err := adm.CreateTopic(t.Context(), 12, 1, nil, "another"); err != nil {
		t.Errorf("a topic in place of another: %v", err)
	}
}
