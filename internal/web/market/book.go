package market

import (
	"strconv"
	"time"

	"ticklake/internal/tick"
	"ticklake/internal/web/bars"
)

// book is the symbols, in the order of their last change that was made known. Each such change has a number that only
// rises: what somebody has not heard of is what stands behind the number that he has.
type book struct {
	symbols        map[string]*symbol
	oldest, newest *symbol
	dirty          []*symbol // changed since the last flush
	madeRoom       int64     // symbols that had to

	version, before uint64 // the last number, and that of the flush before
	ticks           int64  // at the flush
	at              time.Time
	frame, all      []byte // encoded: what has changed since before, and everything; nil until somebody asks

	below   map[int32]int64 // the lake's part is of rows below these; nil before the first load
	joined  bool            // each day has what the lake has of it
	again   bool            // it is to be joined anew when SQL sees what was passed over
	loading bool
	failed  error
	retry   time.Time
}

func (b *book) forget() {
	*b = book{symbols: make(map[string]*symbol), version: b.version + 1, before: b.version + 1, at: b.at}
}

// named finds a symbol, or makes it, and room for it.
func (b *book) named(name tick.Symbol, bound int) *symbol {
	if s, ok := b.symbols[string(name)]; ok {
		return s
	}
	if len(b.symbols) >= bound {
		b.makeRoom()
	}
	s := &symbol{name: string(name)}
	b.symbols[s.name] = s
	return s
}

func (b *book) makeRoom() {
	victim := b.oldest
	if victim != nil {
		b.unlink(victim)
	} else { // none has been made known yet
		victim, b.dirty = b.dirty[0], b.dirty[1:]
	}
	delete(b.symbols, victim.name)
	b.madeRoom++
}

func (b *book) unlink(s *symbol) {
	if s.older != nil {
		s.older.newer = s.newer
	} else {
		b.oldest = s.newer
	}
	if s.newer != nil {
		s.newer.older = s.older
	} else {
		b.newest = s.older
	}
	s.older, s.newer = nil, nil
}

func (b *book) append(s *symbol) {
	s.older = b.newest
	if b.newest != nil {
		b.newest.newer = s
	} else {
		b.oldest = s
	}
	b.newest = s
}

// listed says whether s stands in the order.
func (b *book) listed(s *symbol) bool { return s.older != nil || b.oldest == s }

// touch notes that s has changed.
func (b *book) touch(s *symbol) {
	if s.dirty {
		return
	}
	s.dirty = true
	b.dirty = append(b.dirty, s)
}

func (b *book) tick(s *symbol, at bars.Place, t *tick.Tick) {
	s.newest(at, t)
	if at.Offset >= b.below[at.Partition] { // else it is in the lake's part
		s.count(at, t.Price, t.Volume)
	}
	b.touch(s)
}

func (b *book) flush(now time.Time, ticks int64) {
	b.before, b.at = b.version, now
	if len(b.dirty) == 0 {
		return
	}
	for _, s := range b.dirty {
		if b.symbols[s.name] != s {
			continue // it had to make room
		}
		if b.listed(s) {
			b.unlink(s)
		}
		b.version++
		s.version, s.dirty = b.version, false
		s.encoded = s.encode(s.encoded[:0], b.joined)
		b.append(s)
	}
	clear(b.dirty)
	b.dirty = b.dirty[:0]
	b.frame, b.all, b.ticks = nil, nil, ticks
}

// since encodes the symbols that have changed behind a number. The bytes are nobody's to change.
func (b *book) since(seen uint64) []byte {
	if seen == b.before && b.frame != nil {
		return b.frame
	}
	first := b.newest
	for first != nil && first.older != nil && first.older.version > seen {
		first = first.older
	}
	if first != nil && first.version <= seen {
		first = nil
	}
	out := b.encode(first)
	if seen == b.before {
		b.frame = out
	}
	return out
}

// everything encodes all symbols.
func (b *book) everything() []byte {
	if b.all == nil {
		b.all = b.encode(b.oldest)
	}
	return b.all
}

// encode encodes the symbols from one on.
func (b *book) encode(first *symbol) []byte {
	dst := appendInstant([]byte(`{"time":`), b.at)
	dst = strconv.AppendInt(append(dst, `,"ticks":`...), b.ticks, 10)
	dst = append(dst, `,"symbols":[`...)
	for s := first; s != nil; s = s.newer {
		if s != first {
			dst = append(dst, ',')
		}
		dst = append(dst, s.encoded...)
	}
	return append(dst, "]}"...)
}

// Prices are symbols that have changed.
type Prices struct {
	All     bool   // these are all: in place of what is known
	Version uint64 // for the next question
	JSON    []byte // nobody's to change
}

// Since returns the symbols that have changed since a version that was got before, or all where that is 0 or not one of
// this market's. ok is false where none has.
func (m *Market) Since(version uint64) (p Prices, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := &m.book
	switch {
	case version == 0 || version > b.version:
		return Prices{All: true, Version: max(b.version, 1), JSON: b.everything()}, true
	case version == b.version:
		return Prices{}, false
	}
	return Prices{Version: b.version, JSON: b.since(version)}, true
}

// Symbols is everything that is known of them, for one who asks once.
type Symbols struct {
	Version uint64
	Quotes  []byte // a JSON list
	LeftOut int64
	Missing string
}

// Small lines have so many points in all, and each so many at least: those of many symbols are coarser.
const allPoints, leastPoints = 50_000, 6

// Symbols returns all symbols with their small lines.
func (m *Market) Symbols() Symbols {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := &m.book
	dst := []byte{'['}
	points := max(leastPoints, allPoints/max(1, len(b.symbols)))
	for s := b.oldest; s != nil; s = s.newer {
		if s != b.oldest {
			dst = append(dst, ',')
		}
		dst = s.encodeSpark(dst, b.joined, points)
	}
	return Symbols{Version: max(b.version, 1), Quotes: append(dst, ']'), LeftOut: b.madeRoom, Missing: m.bookLacks()}
}

// bookLacks says what quotes do not tell, and why; m.mu is held.
func (m *Market) bookLacks() string {
	b := &m.book
	switch {
	case b.joined:
		return ""
	case b.failed != nil:
		return "what the lake has of the day is not known: " + b.failed.Error()
	case b.below == nil || b.loading:
		return "what the lake has of the day is being asked for"
	}
	return holeWords
}

// holeWords say what is missing where the tail begins behind what SQL sees.
const holeWords = "some ticks have left memory and are not in the lake yet; they come with its next cuts"
