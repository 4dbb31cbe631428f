package duck

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
)

// What a worker and the process that it works for say to each other. A frame is its kind, the length of what follows in
// four bytes, and that.
const (
	frameHello = 'H' // to the worker: limits
	frameJob   = 'J' // to the worker: a job
	frameReady = 'K' // from it: it takes jobs
	frameBegun = 'B' // the job has rows, or none
	frameRows  = 'R' // rows as text
	frameFile  = 'F' // bytes of the file
	frameDone  = 'D' // the end of the job: doneFrame
	frameError = 'E' // the end of the job: errorFrame
)

const (
	maxFrame  = 128 << 20
	rowsFrame = 64 << 10 // a frame of rows is sent when it has so many bytes
	maxRow    = 64 << 20 // of one row
)

type doneFrame struct{ Rows int64 }

// errorFrame is a fault of the statement (Name), or else one of the engine.
type errorFrame struct{ Name, Message string }

var errFrame = errors.New("what the other side says makes no sense")

func writeFrame(w *bufio.Writer, kind byte, payload []byte) error {
	if len(payload) > maxFrame {
		return fmt.Errorf("write frame of %d bytes: %w", len(payload), errFrame)
	}
	var head [5]byte
	head[0] = kind
	binary.BigEndian.PutUint32(head[1:], uint32(len(payload)))
	if _, err := w.Write(head[:]); err != nil {
		return err
	}
	if _, err := w.Write(payload); err != nil {
		return err
	}
	return w.Flush()
}

func writeJSON(w *bufio.Writer, kind byte, v any) error {
	payload, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write frame: %w", err)
	}
	return writeFrame(w, kind, payload)
}

// readFrame reads one frame into a buffer, which it returns grown.
func readFrame(r *bufio.Reader, buffer []byte) (kind byte, payload []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, buffer, err
	}
	n := binary.BigEndian.Uint32(head[1:])
	if n > maxFrame {
		return 0, buffer, fmt.Errorf("read frame of %d bytes: %w", n, errFrame)
	}
	if uint32(cap(buffer)) < n {
		buffer = make([]byte, n)
	}
	payload = buffer[:n]
	_, err = io.ReadFull(r, payload)
	return head[0], payload, err
}

// appendRow adds a row: for each column 0 for NULL, or the text's length and one, and the text.
func appendRow(dst []byte, row []*string) []byte {
	for _, v := range row {
		if v == nil {
			dst = binary.AppendUvarint(dst, 0)
			continue
		}
		dst = binary.AppendUvarint(dst, uint64(len(*v))+1)
		dst = append(dst, *v...)
	}
	return dst
}

// parseRow reads a row of so many columns, and returns what follows it.
func parseRow(src []byte, columns int) (row []*string, rest []byte, err error) {
	row = make([]*string, columns)
	for i := range row {
		n, size := binary.Uvarint(src)
		if size <= 0 || n > uint64(len(src)-size)+1 {
			return nil, nil, fmt.Errorf("read row: %w", errFrame)
		}
		src = src[size:]
		if n == 0 {
			continue
		}
		s := string(src[:n-1])
		row[i], src = &s, src[n-1:]
	}
	return row, src, nil
}
