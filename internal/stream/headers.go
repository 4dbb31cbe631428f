package stream

import (
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Headers of records that a feed produces. All values are text.
const (
	HeaderFeed       = "feed"       // what the feed is; records with another value are somebody else's
	HeaderPosition   = "position"   // the row or step within the feed, decimal, from 0
	HeaderPartitions = "partitions" // how many partitions the topic had when the record was produced, decimal
	HeaderSince      = "since"      // where the feed has left out rows: the position from which on it has not, decimal
)

// Headers of a record whose value is a row that could not be read as a tick, sent as it stood in its file. All three
// are there, and only then is a record such a row: it has no key, and no reader takes its value for a tick.
const (
	HeaderFile   = "file"   // base name of the file
	HeaderLine   = "line"   // the row's first line in it, decimal, from 1
	HeaderReason = "reason" // why it is no tick: a short stable word, ": ", and a sentence for a person
)

// Header returns the value of r's last header of that name, as Kafka's own clients do.
func Header(r *kgo.Record, name string) (value []byte, ok bool) {
	for i := len(r.Headers) - 1; i >= 0; i-- {
		if r.Headers[i].Key == name {
			return r.Headers[i].Value, true
		}
	}
	return nil, false
}

// BadRow is where a row stood that could not be read, and why it could not.
type BadRow struct {
	File, Line string
	Reason     string // the short word
	Detail     string // the sentence
}

// ParseBadRow says whether r is such a row, by its headers. Their text is the sender's: nothing is known of it.
func ParseBadRow(r *kgo.Record) (row BadRow, ok bool) {
	file, ok1 := Header(r, HeaderFile)
	line, ok2 := Header(r, HeaderLine)
	why, ok3 := Header(r, HeaderReason)
	if len(r.Key) > 0 || !ok1 || !ok2 || !ok3 {
		return BadRow{}, false
	}
	reason, detail, _ := strings.Cut(string(why), ": ")
	return BadRow{File: string(file), Line: string(line), Reason: reason, Detail: detail}, true
}
