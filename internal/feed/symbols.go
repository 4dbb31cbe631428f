package feed

import "ticklake/internal/tick"

// maxSymbols bounds how many symbols of a dataset are numbered.
const maxSymbols = 1 << 20

// symbols are those of a dataset so far.
type symbols struct {
	states map[string]*symbolState
	base   map[string]*symbolState // of one whole run, where this one continues its numbers
	run    int64
	last   *symbolState // the latest that was asked for
}

// symbolState is what is known of a symbol.
type symbolState struct {
	symbol tick.Symbol
	rows   int64 // that are ticks; in a later run, with those of the earlier ones
	latest tick.Timestamp
	seen   bool // latest is one
}

// check returns text as a symbol.
func (s *symbols) check(text []byte) (tick.Symbol, error) {
	if s.last != nil && string(text) == string(s.last.symbol) {
		return s.last.symbol, nil
	}
	if state := s.states[string(text)]; state != nil {
		s.last = state
		return state.symbol, nil
	}
	symbol := tick.Symbol(text)
	return symbol, tick.CheckSymbol(string(symbol))
}

// get returns what is known of a symbol, or nil where there are too many of them.
func (s *symbols) get(symbol tick.Symbol) *symbolState {
	if s.last != nil && s.last.symbol == symbol {
		return s.last
	}
	state := s.states[string(symbol)]
	if state == nil {
		if len(s.states) == maxSymbols {
			return nil
		}
		if s.states == nil {
			s.states = make(map[string]*symbolState)
		}
		state = &symbolState{symbol: symbol}
		if before := s.base[string(symbol)]; before != nil {
			state.rows = s.run * before.rows
		}
		s.states[string(symbol)] = state
	}
	s.last = state
	return state
}
