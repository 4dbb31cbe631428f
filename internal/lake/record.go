package lake

import (
	"strconv"
	"time"

	"ticklake/internal/tick"
)

// Record is a record of the topic as the lake sees it.
type Record struct {
	Offset    int64
	Timestamp int64 // Kafka's, in milliseconds since 1970
	Epoch     int32 // leader epoch, −1 where not known
	Key       []byte
	Value     []byte
	Headers   []Header
}

// Header is one header of a Kafka record.
type Header struct {
	Key   string
	Value []byte
}

// Reasons for a dead letter beside those of the rules.
const (
	UnreadableRow     tick.Reason = "unreadable_row"      // of a file: its feed could not read it as a tick
	TooFarAhead       tick.Reason = "too_far_ahead"       // of its Kafka timestamp
	BadKafkaTimestamp tick.Reason = "bad_kafka_timestamp" // beyond what the lake can hold
)

// fate reads r as a tick into t, or says why it is a dead letter. It depends on the record and the layout alone.
func (l *Layout) fate(r *Record, t *tick.Tick) *tick.Reject {
	if why, unreadable := r.unreadableRow(); unreadable {
		return &tick.Reject{Reason: UnreadableRow, Detail: why}
	}
	produced, ok := kafkaTime(r.Timestamp)
	if !ok {
		return &tick.Reject{
			Reason: BadKafkaTimestamp,
			Detail: "the record's Kafka timestamp is " + strconv.FormatInt(r.Timestamp, 10) + " ms since 1970, outside the years 1678 to 2261",
		}
	}
	if err := tick.Parse(r.Value, t); err != nil {
		return asReject(err)
	}
	// Neither side can overflow: both lie within the range, and a layout's limit is bounded.
	if int64(t.Timestamp)/int64(time.Second)-l.MaxAheadSeconds > int64(produced)/int64(time.Second) {
		return &tick.Reject{
			Reason: TooFarAhead, Field: "timestamp",
			Detail: "more than " + strconv.FormatInt(l.MaxAheadSeconds, 10) + " s ahead of the record's Kafka timestamp",
		}
	}
	return nil
}

// unreadableRow says whether r is a row that its feed could not read, and why it could not.
func (r *Record) unreadableRow() (why string, unreadable bool) {
	if len(r.Key) > 0 || len(r.Headers) < 3 {
		return "", false
	}
	var file, line, reason *Header
	for i := range r.Headers {
		switch h := &r.Headers[i]; h.Key {
		case tick.HeaderFile:
			file = h
		case tick.HeaderLine:
			line = h
		case tick.HeaderReason:
			reason = h
		}
	}
	if file == nil || line == nil || reason == nil {
		return "", false
	}
	return asText(reason.Value), true
}

// kafkaTime returns ms as a Timestamp; ok is false outside the years 1678 to 2261.
func kafkaTime(ms int64) (ts tick.Timestamp, ok bool) {
	const limit = 300 * 366 * 24 * int64(time.Hour/time.Millisecond) // far beyond, and safe to convert
	if ms < -limit || ms > limit {
		return 0, false
	}
	if y := time.UnixMilli(ms).UTC().Year(); y < 1678 || y > 2261 {
		return 0, false
	}
	return tick.Timestamp(ms * int64(time.Millisecond)), true
}
