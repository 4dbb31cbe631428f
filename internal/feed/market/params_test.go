package market

import (
	"strings"
	"testing"
	"time"
)

func TestANameHoldsEverything(t *testing.T) {
	history := small()
	history.Rate, history.Live, history.Session = 0, time.Time{}, ""
	live := small()
	live.Days, live.Ticks, live.First, live.Session = 0, 0, time.Time{}, Weekdays
	for _, tt := range []struct {
		p    Params
		want string
	}{
		{Default(noon), "market:v1;seed=1;symbols=20;first=2026-11-18;days=5;ticks=100000;live=2026-11-25T12:34Z;rate=500;session=always"},
		{history, "market:v1;seed=1;symbols=7;first=2026-11-19;days=3;ticks=2000"},
		{live, "market:v1;seed=1;symbols=7;live=2026-11-25T12:34Z;rate=3;session=weekdays"},
	} {
		if got := tt.p.String(); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
		p, err := Parse(tt.want)
		if err != nil || p.String() != tt.want || !p.Live.Equal(tt.p.Live) || !p.First.Equal(tt.p.First) {
			t.Errorf("%s reads as %+v, %v", tt.want, p, err)
		}
		if !Is(tt.want) || Is("dataset:00") {
			t.Error("Is")
		}
	}
}

func TestANameThatIsNotWholeIsRefused(t *testing.T) {
	good := Default(noon).String()
	for _, change := range [][2]string{
		{"v1", "v2"},
		{"seed=1", "seed=01"},
		{"seed=1;", ""},
		{"symbols=20", "symbols=0"},
		{"symbols=20", "symbols=1001"},
		{"days=5", "days=-5"},
		{"days=5", "days=6"},
		{"first=2026-11-18", "first=2026-11-15"},
		{"first=2026-11-18", "first=18.11."},
		{"live=2026-11-25T12:34Z", "live=2026-11-24T12:34Z"},
		{"rate=500", "rate=5e2"},
		{"rate=500", "rate=1000001"},
		{"session=always", "session=never"},
		{";session=always", ""},
		{"rate=500;", "rate=500;rate=500;"},
		{"seed=1", "seed=1;mood=good"},
		{"ticks=100000", "ticks=0"},
		{"market:", "bazaar:"},
	} {
		name := strings.Replace(good, change[0], change[1], 1)
		if p, err := Parse(name); err == nil {
			t.Errorf("%s reads as %+v", name, p)
		}
	}
}

func TestWeekdaysAreCounted(t *testing.T) {
	d := dayOf(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)) // a Sunday
	for from := range day(7) {
		at := d + from
		for n := range 30 {
			for ; !weekday(at); at++ {
			}
			if got := weekdayAfter(d+from, n); got != at || ofWeek(got) != (int64(time.Unix(int64(got)*86400, 0).UTC().Weekday())+6)%7 {
				t.Errorf("weekday %d after %d: %d, want %d", n, d+from, got, at)
			}
			at++
		}
	}
	if dayOf(time.Date(1969, 12, 31, 23, 0, 0, 0, time.UTC)) != -1 || ofWeek(-1) != 2 {
		t.Error("before 1970")
	}
}

func TestDefaultTakesTheFiveWeekdaysBeforeToday(t *testing.T) {
	for d := range 7 {
		now := noon.AddDate(0, 0, d)
		p := Default(now)
		if err := p.check(); err != nil {
			t.Error(err)
		}
		last := weekdayAfter(dayOf(p.First), 4)
		if next := weekdayAfter(last+1, 0); last >= dayOf(now) || next < dayOf(now) {
			t.Errorf("%s: from %s to day %d", now.Weekday(), p.First, last)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(Default(noon).String())
	f.Add("market:v1;seed=0;symbols=1;live=1999-12-31T23:59Z;rate=1;session=weekdays")
	f.Fuzz(func(t *testing.T, name string) {
		p, err := Parse(name)
		if err != nil {
			return
		}
		if p.String() != name {
			t.Errorf("%q became %q", name, p)
		}
		if _, err := New(p); err != nil {
			t.Error(err)
		}
	})
}
