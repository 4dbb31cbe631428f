package stream

import "github.com/twmb/franz-go/pkg/kgo"

// Partitioner chooses partitions as Kafka's default does for records with a key (murmur2), so that this program's
// records and those of any other client with the same key meet. It is for one goroutine.
type Partitioner struct {
	of    kgo.TopicPartitioner
	count int
	rec   kgo.Record
}

// NewPartitioner chooses among count partitions, at least 1.
func NewPartitioner(count int32) *Partitioner {
	return &Partitioner{of: kgo.StickyKeyPartitioner(nil).ForTopic(""), count: int(count)}
}

// Partition returns the partition of key, which must not be nil.
func (p *Partitioner) Partition(key []byte) int32 {
	p.rec.Key = key
	return int32(p.of.Partition(&p.rec, p.count))
}
