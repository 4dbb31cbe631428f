package web

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"ticklake/internal/lake"
	kafka "ticklake/internal/stream"
	"ticklake/internal/tick"
)

// broker runs a Kafka with the topic ticks of two partitions.
func broker(t *testing.T, opts ...kfake.Opt) (*kfake.Cluster, *kgo.Client) {
	t.Helper()
	b, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1), kfake.SeedTopics(2, "ticks")}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	client, err := kgo.NewClient(kgo.SeedBrokers(b.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return b, client
}

// send produces values to a partition, with the header of a feed.
func send(t *testing.T, client *kgo.Client, partition int32, feed string, values ...string) {
	t.Helper()
	for _, v := range values {
		r := &kgo.Record{Topic: "ticks", Partition: partition, Value: []byte(v)}
		if feed != "" {
			r.Headers = []kgo.RecordHeader{{Key: tick.HeaderFeed, Value: []byte(feed)}}
		}
		if err := client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

// priced is a record's value.
func priced(symbol string, price int) string {
	return fmt.Sprintf(`{"timestamp":%q,"symbol":%q,"price":%d}`, time.Now().UTC().Format(time.RFC3339Nano), symbol, price)
}

func (f *fixture) has(part string) bool {
	return strings.Contains(string(f.ask(200, "GET", "/symbols", "")), part)
}

func TestTicksOfKafkaAreQuotesAndDeadLettersAreNot(t *testing.T) {
	b, client := broker(t)
	far := fmt.Sprintf(`{"timestamp":%q,"symbol":"FAR","price":1}`, time.Now().Add(2*lake.DefaultMaxAhead).UTC().Format(time.RFC3339))
	send(t, client, 0, "market:v1;seed=1", priced("AAPL", 1), "{", far, priced(strings.Repeat("x", 65), 1), priced("AAPL", 2))
	send(t, client, 1, "market:v1;seed=1", priced("<b>", 7))
	f := serve(t, func(c *Config) { c.Cluster = &kafka.Cluster{Brokers: b.ListenAddrs()} })
	eventually(t, "both partitions are read", func() bool {
		return f.has(`"symbol":"AAPL","price":"2"`) && f.has(`"symbol":"\u003cb\u003e","price":"7"`)
	})
	if f.has(`"FAR"`) || f.has("xxx") || f.has(`"price":"1"`) {
		t.Errorf("dead letters are prices: %s", f.ask(200, "GET", "/symbols", ""))
	}
	if !f.has(`"kind":"simulated"`) {
		t.Errorf("whose ticks they are is not told: %s", f.ask(200, "GET", "/symbols", ""))
	}
	send(t, client, 0, "", priced("AAPL", 3))
	eventually(t, "it is told that the newest tick is nobody's", func() bool { return f.has(`"kind":"other","name":null`) })
}

func TestKafkaThatIsAwayIsSaidAndComesBack(t *testing.T) {
	t.Parallel()
	b, client := broker(t)
	send(t, client, 0, "", priced("AAPL", 1))
	f := serve(t, func(c *Config) { c.Cluster = &kafka.Cluster{Brokers: b.ListenAddrs()} })
	eventually(t, "prices come", func() bool { return f.has(`"price":"1"`) })
	away := func() string { return string(f.ask(200, "GET", "/health", "")) }
	addr := b.ListenAddrs()[0]
	b.Close()
	eventually(t, "it is said", func() bool { return strings.Contains(away(), `"id":"kafka-unreachable"`) })
	h := away()
	for _, want := range []string{"Kafka does not answer", "Nothing is lost", "Prices stand still", "ticklake topics describe", `"word":"paused"`} {
		if !strings.Contains(h, want) {
			t.Errorf("no %q in %s", want, h)
		}
	}
	if !f.has(`"price":"1"`) {
		t.Error("old figures do not stay")
	}
	_, port, _ := strings.Cut(addr, ":")
	var at int
	if _, err := fmt.Sscan(port, &at); err != nil {
		t.Fatal(err)
	}
	// Another one takes its place: its log is another, and shorter.
	again, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.Ports(at), kfake.SeedTopics(2, "ticks"))
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	fresh, err := kgo.NewClient(kgo.SeedBrokers(again.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer fresh.Close()
	send(t, fresh, 0, "", priced("MSFT", 5))
	eventually(t, "its ticks come", func() bool { return f.has(`"symbol":"MSFT"`) && !strings.Contains(away(), "kafka-unreachable") })
}

func TestATopicThatComesLaterIsRead(t *testing.T) {
	t.Parallel()
	b, client := broker(t, kfake.SeedTopics(1, "other"))
	f := serve(t, func(c *Config) { c.Topic, c.Cluster = "late", &kafka.Cluster{Brokers: b.ListenAddrs()} })
	eventually(t, "Kafka is ready", func() bool {
		return strings.Contains(string(f.ask(200, "GET", "/health", "")), `"name":"kafka","state":"nothing","word":"ready"`)
	})
	topics, err := kafka.OpenTopics(kafka.Cluster{Brokers: b.ListenAddrs()})
	if err != nil {
		t.Fatal(err)
	}
	defer topics.Close()
	if _, _, err := topics.EnsureTopic(t.Context(), kafka.Spec{Name: "late", Partitions: 1, Replication: 1, Retention: -1, RetentionBytes: -1}); err != nil {
		t.Fatal(err)
	}
	r := &kgo.Record{Topic: "late", Value: []byte(priced("AAPL", 4))}
	if err := client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "its ticks come", func() bool { return f.has(`"price":"4"`) })
}
