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
	Numbered bool // sequences are ours: no file has any
	Symbols  int
	First    tick.Timestamp // the earliest and the latest time; 0 where no row is a tick
	Last     tick.Timestamp
	Days     int // days, months and years in UTC with any tick
	Months   int
	Years    int
	Earlier  int64 // ticks whose time lies before that of the tick before, in the files' order
	Backward int64 // ticks whose time lies before that of their symbol's tick before
}

// survey gathers facts. What it holds is bounded by the days that a Timestamp can hold.
type survey struct {
	sum      Summary
	days     map[int64]struct{} // since 1970
	day      int64              // the latest one that was added
	first    tick.Timestamp
	last     tick.Timestamp
	before   tick.Timestamp
	any      bool
	earlier  int64
	backward int64
}

func (s *survey) add(row *Row, rows *datasetRows) {
	s.sum.Read++
	if row.Bad != nil {
		s.sum.bad(row.Bad)
		return
	}
	at := rows.conv.t.Timestamp
	if state := rows.conv.at; state != nil {
		if state.seen && at < state.latest {
			s.backward++
		}
		state.latest, state.seen = at, true
	}
	if s.any && at < s.before {
		s.earlier++
	}
	if !s.any || at < s.first {
		s.first = at
	}
	if !s.any || at > s.last {
		s.last = at
	}
	if day := floorDay(at); !s.any || day != s.day {
		if s.days == nil {
			s.days = make(map[int64]struct{})
		}
		s.days[day] = struct{}{}
		s.day = day
	}
	s.before, s.any = at, true
}

func floorDay(ts tick.Timestamp) int64 { return floorDiv(int64(ts), int64(24*time.Hour)) }

func (s *survey) facts(rows *datasetRows) Facts {
	f := Facts{
		Rows: s.sum.Read, Bad: s.sum.Bad, ByReason: s.sum.ByReason, Blank: rows.blank, Lenient: rows.conv.times.lenient,
		Numbered: !rows.given,
		Symbols:  len(rows.conv.symbols.states), First: s.first, Last: s.last, Days: len(s.days),
		Earlier: s.earlier, Backward: s.backward,
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
