package stream

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const topic = "ticks"

// start runs a broker with one topic of two partitions.
func start(t *testing.T, opts ...kfake.Opt) (*kfake.Cluster, Cluster) {
	t.Helper()
	opts = append([]kfake.Opt{kfake.NumBrokers(1), kfake.SeedTopics(2, topic)}, opts...)
	broker, err := kfake.NewCluster(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Close)
	return broker, Cluster{Brokers: broker.ListenAddrs()}
}

func deadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func producer(t *testing.T, c Cluster, cfg ProducerConfig) *Producer {
	t.Helper()
	if cfg.Topic == "" {
		cfg.Topic = topic
	}
	p, err := OpenProducer(c, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// fill produces n records with values 0, 1, … to a partition.
func fill(t *testing.T, c Cluster, partition int32, n int) {
	t.Helper()
	p := producer(t, c, ProducerConfig{})
	for i := range n {
		if err := p.Produce(deadline(t), &kgo.Record{Partition: partition, Value: fmt.Append(nil, i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Flush(deadline(t)); err != nil {
		t.Fatal(err)
	}
	p.Close()
}

// read returns the values of a range.
func read(t *testing.T, c Cluster, partition int32, from, to int64) (values []string) {
	t.Helper()
	r := reader(t, c)
	err := r.Read(deadline(t), topic, partition, from, to, func(records []*kgo.Record) error {
		for _, rec := range records {
			if !rec.Attrs.IsControl() {
				values = append(values, string(rec.Value))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return values
}

func reader(t *testing.T, c Cluster) *Reader {
	t.Helper()
	r, err := OpenReader(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func topics(t *testing.T, c Cluster) *Topics {
	t.Helper()
	ts, err := OpenTopics(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ts.Close)
	return ts
}
