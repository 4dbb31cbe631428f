package feed

import (
	"cmp"
	"io"
	"slices"
)

// sorter puts items in order, whatever their number, in bounded memory: what does not fit is sorted in parts, which lie
// in files without a name and are merged. Whoever is killed leaves nothing behind.
type sorter struct {
	limit  int // bytes of memory for items
	fan    int // spills that are merged into one
	index  []indexed
	data   []byte
	spills [][]*spill // by level: one of level n+1 is fan of level n
}

// item is a piece of data and what orders it: first, then second.
type item struct {
	first  int64
	second uint64
	data   []byte
}

// indexed is an item in memory.
type indexed struct {
	first    int64
	second   uint64
	from, to int // in data
}

const (
	sortMemory   = 16 << 20
	sortFan      = 64
	indexedBytes = 32
)

func newSorter() *sorter { return &sorter{limit: sortMemory, fan: sortFan} }

func (s *sorter) add(first int64, second uint64, data ...[]byte) error {
	from := len(s.data)
	for _, d := range data {
		s.data = append(s.data, d...)
	}
	s.index = append(s.index, indexed{first, second, from, len(s.data)})
	if len(s.data)+indexedBytes*len(s.index) < s.limit {
		return nil
	}
	return s.unload()
}

// memory yields what is in memory.
func (s *sorter) memory() items {
	slices.SortFunc(s.index, func(a, b indexed) int {
		return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.second, b.second))
	})
	return &memoryItems{sorter: s}
}

// unload moves what is in memory to a spill, and merges spills where there are many.
func (s *sorter) unload() error {
	r, err := writeSpill(s.memory())
	if err != nil {
		return err
	}
	s.index, s.data = s.index[:0], s.data[:0]
	for level := 0; ; level++ {
		if level == len(s.spills) {
			s.spills = append(s.spills, nil)
		}
		s.spills[level] = append(s.spills[level], r)
		if len(s.spills[level]) < s.fan {
			return nil
		}
		merged, err := mergeSpills(s.spills[level])
		if err != nil {
			return err
		}
		if r, err = writeSpill(merged); err != nil {
			return err
		}
		closeSpills(s.spills[level])
		s.spills[level] = nil
	}
}

// sorted yields all items in order. Nothing may be added any more.
func (s *sorter) sorted() (items, error) {
	if len(s.spills) == 0 {
		return s.memory(), nil
	}
	if len(s.index) > 0 {
		if err := s.unload(); err != nil {
			return nil, err
		}
	}
	s.index, s.data = nil, nil
	return mergeSpills(slices.Concat(s.spills...))
}

func (s *sorter) close() {
	for _, level := range s.spills {
		closeSpills(level)
	}
	*s = sorter{}
}

// items are in order.
type items interface {
	// next sets it to the next item, good until the one after it, or returns io.EOF.
	next(it *item) error
}

type memoryItems struct {
	*sorter
	at int
}

func (m *memoryItems) next(it *item) error {
	if m.at == len(m.index) {
		return io.EOF
	}
	i := &m.index[m.at]
	m.at++
	*it = item{i.first, i.second, m.data[i.from:i.to]}
	return nil
}
