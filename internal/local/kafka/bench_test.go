package kafka

import (
	"bytes"
	"net"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// BenchmarkProduce is one client with idempotence and acks=all, 150-byte records over 2 partitions.
func BenchmarkProduce(b *testing.B) {
	bare := func(b *testing.B, opts ...kfake.Opt) string {
		c, err := kfake.NewCluster(append(opts, kfake.NumBrokers(1), kfake.DataDir(b.TempDir()), kfake.ListenFn(net.Listen))...)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(c.Close)
		return c.ListenAddrs()[0]
	}
	for _, tt := range []struct {
		name string
		addr func(b *testing.B) string
	}{
		{"bare/lazy", func(b *testing.B) string { return bare(b) }},
		{"bare/sync", func(b *testing.B) string { return bare(b, kfake.SyncWrites()) }},
		{"guarded/lazy", func(b *testing.B) string {
			return open(b, b.TempDir(), func(c *Config) { c.Lazy = true }).Addr()
		}},
		{"guarded/sync", func(b *testing.B) string { return open(b, b.TempDir(), nil).Addr() }},
	} {
		b.Run(tt.name, func(b *testing.B) {
			cl := newClient(b, tt.addr(b), kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.MaxBufferedRecords(100_000))
			if _, err := kadm.NewClient(cl).CreateTopic(b.Context(), 2, 1, nil, "ticks"); err != nil {
				b.Fatal(err)
			}
			value := bytes.Repeat([]byte("x"), 150)
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				cl.Produce(b.Context(), &kgo.Record{Value: value}, func(_ *kgo.Record, err error) {
					if err != nil {
						b.Error(err)
					}
				})
			}
			if err := cl.Flush(b.Context()); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
