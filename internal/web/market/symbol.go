package market

import (
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"ticklake/internal/tick"
	"ticklake/internal/web/bars"
)

// SparkSeconds is the step of a symbol's small line, and sparkSteps how many it has at most: two days.
const (
	SparkSeconds = 1800
	sparkSteps   = 96
)

// symbol is what is known of one.
type symbol struct {
	name  string
	known bool       // it has had a tick
	last  bars.Place // of its newest tick
	price tick.Price
	// What its newest tick says beside its price.
	open, high, low tick.Null[tick.Price]
	currency, venue string

	today  bars.Bar       // the day of its newest tick, as far as it is known
	spark  []step         // in order of time
	sqlTo  tick.Timestamp // of its newest tick that SQL sees
	landed bool           // that is known

	version      uint64 // of its last change that was made known; 0 before the first
	older, newer *symbol
	dirty        bool
	encoded      []byte // as a quote, of its version
}

// step is the last price of a step of time.
type step struct {
	start int64
	at    bars.Place
	price tick.Price
}

// newest takes a tick over if there is none that is newer.
func (s *symbol) newest(at bars.Place, t *tick.Tick) {
	if s.known && at.Compare(s.last) <= 0 {
		return
	}
	s.known, s.last, s.price, s.open, s.high, s.low = true, at, t.Price, t.Open, t.High, t.Low
	if s.currency != t.Currency || s.venue != t.Venue {
		s.currency, s.venue = t.Currency, t.Venue
	}
}

// count adds a tick to its day. One of an earlier day than that of the newest tick is history.
func (s *symbol) count(at bars.Place, price tick.Price, volume tick.Null[int64]) {
	day := bars.Start(at.Time, bars.Daily)
	switch {
	case s.today.Ticks == 0 || day > s.today.Time:
		s.today = bars.Bar{Time: day}
	case day < s.today.Time:
		return
	}
	s.today.Add(at, plain(price), volume)
	s.draw(step{bars.Start(at.Time, SparkSeconds), at, price})
}

// join adds what the lake has of a step of time.
func (s *symbol) join(b *bars.Bar) {
	s.draw(step{b.Time, b.Last, b.Close})
	part := *b
	part.Time = bars.Start(b.Last.Time, bars.Daily)
	switch {
	case s.today.Ticks == 0 || part.Time > s.today.Time:
		s.today = part
	case part.Time == s.today.Time:
		s.today.Merge(&part)
	}
}

// draw puts a price into the line, unless the step has a newer one.
func (s *symbol) draw(p step) {
	i, found := slices.BinarySearchFunc(s.spark, p.start, func(have step, start int64) int { return int(have.start - start) })
	switch {
	case found:
		if p.at.Compare(s.spark[i].at) > 0 {
			s.spark[i] = p
		}
		return
	case i == 0 && len(s.spark) == sparkSteps:
		return
	}
	s.spark = slices.Insert(s.spark, i, p)
	if len(s.spark) > sparkSteps {
		s.spark = slices.Delete(s.spark, 0, 1)
	}
}

// encode writes the quote in its one form. joined says that its day has what the lake has of it.
func (s *symbol) encode(dst []byte, joined bool) []byte {
	dst = appendText(append(dst, `{"symbol":`...), s.name)
	dst = appendPrice(append(dst, `,"price":`...), s.price)
	dst = append(dst, `,"time":"`...)
	dst = s.last.Time.Append(dst)
	dst = append(dst, `","open":`...)
	dst = appendMaybe(dst, s.open, joined, s.today.Open)
	dst = appendMaybe(append(dst, `,"high":`...), s.high, joined, s.today.High)
	dst = appendMaybe(append(dst, `,"low":`...), s.low, joined, s.today.Low)
	dst = append(dst, `,"volume":`...)
	if joined && s.today.Traded {
		dst = append(s.today.Volume.Append(append(dst, '"')), '"')
	} else {
		dst = append(dst, "null"...)
	}
	dst = append(dst, `,"ticks":`...)
	if joined {
		dst = strconv.AppendInt(dst, s.today.Ticks, 10)
	} else {
		dst = append(dst, "null"...)
	}
	dst = appendMaybeText(append(dst, `,"currency":`...), s.currency)
	dst = appendMaybeText(append(dst, `,"venue":`...), s.venue)
	return append(dst, '}')
}

// encodeSpark is encode with the small line, of at most so many points, the last among them.
func (s *symbol) encodeSpark(dst []byte, joined bool, points int) []byte {
	dst = s.encode(dst, joined)
	dst = append(dst[:len(dst)-1], `,"spark":[`...)
	if n := len(s.spark); n > 0 {
		stride := (n + points - 1) / points
		for i := (n - 1) % stride; i < n; i += stride {
			dst = append(appendPrice(dst, s.spark[i].price), ',')
		}
		dst = dst[:len(dst)-1]
	}
	return append(dst, "]}"...)
}

func appendText(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s) // it fails on invalid UTF-8 only, which no symbol or code is
	return dst
}

func appendMaybeText(dst []byte, s string) []byte {
	if s == "" {
		return append(dst, "null"...)
	}
	return appendText(dst, s)
}

func appendPrice(dst []byte, p tick.Price) []byte { return append(p.Append(append(dst, '"')), '"') }

// appendMaybe appends the session's price as ticks say it, else the day's where it is known.
func appendMaybe(dst []byte, said tick.Null[tick.Price], known bool, otherwise tick.Price) []byte {
	switch {
	case said.Valid:
		return appendPrice(dst, said.V)
	case known:
		return appendPrice(dst, otherwise)
	}
	return append(dst, "null"...)
}

// appendInstant appends a time in RFC 3339.
func appendInstant(dst []byte, t time.Time) []byte {
	return append(t.UTC().AppendFormat(append(dst, '"'), time.RFC3339Nano), '"')
}
