package tick

// Headers of a Kafka record that a feed produces. All values are text.
const (
	HeaderFeed       = "feed"       // what the feed is; a record with another value is somebody else's
	HeaderPosition   = "position"   // the row or step within the feed, decimal, from 0
	HeaderPartitions = "partitions" // how many partitions the topic had when the record was produced, decimal
	HeaderSince      = "since"      // where the feed has left out rows: the position from which on it has not, decimal
)

// Headers of a record whose value is a row that could not be read as a tick, as it stood in its file. All three are
// there and the key is empty, and only then is a record such a row: no reader takes its value for a tick.
const (
	HeaderFile   = "file"   // base name of the file
	HeaderLine   = "line"   // the row's first line in it, decimal, from 1
	HeaderReason = "reason" // why it is no tick: a short stable word, ": ", and a sentence for a person
)
