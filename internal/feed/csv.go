package feed

import (
	"bytes"
	"io"
)

// Bounds of a dataset's rows.
const (
	// maxRow is how long a row may be; a longer one is taken apart into pieces of this length, each a bad row.
	maxRow = 512 << 10
	// maxQuoted is how far a quote that is open at a line's end is followed.
	maxQuoted = 64 << 10
)

// csvRow is one row of a file. Its slices are good until the next.
type csvRow struct {
	raw    []byte   // as it stands, without the line's end
	line   int64    // its first line, from 1
	fields [][]byte // without quotes; nil where defect says why it cannot be taken apart
	defect string
}

// csvReader takes a file apart into rows, by RFC 4180, and keeps each row's bytes as they stand.
//
// A quoted field may hold line ends. A quote that is never closed must not swallow the rest of the file, though: rows of
// several lines are believed only where they end within maxQuoted and have as many fields as the header; else their
// first line is a bad row by itself and the next begins a new one. A line without any byte is no row.
type csvReader struct {
	src     io.Reader
	buf     []byte // [start, end) is read and not yet used
	start   int
	end     int
	eof     bool
	line    int64 // of buf[start]
	broken  bool  // buf[start] is within a line that is longer than maxRow
	blank   int64 // lines without any byte
	columns int   // what a row of several lines must have; 0 allows none
	comma   byte  // what stands between fields
	fields  [][]byte
	scratch []byte
}

func newCSVReader(src io.Reader) *csvReader {
	return &csvReader{src: src, buf: make([]byte, 128<<10), line: 1, comma: ','}
}

// Why a row cannot be taken apart.
const (
	defectQuote   = "a quote is not closed"
	defectBare    = "a quote in the midst of a field; put the field in quotes and double those within"
	defectAfter   = "text between a closing quote and the next column"
	defectTooLong = "longer than 524288 bytes; it comes in pieces"
)

// next returns the next row, or io.EOF behind the last.
func (c *csvReader) next() (csvRow, error) {
	for {
		l, err := c.lineAt(0)
		if err != nil {
			return csvRow{}, err
		}
		raw := c.text(l.length, l.end)
		row := csvRow{raw: raw, line: c.line}
		switch {
		case l.more || c.broken:
			row.defect, c.broken = defectTooLong, l.more
		case len(raw) == 0:
			c.blank++
			c.use(l.end, 1)
			continue
		default:
			row.defect = c.split(raw)
		}
		used, lines := l.end, int64(l.end-l.length)
		if row.defect == defectQuote {
			if end, n := c.several(l); n > 0 {
				used, lines = end.end, n
				row.raw, row.defect = c.text(end.length, end.end), ""
			} else {
				row.raw = c.text(l.length, l.end) // the buffer may have moved
			}
		}
		if row.defect == "" {
			row.fields = c.fields
		}
		c.use(used, lines)
		return row, nil
	}
}

// csvLine is where a line ends, counted from buf[start].
type csvLine struct {
	length int  // without its line feed
	end    int  // with it; the same where there is none
	more   bool // it is longer than maxRow and goes on
}

// lineAt finds the line that begins at offset, or returns io.EOF if nothing does.
func (c *csvReader) lineAt(offset int) (csvLine, error) {
	for searched := offset; ; {
		i := bytes.IndexByte(c.buf[c.start+searched:c.end], '\n')
		end := c.end - c.start
		if i >= 0 {
			end = searched + i
		}
		searched = c.end - c.start
		switch {
		case end-offset > maxRow+1: // room for a carriage return
			return csvLine{length: offset + maxRow, end: offset + maxRow, more: true}, nil
		case i >= 0:
			return csvLine{length: end, end: end + 1}, nil
		case c.eof && searched == offset:
			return csvLine{}, io.EOF
		case c.eof:
			return csvLine{length: searched, end: searched}, nil
		}
		if err := c.fill(); err != nil {
			return csvLine{}, err
		}
	}
}

// text is what stands up to length, without the carriage return of a line that ends there.
func (c *csvReader) text(length, end int) []byte {
	if end > length && length > 0 && c.buf[c.start+length-1] == '\r' {
		length--
	}
	return c.buf[c.start : c.start+length : c.start+length]
}

func (c *csvReader) use(n int, lines int64) {
	c.start += n
	c.line += lines
}

func (c *csvReader) fill() error {
	if c.end == len(c.buf) {
		if c.start > 0 {
			c.end = copy(c.buf, c.buf[c.start:c.end])
			c.start = 0
		} else { // at most twice maxQuoted + maxRow
			c.buf = append(c.buf, make([]byte, len(c.buf))...)
		}
	}
	for range 100 {
		n, err := c.src.Read(c.buf[c.end:])
		c.end += n
		if err == io.EOF {
			c.eof = true
			return nil
		}
		if n > 0 || err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// several tries to read the row whose first line is given as one of several lines. lines is 0 where that fails.
func (c *csvReader) several(first csvLine) (end csvLine, lines int64) {
	l := first
	for lines = 1; l.end > l.length && l.end <= maxQuoted && c.columns > 0; {
		from := l.end
		next, err := c.lineAt(from)
		if err != nil || next.more {
			return csvLine{}, 0 // an error comes again
		}
		l = next
		lines++
		if bytes.Count(c.buf[c.start+from:c.start+l.length], []byte{'"'})%2 == 0 {
			continue // still open
		}
		if c.split(c.text(l.length, l.end)) == "" && len(c.fields) == c.columns {
			return l, lines
		}
		return csvLine{}, 0
	}
	return csvLine{}, 0
}

// split takes raw apart into c.fields, or says why it cannot.
func (c *csvReader) split(raw []byte) (defect string) {
	c.fields, c.scratch = c.fields[:0], c.scratch[:0]
	for {
		if len(raw) > 0 && raw[0] == '"' {
			field, rest, ok := c.quoted(raw[1:])
			if !ok {
				return defectQuote
			}
			c.fields = append(c.fields, field)
			if len(rest) == 0 {
				return ""
			}
			if rest[0] != c.comma {
				return defectAfter
			}
			raw = rest[1:]
			continue
		}
		end := bytes.IndexByte(raw, c.comma)
		field := raw
		if end >= 0 {
			field = raw[:end]
		}
		if bytes.IndexByte(field, '"') >= 0 {
			return defectBare
		}
		c.fields = append(c.fields, field)
		if end < 0 {
			return ""
		}
		raw = raw[end+1:]
	}
}

// quoted reads up to the closing quote of a field whose opening one is gone.
func (c *csvReader) quoted(raw []byte) (field, rest []byte, ok bool) {
	plain := true
	begin := len(c.scratch)
	for at := 0; ; {
		i := bytes.IndexByte(raw[at:], '"')
		if i < 0 {
			return nil, nil, false
		}
		end := at + i
		if end+1 < len(raw) && raw[end+1] == '"' {
			plain = false
			c.scratch = append(c.scratch, raw[at:end+1]...)
			at = end + 2
			continue
		}
		if plain {
			return raw[:end], raw[end+1:], true
		}
		c.scratch = append(c.scratch, raw[at:end]...)
		return c.scratch[begin:len(c.scratch):len(c.scratch)], raw[end+1:], true
	}
}
