package feed

import (
	"strconv"

	"github.com/twmb/franz-go/pkg/kgo"

	"ticklake/internal/stream"
	"ticklake/internal/tick"
)

// maker makes records of rows. Their memory comes in slabs, since a record must live until it is delivered and most
// are small.
type maker struct {
	feed, count []byte // values of headers that all records share
	partitions  int32
	of          *stream.Partitioner
	since       int64 // 0 where nothing was left out

	bytes   []byte
	records []kgo.Record
	headers []kgo.RecordHeader
}

const slabBytes, slabRecords, mostHeaders = 64 << 10, 256, 7

func newMaker(name string, partitions int) *maker {
	return &maker{
		feed: []byte(name), count: strconv.AppendInt(nil, int64(partitions), 10),
		partitions: int32(partitions), of: stream.NewPartitioner(int32(partitions)),
	}
}

// partition is that of Kafka's default for rows with a key. A row without one goes round by its position, so that it
// has the same partition whenever it is sent.
func (m *maker) partition(row *Row) int32 {
	if len(row.Key) == 0 {
		return int32(row.Position % int64(m.partitions))
	}
	return m.of.Partition(row.Key)
}

func (m *maker) record(row *Row, partition int32) *kgo.Record {
	if len(m.records) == 0 {
		m.records = make([]kgo.Record, slabRecords)
	}
	r := &m.records[0]
	m.records = m.records[1:]
	r.Partition = partition
	if len(row.Key) > 0 {
		r.Key = m.copy(row.Key)
	}
	r.Value = m.copy(row.Value)
	if len(m.headers) < mostHeaders {
		m.headers = make([]kgo.RecordHeader, slabRecords*4)
	}
	var position [20]byte
	h := append(m.headers[:0:mostHeaders],
		kgo.RecordHeader{Key: tick.HeaderFeed, Value: m.feed},
		kgo.RecordHeader{Key: tick.HeaderPosition, Value: m.copy(strconv.AppendInt(position[:0], row.Position, 10))},
		kgo.RecordHeader{Key: tick.HeaderPartitions, Value: m.count},
	)
	if m.since > 0 {
		h = append(h, kgo.RecordHeader{Key: tick.HeaderSince, Value: strconv.AppendInt(nil, m.since, 10)})
	}
	if row.Bad != nil {
		h = append(h,
			kgo.RecordHeader{Key: tick.HeaderFile, Value: []byte(row.Bad.File)},
			kgo.RecordHeader{Key: tick.HeaderLine, Value: strconv.AppendInt(nil, row.Bad.Line, 10)},
			kgo.RecordHeader{Key: tick.HeaderReason, Value: []byte(row.Bad.header())},
		)
	}
	m.headers = m.headers[len(h):]
	r.Headers = h[:len(h):len(h)]
	return r
}

func (m *maker) copy(b []byte) []byte {
	if len(b) > slabBytes/4 {
		return append([]byte(nil), b...)
	}
	if len(b) > len(m.bytes) {
		m.bytes = make([]byte, slabBytes)
	}
	c := m.bytes[:len(b):len(b)]
	copy(c, b)
	m.bytes = m.bytes[len(b):]
	return c
}
