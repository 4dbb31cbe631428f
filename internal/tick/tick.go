// Package tick holds the nouns of the market: a tick, its price, symbol and timestamp, with their JSON and CSV forms.
//
// What may stand in a record and what it becomes is version 1 of the rules (docs/formats.md has the table). The rules
// are frozen: the lake's checksums are over what Append writes, and a row must come out the same whichever program
// writes it. A change of any accepted value, canonical form, reason or detail is a new version beside this one.
package tick

// Rules is the version of the rules by which this package reads records; a lake's layout names the one it uses.
const Rules = 1

// Limits of version 1 of the rules.
const (
	MaxSymbol = 64  // bytes of a symbol
	MaxCode   = 32  // bytes of a venue or a currency
	MaxDepth  = 128 // levels of nesting of a record, its own object included
)

// Symbol names what is traded: 1 to MaxSymbol bytes of printable UTF-8.
type Symbol string

// Null is a value that a record may lack. The zero value is NULL.
type Null[T any] struct {
	V     T
	Valid bool
}

// Some returns v, known.
func Some[T any](v T) Null[T] { return Null[T]{V: v, Valid: true} }

// Tick is one observation of one symbol. Timestamp, Symbol and Price are always there.
type Tick struct {
	Timestamp Timestamp
	Symbol    Symbol
	Price     Price
	Volume    Null[int64] // shares
	Open      Null[Price] // the session's so far, like High and Low
	High      Null[Price]
	Low       Null[Price]
	Venue     string // "" is NULL
	Currency  string // "" is NULL
	Sequence  Null[int64]
	// Extra is a JSON object without white space that holds the fields the record does not know, or empty.
	// Parse and ParseRow reuse its memory.
	Extra []byte
}

// Reset empties t and keeps the memory of Extra.
func (t *Tick) Reset() { *t = Tick{Extra: t.Extra[:0]} }
