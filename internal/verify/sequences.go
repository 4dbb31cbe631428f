package verify

import (
	"cmp"
	"slices"
)

// Sequences is what the numbers of the symbols' ticks say.
type Sequences struct {
	Symbols int   `json:"symbols"` // with numbered ticks
	Ticks   int64 `json:"ticks"`   // that have a number
	Missing int64 `json:"missing"` // numbers between a symbol's first and last that no tick has
	Doubles int64 `json:"doubles"` // ticks whose number another tick of the symbol has
	// Gaps are the first of those missing.
	Gaps []Gap `json:"gaps"`
}

// Gap is numbers of a symbol that no tick has: [From, To].
type Gap struct {
	Symbol string `json:"symbol"`
	From   int64  `json:"from"`
	To     int64  `json:"to"`
}

// Unbroken says that no number is missing or stands twice.
func (s *Sequences) Unbroken() bool { return s.Missing == 0 && s.Doubles == 0 }

// sequences are the numbers seen of each symbol.
type sequences map[string]*numbers

// numbers are runs of consecutive numbers: [from, to] each, in the order in which they came until they are merged.
// Rows of a file come sorted by time, so that there are few.
type numbers struct {
	ticks   int64
	runs    []run
	merged  int // runs up to here are in order and apart
	doubles int64
}

type run struct{ from, to int64 }

func (s sequences) add(symbol string, n int64) {
	of := s[symbol]
	if of == nil {
		of = new(numbers)
		s[symbol] = of
	}
	of.ticks++
	if last := len(of.runs) - 1; last >= 0 && last >= of.merged && n == of.runs[last].to+1 && n > of.runs[last].to {
		of.runs[last].to = n
		return
	}
	of.runs = append(of.runs, run{n, n})
	if len(of.runs) > 2*of.merged+4096 {
		of.merge()
	}
}

// merge joins runs that touch, and counts what stands twice.
func (of *numbers) merge() {
	slices.SortFunc(of.runs, func(a, b run) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	out := of.runs[:0]
	for _, r := range of.runs {
		if len(out) == 0 {
			out = append(out, r)
			continue
		}
		last := &out[len(out)-1]
		switch {
		case r.from <= last.to:
			of.doubles += min(r.to, last.to) - r.from + 1
			last.to = max(last.to, r.to)
		case r.from == last.to+1:
			last.to = r.to
		default:
			out = append(out, r)
		}
	}
	of.runs = out
	of.merged = len(out)
}

// maxGaps bounds the list of gaps.
const maxGaps = 20

func (s sequences) summary() Sequences {
	sum := Sequences{Symbols: len(s), Gaps: []Gap{}}
	for _, symbol := range sortedKeys(s) {
		of := s[symbol]
		of.merge()
		sum.Ticks += of.ticks
		sum.Doubles += of.doubles
		for i := 1; i < len(of.runs); i++ {
			gap := Gap{symbol, of.runs[i-1].to + 1, of.runs[i].from - 1}
			sum.Missing += gap.To - gap.From + 1
			if len(sum.Gaps) < maxGaps {
				sum.Gaps = append(sum.Gaps, gap)
			}
		}
	}
	return sum
}
