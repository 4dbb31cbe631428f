package feed

import (
	"bufio"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// spill is a file of items in order. It has no name any more: it is gone when it is closed, or the process ends.
type spill struct{ file *os.File }

func newSpill() (*spill, error) {
	f, err := os.CreateTemp("", "ticklake-sort-*")
	if err != nil {
		return nil, sortFailed(err)
	}
	if err := os.Remove(f.Name()); err != nil {
		_ = f.Close()
		return nil, sortFailed(err)
	}
	return &spill{file: f}, nil
}

func sortFailed(err error) error {
	return fmt.Errorf("sort the rows by time: %w; hint: it takes as much room as the files unpacked, in %s or where TMPDIR says", err, os.TempDir())
}

func closeSpills(spills []*spill) {
	for _, r := range spills {
		_ = r.file.Close() // nothing is lost
	}
}

const itemHead = 8 + 8 + 4

func writeSpill(from items) (*spill, error) {
	r, err := newSpill()
	if err != nil {
		return nil, err
	}
	w := bufio.NewWriterSize(r.file, 256<<10)
	err = func() error {
		var it item
		var head [itemHead]byte
		for {
			if err := from.next(&it); errors.Is(err, io.EOF) {
				return w.Flush()
			} else if err != nil {
				return err
			}
			binary.LittleEndian.PutUint64(head[:], uint64(it.first))
			binary.LittleEndian.PutUint64(head[8:], it.second)
			binary.LittleEndian.PutUint32(head[16:], uint32(len(it.data)))
			_, _ = w.Write(head[:]) // its error stays, and Flush returns it
			if _, err := w.Write(it.data); err != nil {
				return err
			}
		}
	}()
	if err != nil {
		_ = r.file.Close()
		return nil, sortFailed(err)
	}
	return r, nil
}

// spillItems reads a spill.
type spillItems struct {
	in *bufio.Reader
	at item
}

// advance reads the next item into at.
func (r *spillItems) advance() error {
	var head [itemHead]byte
	if _, err := io.ReadFull(r.in, head[:]); err != nil {
		return err
	}
	r.at.first = int64(binary.LittleEndian.Uint64(head[:]))
	r.at.second = binary.LittleEndian.Uint64(head[8:])
	n := int(binary.LittleEndian.Uint32(head[16:]))
	if cap(r.at.data) < n {
		r.at.data = make([]byte, n)
	}
	r.at.data = r.at.data[:n]
	if _, err := io.ReadFull(r.in, r.at.data); err != nil {
		return fmt.Errorf("%w", io.ErrUnexpectedEOF)
	}
	return nil
}

// merged is the items of several spills, a heap by the next of each.
type merged struct {
	heads []*spillItems
	taken bool // the first of heads is the item that was yielded last
}

func mergeSpills(spills []*spill) (items, error) {
	m := new(merged)
	for _, r := range spills {
		if _, err := r.file.Seek(0, io.SeekStart); err != nil {
			return nil, sortFailed(err)
		}
		from := &spillItems{in: bufio.NewReaderSize(r.file, 64<<10)}
		if err := from.advance(); err != nil {
			return nil, sortFailed(err)
		}
		m.heads = append(m.heads, from)
	}
	heap.Init(m)
	return m, nil
}

func (m *merged) next(it *item) error {
	if m.taken {
		switch err := m.heads[0].advance(); {
		case errors.Is(err, io.EOF):
			heap.Pop(m)
		case err != nil:
			return sortFailed(err)
		default:
			heap.Fix(m, 0)
		}
		m.taken = false
	}
	if len(m.heads) == 0 {
		return io.EOF
	}
	*it, m.taken = m.heads[0].at, true
	return nil
}

func (m *merged) Len() int { return len(m.heads) }

func (m *merged) Less(i, j int) bool {
	a, b := &m.heads[i].at, &m.heads[j].at
	return a.first < b.first || a.first == b.first && a.second < b.second
}

func (m *merged) Swap(i, j int) { m.heads[i], m.heads[j] = m.heads[j], m.heads[i] }

// Push implements heap.Interface; nothing is ever pushed.
func (m *merged) Push(any) {}

// Pop implements heap.Interface.
func (m *merged) Pop() any {
	last := m.heads[len(m.heads)-1]
	m.heads = m.heads[:len(m.heads)-1]
	return last
}
