package lake

import (
	"bytes"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"

	"ticklake/internal/tick"
)

// MaxRow bounds a row that is read back: a record is at most some MiB, and base64 and text of it stand in a dead letter.
const MaxRow = 64 << 20

// ReadText calls row with each row of a raw or dead file, its line end included; row must not keep it. The header of a
// raw file is checked and left out. An error of row ends the reading and is returned as it is.
func ReadText(zone Zone, file io.Reader, row func([]byte) error) error {
	z, err := gzip.NewReader(file)
	if err != nil {
		return fmt.Errorf("decompress: %w", err)
	}
	lines := lineReader{r: z}
	if zone == Raw {
		header, err := lines.next()
		if err != nil {
			return fmt.Errorf("read header: %w", noEOF(err))
		}
		if string(header) != tick.Header {
			return fmt.Errorf("header %.200q: not that of raw ticks", header)
		}
	}
	for {
		line, err := lines.next()
		if err == io.EOF { //nolint:errorlint // next returns it bare, at the end of the last line
			return nil
		}
		if err != nil {
			return fmt.Errorf("read rows: %w", err)
		}
		if err := row(line); err != nil {
			return err
		}
	}
}

func noEOF(err error) error {
	if err == io.EOF { //nolint:errorlint // next returns it bare
		return io.ErrUnexpectedEOF
	}
	return err
}

// lineReader yields lines of at most MaxRow bytes with their line ends.
type lineReader struct {
	r     io.Reader
	buf   []byte
	start int // of what has not been returned
	ended bool
}

func (l *lineReader) next() ([]byte, error) {
	searched := 0
	for {
		if i := bytes.IndexByte(l.buf[l.start+searched:], '\n'); i >= 0 {
			line := l.buf[l.start : l.start+searched+i+1]
			l.start += len(line)
			return line, nil
		}
		searched = len(l.buf) - l.start
		switch {
		case l.ended && searched == 0:
			return nil, io.EOF
		case l.ended:
			return nil, fmt.Errorf("the last line has no end: %w", io.ErrUnexpectedEOF)
		case searched > MaxRow:
			return nil, fmt.Errorf("a line of more than %d bytes", MaxRow)
		}
		if err := l.fill(); err != nil {
			return nil, err
		}
	}
}

// fill reads more behind what is there, which moves to the front.
func (l *lineReader) fill() error {
	const step = 64 << 10
	l.buf = append(l.buf[:0], l.buf[l.start:]...)
	l.start = 0
	have := len(l.buf)
	if cap(l.buf)-have < step {
		grown := make([]byte, have, 2*cap(l.buf)+step)
		copy(grown, l.buf)
		l.buf = grown
	}
	n, err := l.r.Read(l.buf[have:cap(l.buf)])
	l.buf = l.buf[:have+n]
	if err == io.EOF {
		l.ended = true
		return nil
	}
	return err
}
