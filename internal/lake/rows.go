package lake

// rows are those of one raw or dead file, as text, in the order of their offsets.
type rows struct {
	zone   Zone
	folder string
	chunks [][]byte // a row never crosses from one to the next
	marks  []mark   // one a raw row: what the curated file needs beside the text
	count  int64
	crc    CRC
}

// mark is a row's place in Kafka.
type mark struct {
	offset    int64
	timestamp int64 // Kafka's, in milliseconds since 1970
}

// A chunk is as large as all before it, within these bounds: small folders stay small, large ones are not copied.
const minChunk, maxChunk = 1 << 10, 256 << 10

// add appends a row and returns by how much the memory held has grown.
func (r *rows) add(row []byte) (grown int64) {
	last := len(r.chunks) - 1
	if last < 0 || len(r.chunks[last])+len(row) > cap(r.chunks[last]) {
		size := minChunk
		if last >= 0 {
			size = min(2*cap(r.chunks[last]), maxChunk)
		}
		r.chunks = append(r.chunks, make([]byte, 0, max(size, len(row))))
		last++
		grown = int64(cap(r.chunks[last]))
	}
	r.chunks[last] = append(r.chunks[last], row...)
	r.crc.Update(row)
	r.count++
	return grown
}

// markBytes is the memory of a mark, growth of its slice included.
const markBytes = 24
