package feed

import (
	"fmt"
	"strings"

	"ticklake/internal/tick"
)

// The record's fields as a dataset's columns can be mapped to them.
const (
	toTimestamp = iota
	toSymbol
	toPrice
	toVolume
	toOpen
	toHigh
	toLow
	toVenue
	toCurrency
	toSequence
	fieldCount
	toObject   = -1 // the record's extra itself, as raw CSV has it
	toExtra    = -2 // a member of extra
	toTimeMore = -3 // the timestamp's second and further columns
)

var fieldNames = [fieldCount]string{
	"timestamp", "symbol", "price", "volume", "open", "high", "low", "venue", "currency", "sequence",
}

const requiredFields = toPrice + 1

// maxColumns bounds a header.
const maxColumns = 1024

// form is a header that is known.
type form struct {
	title   string
	columns map[string]int // folded name to field
}

// knownForms are the headers that load by themselves: raw CSV as the lake has it, the one of the stock market dataset's
// description, and the one of the file as published.
func knownForms() []form {
	own := func(more map[string]int) map[string]int { // what only we name so, in any form
		for _, to := range []int{toVenue, toCurrency, toSequence} {
			more[fieldNames[to]] = to
		}
		return more
	}
	return []form{
		{"timestamp, symbol, price, volume, open, high, low, venue, currency, sequence, extra", own(map[string]int{
			"timestamp": toTimestamp, "symbol": toSymbol, "price": toPrice, "volume": toVolume,
			"open": toOpen, "high": toHigh, "low": toLow, "extra": toObject,
		})},
		{"Timestamp, Stock Symbol, Price, Volume, Open Price, High Price, Low Price", own(map[string]int{
			"timestamp": toTimestamp, "stock symbol": toSymbol, "price": toPrice, "volume": toVolume,
			"open price": toOpen, "high price": toHigh, "low price": toLow,
		})},
		{"Index, Date, Open, High, Low, Close, Adj Close, Volume, CloseUSD", own(map[string]int{
			"date": toTimestamp, "index": toSymbol, "close": toPrice, "volume": toVolume,
			"open": toOpen, "high": toHigh, "low": toLow,
		})},
	}
}

func fold(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// shorten bounds a text from outside that stands in a message.
func shorten(s string) string {
	const limit = 64
	if len(s) <= limit {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}

// layout is what becomes of each column of a file. It does not change.
type layout struct {
	names    []string // of the columns, trimmed; of one without a name, "column3"
	targets  []target
	template tick.Tick // constants
	extra    []byte    // constants of extra, the object still open
	members  bool      // there are members of extra
	set      []string  // constants, as FIELD="VALUE"
	numbered bool      // neither a column nor a constant has the sequence
	moments  int       // columns that make the timestamp
	headed   bool      // the file has a header
	comma    byte
}

// measure is what says how many fields a row has, with its verb.
func (l *layout) measure() string {
	if l.headed {
		return "header has"
	}
	return "first row has"
}

// text is the layout in a feed's identity.
func (l *layout) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q", rune(l.comma))
	if !l.headed {
		b.WriteString(";no header")
	}
	for i, t := range l.targets {
		if t.to == toExtra {
			fmt.Fprintf(&b, ";%d=%s%q", i+1, extraPrefix, t.key)
		} else {
			fmt.Fprintf(&b, ";%d=%s", i+1, t)
		}
	}
	for _, s := range l.set {
		b.WriteString(";" + s)
	}
	return b.String()
}
