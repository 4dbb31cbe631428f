package feed

import (
	"time"

	"ticklake/internal/tick"
)

// Facts are what a dataset holds, as counts. From Rows and the days, months and years that have any, one tells how many
// rows a folder of each width would hold.
type Facts struct {
	Rows     int64 // bad ones too
	Bad      int64
	ByReason map[tick.Reason]int64
	Blank    int64 // lines without a byte, which are no rows
	Lenient  Leniency
	Numbered bool // sequences are ours: the (last) file has none
	Symbols  int
	First    tick.Timestamp // the earliest and the latest time; 0 where no row is a tick
	Last     tick.Timestamp
	Days     int // days, months and years in UTC with any tick
	Months   int
	Years    int
}

// survey gathers facts. What it holds is bounded by the days that a Timestamp can hold and by maxSymbols.
type survey struct {
	sum     Summary
	symbols map[tick.Symbol]struct{}
	days    map[int64]struct{} // since 1970
	first   tick.Timestamp
	last    tick.Timestamp
	any     bool
}

func (s *survey) add(row *Row, rows *datasetRows) {
	s.sum.Read++
	if row.Bad != nil {
		s.sum.bad(row.Bad)
		return
	}
	t := &rows.conv.t
	if s.symbols == nil {
		s.symbols, s.days = make(map[tick.Symbol]struct{}), make(map[int64]struct{})
	}
	if len(s.symbols) < maxSymbols {
		s.symbols[t.Symbol] = struct{}{}
	}
	if !s.any || t.Timestamp < s.first {
		s.first = t.Timestamp
	}
	if !s.any || t.Timestamp > s.last {
		s.last = t.Timestamp
	}
	s.any = true
	s.days[floorDay(t.Timestamp)] = struct{}{}
}

func floorDay(ts tick.Timestamp) int64 {
	const day = int64(24 * time.Hour)
	d := int64(ts) / day
	if int64(ts)%day < 0 {
		d--
	}
	return d
}

func (s *survey) facts(rows *datasetRows) Facts {
	f := Facts{
		Rows: s.sum.Read, Bad: s.sum.Bad, ByReason: s.sum.ByReason, Blank: rows.blank, Lenient: rows.conv.lenient,
		Numbered: rows.conv.layout != nil && rows.conv.layout.numbered,
		Symbols:  len(s.symbols), First: s.first, Last: s.last, Days: len(s.days),
	}
	months, years := make(map[int]struct{}), make(map[int]struct{})
	for day := range s.days {
		date := time.Unix(day*24*60*60, 0).UTC()
		years[date.Year()] = struct{}{}
		months[date.Year()*12+int(date.Month())] = struct{}{}
	}
	f.Months, f.Years = len(months), len(years)
	return f
}
