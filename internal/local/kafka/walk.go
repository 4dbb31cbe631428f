package kafka

import (
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kbin"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// maxTags is more than any client sends in one place.
const maxTags = 32

var (
	errMalformed         = errors.New("request is malformed")
	errTooManyPartitions = fmt.Errorf("produce request has more than %d partitions", maxProducePartitions)
)

// maxProducePartitions bounds what kmsg makes of an otherwise small frame.
const maxProducePartitions = 10_000

// skipTags skips a set of tagged fields, and reports whether it was one.
func skipTags(r *kbin.Reader) bool {
	n := r.Uvarint()
	if n > maxTags {
		return false
	}
	for ; n > 0 && r.Ok(); n-- {
		r.Uvarint()
		size := r.Uvarint()
		if int64(size) > int64(len(r.Src)) {
			return false
		}
		r.Span(int(size))
	}
	return r.Ok()
}

// walkFlexible reads a request with tagged fields, except Produce, as far as it takes to see that it is one.
func walkFlexible(h header, body []byte) error {
	r := kbin.Reader{Src: body}
	ok := true
	switch kmsg.Key(h.key) {
	case kmsg.ApiVersions:
		_, _ = r.CompactString(), r.CompactString()
		if h.version >= 5 {
			r.CompactNullableString()
			r.Int32()
		}
	case kmsg.Metadata:
		for n := r.CompactArrayLen(); n > 0 && r.Ok() && ok; n-- {
			if h.version >= 10 {
				r.Span(16)
			}
			r.CompactNullableString()
			ok = skipTags(&r)
		}
		r.Bool()
		if h.version <= 10 {
			r.Bool()
		}
		r.Bool()
	case kmsg.InitProducerID:
		r.CompactNullableString()
		r.Int32()
		if h.version >= 3 {
			r.Int64()
			r.Int16()
		}
	case kmsg.DescribeCluster:
		r.Bool()
		if h.version >= 1 {
			r.Int8()
		}
		if h.version >= 2 {
			r.Bool()
		}
	default:
		return fmt.Errorf("version %d of %s is not served", h.version, kmsg.NameForKey(h.key))
	}
	if !ok || !skipTags(&r) || r.Complete() != nil {
		return fmt.Errorf("%s: %w", kmsg.NameForKey(h.key), errMalformed)
	}
	return nil
}

// produced is what the guard wants to know of a Produce request.
type produced struct {
	acks      int16
	producers []int64 // of each batch that is long enough to name one
}

// walkProduce reads a Produce request without allocating for what it merely announces.
func walkProduce(version int16, body []byte) (produced, error) {
	w := produceWalk{Reader: kbin.Reader{Src: body}, version: version, flexible: version >= 9}
	w.nullableString() // transactional id
	p := produced{acks: w.Int16()}
	w.Int32() // time-out
	left := maxProducePartitions
	for topics := w.array(); topics > 0 && w.Ok(); topics-- {
		w.topic()
		left-- // an empty topic costs as much
		for n := w.array(); n > 0 && w.Ok() && left >= 0; n-- {
			left--
			w.Int32() // partition
			if id, ok := producerOf(w.nullableBytes()); ok {
				p.producers = append(p.producers, id)
			}
			w.tags()
		}
		w.tags()
		if left < 0 {
			return p, errTooManyPartitions
		}
	}
	w.tags()
	if w.bad || w.Complete() != nil {
		return p, fmt.Errorf("Produce: %w", errMalformed) //nolint:staticcheck // the request's name
	}
	return p, nil
}

type produceWalk struct {
	kbin.Reader
	version  int16
	flexible bool
	bad      bool
}

func (w *produceWalk) array() int32 {
	if w.flexible {
		return w.CompactArrayLen()
	}
	return w.ArrayLen()
}

func (w *produceWalk) nullableString() {
	if w.flexible {
		w.CompactNullableString()
	} else {
		w.NullableString()
	}
}

func (w *produceWalk) nullableBytes() []byte {
	if w.flexible {
		return w.CompactNullableBytes()
	}
	return w.NullableBytes()
}

func (w *produceWalk) topic() {
	switch {
	case w.version >= 13:
		w.Span(16)
	case w.flexible:
		_ = w.CompactString()
	default:
		_ = w.String()
	}
}

func (w *produceWalk) tags() {
	if w.flexible && w.Ok() && !skipTags(&w.Reader) {
		w.bad = true
		w.Src = nil
	}
}

// producerOf finds the producer id in a record batch (magic 2): 8 bytes after base offset, length, leader epoch, magic, crc,
// attributes, last offset delta and two timestamps.
func producerOf(batch []byte) (int64, bool) {
	const at = 8 + 4 + 4 + 1 + 4 + 2 + 4 + 8 + 8
	if len(batch) < at+8 {
		return 0, false
	}
	r := kbin.Reader{Src: batch[at:]}
	return r.Int64(), true
}
