package kafka

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// request is a frame as a client sends it.
func request(r kmsg.Request) []byte {
	return new(kmsg.RequestFormatter).AppendRequest(nil, r, 7)
}

func rawFrame(size uint32, key, version int16, rest string) []byte {
	p := binary.BigEndian.AppendUint32(nil, size)
	p = binary.BigEndian.AppendUint16(p, uint16(key))
	p = binary.BigEndian.AppendUint16(p, uint16(version))
	return append(p, rest...)
}

func apiVersions() []byte {
	r := kmsg.NewPtrApiVersionsRequest()
	r.ClientSoftwareName, r.ClientSoftwareVersion = "test", "1"
	r.SetVersion(3)
	return request(r)
}

// alive proves that the broker still serves.
func alive(t *testing.T, s *Server, cl *kgo.Client) {
	t.Helper()
	if err := produce(t, cl, "alive"); err != nil {
		t.Errorf("the broker at %s: %v", s.Addr(), err)
	}
}

func TestHostileBytesCutOffTheirSenderAlone(t *testing.T) {
	s := open(t, t.TempDir(), nil)
	cl := newClient(t, s.Addr())
	createTopic(t, cl, 1)
	truncated := apiVersions()
	for name, p := range map[string][]byte{
		"nothing":                   nil,
		"HTTP":                      []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
		"a TLS hello":               append([]byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), make([]byte, 500)...),
		"the largest length":        rawFrame(0xffffffff, 18, 3, "\x00\x00\x00\x00"),
		"a length of 2 GiB":         rawFrame(1<<31, 0, 9, "\x00\x00\x00\x00"),
		"a length of 0":             rawFrame(0, 18, 0, "\x00\x00\x00\x00"),
		"a length of 7":             rawFrame(7, 18, 0, "\x00\x00\x00\x00"),
		"no client id":              rawFrame(8, 3, 0, "\x00\x00\x00\x00"),
		"an unknown key":            rawFrame(10, 9999, 0, "\x00\x00\x00\x00\xff\xff"),
		"a negative key":            rawFrame(10, -1, 0, "\x00\x00\x00\x00\xff\xff"),
		"a key that is not served":  rawFrame(10, int16(kmsg.AlterClientQuotas), 0, "\x00\x00\x00\x00\xff\xff"),
		"an unknown version":        rawFrame(10, int16(kmsg.Metadata), 99, "\x00\x00\x00\x00\xff\xff"),
		"a negative version":        rawFrame(10, 18, -5, "\x00\x00\x00\x00\xff\xff"),
		"a client id beyond":        rawFrame(10, 3, 0, "\x00\x00\x00\x00\x7f\xff"),
		"a negative client id":      rawFrame(10, 3, 0, "\x00\x00\x00\x00\x80\x00"),
		"endless tags":              rawFrame(15, 18, 3, "\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\x0f"),
		"endless tags in the body":  rawFrame(17, 18, 3, "\x00\x00\x00\x00\xff\xff\x00\x02a\x02b\xff\xff\xff\xff\x0f")[:21],
		"a truncated frame":         truncated[:len(truncated)-3],
		"an array beyond the frame": rawFrame(14, 3, 0, "\x00\x00\x00\x00\xff\xff\x7f\xff\xff\xff"),
		"a large first frame":       rawFrame(1<<20, 3, 0, "\x00\x00\x00\x00"+strings.Repeat("\x00", 1000)),
		"noise":                     bytes.Repeat([]byte{0xde, 0xad, 0xbe, 0xef}, 1000),
	} {
		conn := dial(t, s)
		_, _ = conn.Write(p) // the broker may hang up in the middle
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil && !errors.Is(err, net.ErrClosed) && !strings.Contains(err.Error(), "not connected") {
			t.Fatal(err)
		}
		reply, _ := io.ReadAll(conn)
		if len(reply) > 0 {
			t.Errorf("%s was answered by %d bytes", name, len(reply))
		}
	}
	alive(t, s, cl)
}

func dial(t *testing.T, s *Server) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func readFrame(t *testing.T, conn net.Conn) []byte {
	t.Helper()
	var size [4]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		t.Fatal(err)
	}
	p := make([]byte, binary.BigEndian.Uint32(size[:]))
	if _, err := io.ReadFull(conn, p); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAnAnnouncedLengthCostsNothing(t *testing.T) {
	s := open(t, t.TempDir(), nil)
	cl := newClient(t, s.Addr())
	createTopic(t, cl, 1)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range 200 {
		conn := dial(t, s)
		if _, err := conn.Write(apiVersions()); err != nil {
			t.Fatal(err)
		}
		readFrame(t, conn)
		// It speaks Kafka now, announces the largest frame and sends little of it.
		if _, err := conn.Write(rawFrame(maxProduce, int16(kmsg.Produce), 9, "\x00\x00\x00\x00"+strings.Repeat("\x00", 10_000))); err != nil {
			t.Fatal(err)
		}
	}
	alive(t, s, cl)
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapInuse) - int64(before.HeapInuse); grown > 64<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
}

func TestAFrameThatIsTooLargeIsCutOff(t *testing.T) {
	s := open(t, t.TempDir(), nil)
	for key, limit := range map[kmsg.Key]uint32{kmsg.Produce: maxProduce, kmsg.Metadata: maxOther} {
		conn := dial(t, s)
		if _, err := conn.Write(apiVersions()); err != nil {
			t.Fatal(err)
		}
		readFrame(t, conn)
		if _, err := conn.Write(rawFrame(limit+1, int16(key), 3, "\x00\x00\x00\x00")); err != nil {
			t.Fatal(err)
		}
		if n, err := conn.Read(make([]byte, 1)); err == nil {
			t.Errorf("key %d: %d bytes were answered", key, n)
		}
	}
}

func TestRecordsCannotBeDeletedFromOutside(t *testing.T) {
	s := open(t, t.TempDir(), nil)
	cl := newClient(t, s.Addr())
	createTopic(t, cl, 1)
	if err := produce(t, cl, "a", "b"); err != nil {
		t.Fatal(err)
	}
	var offsets kadm.Offsets
	offsets.AddOffset("ticks", 0, -1, -1)
	res, err := kadm.NewClient(cl).DeleteRecords(t.Context(), offsets)
	if err == nil {
		err = res.Error()
	}
	if !errors.Is(err, kerr.PolicyViolation) {
		t.Errorf("deleting returned %v", err)
	}
	if got := consume(t, s.Addr()); len(got) != 2 {
		t.Errorf("%d records are left", len(got))
	}
}

func TestTopicsAreBounded(t *testing.T) {
	s := open(t, t.TempDir(), nil)
	cl := newClient(t, s.Addr())
	adm := kadm.NewClient(cl)
	if _, err := adm.CreateTopic(t.Context(), 2_000_000_000, 1, nil, "vast"); !errors.Is(err, kerr.InvalidPartitions) {
		t.Errorf("creating a vast topic returned %v", err)
	}
	createTopic(t, cl, 1)
	res, err := adm.CreatePartitions(t.Context(), 1_000_000, "ticks")
	if err == nil {
		err = res.Error()
	}
	if !errors.Is(err, kerr.InvalidPartitions) {
		t.Errorf("adding partitions returned %v", err)
	}
	for _, name := range []string{"../../escape", "a/b", "", "..", ".", "nul\x00", strings.Repeat("x", 300)} {
		if _, err := adm.CreateTopic(t.Context(), 1, 1, nil, name); !errors.Is(err, kerr.InvalidTopicException) {
			t.Errorf("creating topic %q returned %v", name, err)
		}
	}
	alive(t, s, cl)
}

func TestAFetchIsClamped(t *testing.T) {
	for _, version := range []int16{4, 7, 11, 12, 15, 17} {
		for want, most := range map[int32]int32{1000: 1000, mostFetch: 1<<31 - 1, mostFetch - 1: mostFetch - 1} {
			r := kmsg.NewPtrFetchRequest()
			r.SetVersion(version)
			r.MaxBytes = most
			frame := request(r)[4:]
			h, body, err := parseHeader(frame)
			if err != nil {
				t.Fatal(err)
			}
			clampFetch(h.version, body, mostFetch)
			got := kmsg.NewPtrFetchRequest()
			got.SetVersion(version)
			if err := got.ReadFrom(body); err != nil || got.MaxBytes != want {
				t.Errorf("version %d: %d became %d, %v", version, most, got.MaxBytes, err)
			}
		}
	}
}

func produceRequest(version int16, topics, partitions int, batch []byte) *kmsg.ProduceRequest {
	r := kmsg.NewPtrProduceRequest()
	r.SetVersion(version)
	r.Acks = -1
	for i := range topics {
		rt := kmsg.NewProduceRequestTopic()
		rt.Topic = fmt.Sprint("t", i)
		for p := range partitions {
			rp := kmsg.NewProduceRequestTopicPartition()
			rp.Partition, rp.Records = int32(p), batch
			rt.Partitions = append(rt.Partitions, rp)
		}
		r.Topics = append(r.Topics, rt)
	}
	return r
}

func TestWalkProduceFindsEveryProducer(t *testing.T) {
	batch := kmsg.NewRecordBatch()
	batch.ProducerID = 77
	encoded := batch.AppendTo(nil)
	for version := int16(3); version <= 13; version++ {
		_, body, err := parseHeader(request(produceRequest(version, 3, 2, encoded))[4:])
		if err != nil {
			t.Fatal(err)
		}
		p, err := walkProduce(version, body)
		if err != nil || p.acks != -1 || len(p.producers) != 6 || p.producers[5] != 77 {
			t.Errorf("version %d: %+v, %v", version, p, err)
		}
	}
	_, body, err := parseHeader(request(produceRequest(9, 200, 100, nil))[4:])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := walkProduce(9, body); err == nil {
		t.Error("20,000 partitions in one request were taken")
	}
}

func TestANewerClientIsToldWhatThereIs(t *testing.T) {
	s := open(t, t.TempDir(), nil)
	conn := dial(t, s)
	p := apiVersions()
	binary.BigEndian.PutUint16(p[6:], 99)
	if _, err := conn.Write(p); err != nil {
		t.Fatal(err)
	}
	resp := kmsg.NewPtrApiVersionsResponse() // version 0
	if err := resp.ReadFrom(readFrame(t, conn)[4:]); err != nil || resp.ErrorCode != kerr.UnsupportedVersion.Code || resp.ApiKeys[0].MaxVersion != 5 {
		t.Errorf("it got %+v, %v", resp, err)
	}
	if _, err := conn.Write(apiVersions()); err != nil {
		t.Fatal(err)
	}
	readFrame(t, conn)
}

// TestMutatedRequestsDoNotStopTheBroker bends well-formed requests of every key that is served.
func TestMutatedRequestsDoNotStopTheBroker(t *testing.T) {
	s := open(t, t.TempDir(), func(c *Config) { c.Lazy = true })
	cl := newClient(t, s.Addr())
	createTopic(t, cl, 1)
	rng := rand.New(rand.NewPCG(1, 2))
	for key, highest := range served {
		for i := range 40 {
			req := kmsg.RequestForKey(key)
			req.SetVersion(min(highest, 20) - int16(i)%(min(highest, 20)+1))
			if d, ok := req.(interface{ Default() }); ok {
				d.Default()
			}
			p := request(req)
			for range rng.IntN(4) {
				if len(p) > 12 {
					p[12+rng.IntN(len(p)-12)] = byte(rng.Uint32())
				}
			}
			conn, err := net.Dial("tcp", s.Addr())
			if err != nil {
				t.Fatal(err)
			}
			_, _ = conn.Write(apiVersions())
			_, _ = conn.Write(p)
			_ = conn.(*net.TCPConn).CloseWrite()
			_ = conn.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
			_, _ = io.Copy(io.Discard, conn)
			_ = conn.Close()
		}
	}
	alive(t, s, cl)
}

func FuzzFrame(f *testing.F) {
	f.Add(apiVersions()[4:])
	f.Add(request(produceRequest(9, 2, 2, make([]byte, 100)))[4:])
	f.Add(request(produceRequest(3, 1, 1, nil))[4:])
	for key := range served {
		req := kmsg.RequestForKey(key)
		f.Add(request(req)[4:])
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		if len(frame) < 8 {
			return
		}
		if checkKey(int16(binary.BigEndian.Uint16(frame)), int16(binary.BigEndian.Uint16(frame[2:]))) != nil {
			return
		}
		h, body, err := parseHeader(frame)
		if err != nil {
			return
		}
		switch kmsg.Key(h.key) {
		case kmsg.Produce:
			p, err := walkProduce(h.version, body)
			req := kmsg.NewPtrProduceRequest()
			req.SetVersion(h.version)
			if err == nil && h.version >= 3 {
				// What the walk lets through is a request, with as many batches as it says.
				if rerr := req.ReadFrom(body); rerr != nil {
					t.Errorf("kmsg refuses what the walk takes: %v", rerr)
				}
				n := 0
				for _, rt := range req.Topics {
					for _, rp := range rt.Partitions {
						if _, ok := producerOf(rp.Records); ok {
							n++
						}
					}
				}
				if n != len(p.producers) {
					t.Errorf("%d batches, the walk saw %d", n, len(p.producers))
				}
			}
		case kmsg.ApiVersions, kmsg.Metadata, kmsg.InitProducerID, kmsg.DescribeCluster:
			if !h.flexible || h.version > served[h.key] || walkFlexible(h, body) != nil {
				return
			}
			req := kmsg.RequestForKey(h.key)
			req.SetVersion(h.version)
			if err := req.ReadFrom(body); err != nil {
				t.Errorf("kmsg refuses what the walk takes: %v", err)
			}
		case kmsg.Fetch:
			clampFetch(h.version, body, mostFetch)
		case kmsg.DeleteRecords, kmsg.CreateTopics, kmsg.CreatePartitions:
			if resp, err := refuseTopics(h, body, func(int) bool { return true }); err == nil && resp != nil {
				encode(h.correlation, resp)
			}
		}
	})
}
