// Package stream is the seam to Kafka: topics, a producer, a group consumer and a reader of ranges.
//
// The lake knows how far it has come, so nothing here rests on Kafka's own memory of a consumer: positions are given by
// whoever reads, and a position that the log no longer has is an error, never a jump.
package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Cluster says how to reach Kafka.
type Cluster struct {
	Brokers  []string // host:port, at least one
	ClientID string   // as brokers log it; "ticklake" if empty
	Security Security
	// Dial opens a connection, which TLS may then go over; nil is TCP.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Options are added to every client: whatever else a deployment needs.
	Options []kgo.Opt
	Log     *slog.Logger // nil discards
}

// dialTimeout bounds how long one connection may take to open; it is less than firstContact.
const dialTimeout = 8 * time.Second

func (c Cluster) client(opts ...kgo.Opt) (*kgo.Client, error) {
	if len(c.Brokers) == 0 {
		return nil, errors.New("no Kafka brokers are named; hint: --kafka HOST:9092")
	}
	id := c.ClientID
	if id == "" {
		id = "ticklake"
	}
	all, err := c.Security.options()
	if err != nil {
		return nil, err
	}
	dial, err := c.dialer()
	if err != nil {
		return nil, err
	}
	all = append(all,
		kgo.SeedBrokers(c.Brokers...),
		kgo.ClientID(id),
		kgo.Dialer(dial),
		kgo.MetadataMinAge(250*time.Millisecond),
		kgo.RetryBackoffFn(backoff),
	)
	if c.Log != nil {
		all = append(all, kgo.WithLogger(clientLog{c.Log}))
	}
	all = append(all, c.Options...)
	client, err := kgo.NewClient(append(all, opts...)...)
	if err != nil {
		return nil, fmt.Errorf("open a Kafka client of %v: %w", c.Brokers, err)
	}
	return client, nil
}

// backoff is how long the client waits before it asks again; most of what goes wrong is over within a second.
func backoff(tries int) time.Duration {
	d := min(25*time.Millisecond<<min(tries, 10), time.Second)
	return d/2 + rand.N(d)
}

// clientLog gives the library's messages to slog, for whoever asks what happens. What must be told comes as an error, an
// event or a state of this package's own, once and in a sentence; the library tells each try.
type clientLog struct{ log *slog.Logger }

func (l clientLog) Level() kgo.LogLevel {
	ctx := context.Background()
	switch {
	case l.log.Enabled(ctx, slog.LevelDebug):
		return kgo.LogLevelInfo
	case l.log.Enabled(ctx, slog.LevelInfo):
		return kgo.LogLevelWarn
	}
	return kgo.LogLevelNone
}

func (l clientLog) Log(level kgo.LogLevel, msg string, keyvals ...any) {
	to := slog.LevelDebug
	if level <= kgo.LogLevelWarn {
		to = slog.LevelInfo
	}
	l.log.Log(context.Background(), to, "kafka client: "+msg, keyvals...)
}
