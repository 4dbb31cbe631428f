package lake

import (
	"encoding/base64"
	"errors"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"ticklake/internal/tick"
)

// appendDead appends the dead letter of r, one line of JSON with its line end.
func appendDead(dst []byte, r *Record, why *tick.Reject, topic string, partition int32) []byte {
	dst = appendString(append(dst, `{"reason":`...), string(why.Reason))
	dst = appendString(append(dst, `,"detail":`...), why.Text())
	dst = appendString(append(dst, `,"topic":`...), topic)
	dst = strconv.AppendInt(append(dst, `,"kafka_partition":`...), int64(partition), 10)
	dst = strconv.AppendInt(append(dst, `,"kafka_offset":`...), r.Offset, 10)
	dst = append(dst, `,"kafka_timestamp":`...)
	if produced, ok := kafkaTime(r.Timestamp); ok {
		dst = append(produced.Append(append(dst, '"')), '"')
	} else {
		dst = append(dst, "null"...)
	}
	dst = appendBytes(append(dst, `,"key":`...), r.Key)
	dst = appendBytes(append(dst, `,"value":`...), r.Value)
	if r.Value != nil && utf8.Valid(r.Value) {
		dst = appendString(append(dst, `,"value_text":`...), string(r.Value))
	}
	// The headers are a JSON list within a JSON string, so that the column is a string in every engine.
	dst = appendString(append(dst, `,"headers":`...), string(appendHeaders(nil, r.Headers)))
	return append(dst, '}', '\n')
}

func appendHeaders(dst []byte, headers []Header) []byte {
	dst = append(dst, '[')
	for i, h := range headers {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(append(dst, `{"key":`...), asText([]byte(h.Key)))
		dst = appendBytes(append(dst, `,"value":`...), h.Value)
		if h.Value != nil && utf8.Valid(h.Value) {
			dst = appendString(append(dst, `,"value_text":`...), string(h.Value))
		}
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

// appendString appends a JSON string by RFC 8785, section 3.2.2.2; s is UTF-8.
func appendString(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s) // it fails on invalid UTF-8 only
	return dst
}

// appendBytes appends b in base64, or null where it is nil: Kafka tells no bytes from none.
func appendBytes(dst, b []byte) []byte {
	if b == nil {
		return append(dst, "null"...)
	}
	dst = append(dst, '"')
	dst = base64.StdEncoding.AppendEncode(dst, b)
	return append(dst, '"')
}

// asText returns b where it is UTF-8, else "base64:" and its base64.
func asText(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	return "base64:" + base64.StdEncoding.EncodeToString(b)
}

func asReject(err error) *tick.Reject {
	reject := new(tick.Reject)
	if !errors.As(err, &reject) {
		reject = &tick.Reject{Reason: tick.InvalidJSON, Detail: err.Error()}
	}
	return reject
}
