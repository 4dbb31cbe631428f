package insight_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ticklake/internal/insight"
	"ticklake/internal/lake"
	"ticklake/internal/tick"
)

// span is a folder, and the time that it holds: from its beginning to before its end.
type span struct {
	dt         string
	begin, end time.Time
}

// spans are the folders of all widths over some weeks at the turn of two months and of two years.
func spans() (out []span) {
	begin, end := time.Date(2023, 11, 25, 0, 0, 0, 0, time.UTC), time.Date(2024, 3, 5, 0, 0, 0, 0, time.UTC)
	for d := begin; d.Before(end); d = d.AddDate(0, 0, 1) {
		for h := range 24 {
			at := d.Add(time.Duration(h) * time.Hour)
			out = append(out, span{at.Format("2006-01-02-15"), at, at.Add(time.Hour)})
		}
		out = append(out, span{d.Format(time.DateOnly), d, d.AddDate(0, 0, 1)})
	}
	for m := time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC); m.Year() < 2026; m = m.AddDate(0, 1, 0) {
		out = append(out, span{m.Format("2006-01"), m, m.AddDate(0, 1, 0)})
	}
	for y := 2020; y < 2030; y++ {
		at := time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC)
		out = append(out, span{at.Format("2006"), at, at.AddDate(1, 0, 0)})
	}
	return out
}

func TestFoldersOfADayAreThoseThatMayHoldIt(t *testing.T) {
	q := newMarket().build(t)
	all := spans()
	var values strings.Builder
	for i, s := range all {
		if i > 0 {
			values.WriteString(", ")
		}
		fmt.Fprintf(&values, "('%s')", s.dt)
	}
	for _, days := range []int{1, 2, 7, 40} {
		for first := time.Date(2023, 12, 20, 0, 0, 0, 0, time.UTC); first.Before(time.Date(2024, 1, 10, 0, 0, 0, 0, time.UTC)); first = first.AddDate(0, 0, 3) {
			last := first.AddDate(0, 0, days-1)
			_, rows, err := q.Query(t.Context(), "SELECT dt FROM (VALUES "+values.String()+") AS folders (dt) WHERE "+insight.Folders(first, last))
			if err != nil {
				t.Fatal(err)
			}
			read := make(map[string]bool)
			for _, r := range rows {
				read[*r[0]] = true
			}
			for _, s := range all {
				holds := s.begin.Before(last.AddDate(0, 0, 1)) && first.Before(s.end)
				if holds && !read[s.dt] {
					t.Errorf("%s to %s: folder %s may hold ticks and is not read", first, last, s.dt)
				}
				// More may be read of the year in which a range begins, for the sake of one predicate for every width.
				if !holds && read[s.dt] && (days == 1 || s.begin.Year() != first.Year() || s.begin.After(last)) {
					t.Errorf("%s to %s: folder %s cannot hold ticks and is read", first, last, s.dt)
				}
			}
		}
	}
}

func TestADayReadsItsFoldersAlone(t *testing.T) {
	m := newMarket()
	day := time.Date(2024, 5, 17, 0, 0, 0, 0, time.UTC)
	for _, width := range []lake.Granularity{lake.Year, lake.Month, lake.Day, lake.Hour} {
		for d := day.AddDate(0, -3, 0); !d.After(day); d = d.AddDate(0, 0, 1) {
			m.add(width, time.Hour, tick.Tick{Timestamp: tick.FromTime(d.Add(14 * time.Hour)), Symbol: "A", Price: tick.One, Volume: tick.Some[int64](1)})
		}
	}
	q := m.build(t)
	i, err := insight.Find("highest_traded")
	if err != nil {
		t.Fatal(err)
	}
	sql, err := i.SQL("ticks", insight.Values{"day": "2024-05-16", "limit": "5"})
	if err != nil {
		t.Fatal(err)
	}
	_, rows, err := q.Query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	if files := q.(*engine).files; files != 4 { // of the year, the month, the day and the hour
		t.Errorf("%d files are read", files)
	}
	if len(rows) != 1 || *rows[0][3] != "4" {
		t.Errorf("answered %v", rows)
	}
}

func TestTheLastDayIsThatOfTheNewestTickWhateverTheFoldersAre(t *testing.T) {
	at := func(text string) tick.Tick {
		when, err := tick.ParseTimestamp(text)
		if err != nil {
			t.Fatal(err)
		}
		return tick.Tick{Timestamp: when, Symbol: "A", Price: tick.One}
	}
	type filed map[string]lake.Granularity
	for _, c := range []struct {
		name, want string
		ticks      filed
	}{
		{"one", "2024-05-17", filed{"2024-05-17T23:59:59.999999999Z": lake.Day}},
		{"year beside day", "2024-11-02", filed{"2024-11-02": lake.Year, "2024-05-17": lake.Day}},
		{"month beside day", "2024-05-31", filed{"2024-05-31": lake.Month, "2024-05-17": lake.Day, "2023-12-31": lake.Year}},
		{"month beside hour", "2024-05-17", filed{"2024-04-30": lake.Month, "2024-05-17T14:00:00Z": lake.Hour, "2024-05-16": lake.Day}},
		{"day beside hour", "2024-05-17", filed{"2024-05-17T15:00:00Z": lake.Day, "2024-05-17T14:00:00Z": lake.Hour}},
		{"years", "1999-12-31", filed{"1999-12-31T23:00:00Z": lake.Year, "1965-01-05": lake.Year}},
		{"before 1970", "1969-12-31", filed{"1969-12-31T23:59:59.9Z": lake.Year, "1965-01-05": lake.Month}},
	} {
		m := newMarket()
		for text, width := range c.ticks {
			m.add(width, time.Hour, at(text))
		}
		got, err := insight.LastDay(t.Context(), m.build(t), "ticks")
		if err != nil || got.Format(time.DateOnly) != c.want {
			t.Errorf("%s: %v, %v, want %s", c.name, got, err, c.want)
		}
	}
}
