package feed

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ticklake/internal/tick"
)

// readTime reads a time as a mapping says.
func readTime(t testing.TB, m Mapping, text string) string {
	t.Helper()
	r, err := m.compile()
	if err != nil {
		t.Fatal(err)
	}
	c := newConverter(r)
	ts, err := c.times.read([]byte(text))
	if err != nil {
		return err.Error()
	}
	return ts.String()
}

func TestTimesAreReadAsTheFormatSays(t *testing.T) {
	tests := []struct{ format, date, in, want string }{
		{"", "", "2024-05-17", "2024-05-17T00:00:00Z"},
		{"", "", "2024-05-17 14:30:00.5", "2024-05-17T14:30:00.5Z"},
		{"", "", "1901-01-01T00:00:00.25+02:00", "1900-12-31T22:00:00.25Z"},
		{"%Y/%m/%d", "", "2018/10/15", "2018-10-15T00:00:00Z"},
		{"%Y/%m/%d", "", "2018/1/5", "2018-01-05T00:00:00Z"},
		{"%b %d %Y", "", "Jan 1 2000", "2000-01-01T00:00:00Z"},
		{"%B %d, %Y", "", "september 30,  1999", "1999-09-30T00:00:00Z"},
		{"%d-%b-%y", "", "05-MAY-69", "1969-05-05T00:00:00Z"},
		{"%d-%b-%y", "", "05-may-68", "2068-05-05T00:00:00Z"},
		{"%Y%m%d %H:%M", "", "19980102 00:00", "1998-01-02T00:00:00Z"},
		{"%Y%m%d%H%M%S%z", "", "20131007093005-0400", "2013-10-07T13:30:05Z"},
		{"%F %T.%f%z", "", "2013-10-07 09:30:05.000000001+05:30", "2013-10-07T04:00:05.000000001Z"},
		{"%F %R%z", "", "2013-10-07 09:30Z", "2013-10-07T09:30:00Z"},
		{"%F %T%z", "", "2013-10-07 09:30:00+02", "2013-10-07T07:30:00Z"},
		{"%D %I:%M %p", "", "10/07/13 12:05 am", "2013-10-07T00:05:00Z"},
		{"%D %I:%M %p", "", "10/07/13 12:05 PM", "2013-10-07T12:05:00Z"},
		{"%D %I:%M%p", "", "10/07/13 1:05Pm", "2013-10-07T13:05:00Z"},
		{"%a, %d %b %Y", "", "Fri, 17 May 2024", "2024-05-17T00:00:00Z"},
		{"%A %d %b %Y", "", "friday 17 May 2024", "2024-05-17T00:00:00Z"},
		{"%Y-%j", "", "2024-366", "2024-12-31T00:00:00Z"},
		{"%Y", "", "1987", "1987-01-01T00:00:00Z"},
		{"%Y-%m", "", "1987-11", "1987-11-01T00:00:00Z"},
		{"100%% %Y", "", "100% 1987", "1987-01-01T00:00:00Z"},
		{"%H:%M:%S.%f", "2013-10-07", "09:30:00.125", "2013-10-07T09:30:00.125Z"},
		{"unix", "", "1715956200", "2024-05-17T14:30:00Z"},
		{"unix_s", "", "1715956200.123456789", "2024-05-17T14:30:00.123456789Z"},
		{"unix", "", "1715956200.1234567890", "2024-05-17T14:30:00.123456789Z"},
		{"unix", "", "-0.5", "1969-12-31T23:59:59.5Z"},
		{"unix_ms", "", "1715956200123", "2024-05-17T14:30:00.123Z"},
		{"unix_ms", "", "1715956200123.0", "2024-05-17T14:30:00.123Z"},
		{"unix_us", "", "1715956200123456.5", "2024-05-17T14:30:00.1234565Z"},
		{"unix_ns", "", "1715956200123456789", "2024-05-17T14:30:00.123456789Z"},
		{"s_of_day", "2013-10-07", "14400.464", "2013-10-07T04:00:00.464Z"},
		{"ms_of_day", "2013-10-07", "14400464", "2013-10-07T04:00:00.464Z"},
		{"us_of_day", "2013-10-07", "0", "2013-10-07T00:00:00Z"},
		{"ns_of_day", "1969-12-31", "86399999999999", "1969-12-31T23:59:59.999999999Z"},

		{"", "", "11:34", "not RFC 3339; write 2024-05-17T14:30:00.123Z, or 2024-05-17 for midnight UTC"},
		{"%Y/%m/%d", "", "11:34", `not as the time format "%Y/%m/%d" says; such as "2024/05/17"`},
		{"%Y/%m/%d", "", "2018/10/15 ", `not as the time format "%Y/%m/%d" says; such as "2024/05/17"`},
		{"%Y/%m/%d", "", "18/10/15", `not as the time format "%Y/%m/%d" says; such as "2024/05/17"`},
		{"%Y%m%d", "", "2018115", `not as the time format "%Y%m%d" says; such as "20240517"`},
		{"%Y/%m/%d", "", "2018/02/30", "no such day"},
		{"%Y/%m/%d", "", "2018/00/30", "no such day"},
		{"%Y-%j", "", "2023-366", "no such day"},
		{"%Y-%j", "", "2023-000", `not as the time format "%Y-%j" says; such as "2024-138"`},
		{"%F %T", "", "2018-02-03 24:00:00", "no such time of day; a leap second cannot be held"},
		{"%F %T", "", "2016-12-31 23:59:60", "no such time of day; a leap second cannot be held"},
		{"%F %I %p", "", "2018-02-03 13 PM", "no such time of day; a leap second cannot be held"},
		{"%F %I %p", "", "2018-02-03 0 AM", "no such time of day; a leap second cannot be held"},
		{"%a %F", "", "Thu 2024-05-17", "not that day of the week"},
		{"%F %T%z", "", "2018-02-03 10:00:00+24", `not as the time format "%F %T%z" says; such as "2024-05-17 14:30:00+0000"`},
		{"%Y", "", "1677", "outside the years 1678 to 2261, which nanoseconds since 1970 can hold"},
		{"%Y", "", "2262", "outside the years 1678 to 2261, which nanoseconds since 1970 can hold"},
		{"unix", "", "1e9", "not a number of the unit that the time format names; write 1715956200 or 1715956200.123"},
		{"unix", "", "", "not a number of the unit that the time format names; write 1715956200 or 1715956200.123"},
		{"unix", "", "1.", "not a number of the unit that the time format names; write 1715956200 or 1715956200.123"},
		{"unix", "", "1.0000000001", "more than nine decimals of a second"},
		{"unix_ns", "", "1.5", "more than nine decimals of a second"},
		{"unix", "", "9300000000", "outside the years 1678 to 2261, which nanoseconds since 1970 can hold"},
		{"unix_ns", "", "99999999999999999999", "outside the years 1678 to 2261, which nanoseconds since 1970 can hold"},
		{"ms_of_day", "2013-10-07", "86400000", "not within a day: it counts from midnight to the next"},
		{"ms_of_day", "2013-10-07", "-1", "not within a day: it counts from midnight to the next"},
		{"s_of_day", "2013-10-07", "99999999999999999999", "not within a day: it counts from midnight to the next"},
	}
	for _, tt := range tests {
		if got := readTime(t, Mapping{TimeFormat: tt.format, Date: tt.date}, tt.in); got != tt.want {
			t.Errorf("%q by %q: %s, want %s", tt.in, tt.format, got, tt.want)
		}
	}
}

func TestAFormatThatMakesNoTimeIsRefused(t *testing.T) {
	tests := []struct{ format, date, zone, want string }{
		{"iso", "", "", "it is a pattern such as '%Y-%m-%d %H:%M:%S', or one of unix, unix_ms,"},
		{"unix_h", "", "", "it is a pattern"},
		{"h_of_day", "2024-01-01", "", "it is a pattern"},
		{"%d.%m.", "", "", "it has no year"},
		{"%a %H", "2024-01-01", "", "it has no year"},
		{"%H:%M", "", "", "say the day with --date YYYY-MM-DD"},
		{"ms_of_day", "", "", "wants --date YYYY-MM-DD"},
		{"ms_of_day", "07.10.2013", "", `date "07.10.2013": write YYYY-MM-DD`},
		{"ms_of_day", "2013-10-07T00:00:00Z", "", "write YYYY-MM-DD"},
		{"%Y", "2024-01-01", "", "have a day of their own"},
		{"", "2024-01-01", "", "times of the format RFC 3339 have a day of their own"},
		{"unix", "2024-01-01", "", "have a day of their own"},
		{"%Y %y", "", "", "more than once"},
		{"%F %H %I %p", "", "", "it has %H or %I more than once"},
		{"%Y %d", "", "", "it has a day and no month"},
		{"%Y %j %m", "", "", "%j is a day of the year"},
		{"%F %I", "", "", "%I and %p go together"},
		{"%F %M", "", "", "lacks the larger one"},
		{"%F %H %S", "", "", "lacks the larger one"},
		{"%F %z", "", "", "lacks the larger one"},
		{"%T.%f%Y", "", "", "nobody can tell where the one ends"},
		{"%F %Z", "", "", "name the zone with --time-zone"},
		{"%s", "", "", "the format unix is"},
		{"%F %Q", "", "", "%Q is not read; what is: %Y"},
		{"%F %", "", "", "it ends with %"},
		{"%", "", "", "it ends with %"},
		{"% ", "", "", "is not read"},
		{"%p", "2024-01-01", "", "%I and %p go together"},
		{"%%", "", "", "neither a year nor an hour"},
		{strings.Repeat("%%", 100), "", "", "longer than 128 bytes"},
		{"", "", "Mars/Phobos", `time zone "Mars/Phobos": no such zone`},
		{"", "", "Local", "another on every machine"},
		{"", "", "../../etc/passwd", "no such zone"},
		{"unix", "", "America/New_York", "are in UTC and need none"},
		{"%F %T%z", "", "America/New_York", "are in UTC and need none"},
	}
	for _, tt := range tests {
		err := Mapping{TimeFormat: tt.format, Date: tt.date, TimeZone: tt.zone}.Check()
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q, %q, %q: %v, want %q", tt.format, tt.date, tt.zone, err, tt.want)
		}
	}
}

func TestATimeOfAZoneIsWhenItsClocksShowedIt(t *testing.T) {
	tests := []struct{ name, zone, format, date, in, want string }{
		{"summer", "America/New_York", "", "", "2013-10-07 09:30:00", "2013-10-07T13:30:00Z"},
		{"winter", "America/New_York", "", "", "2013-12-07T09:30:00.000000001", "2013-12-07T14:30:00.000000001Z"},
		{"its own offset wins", "America/New_York", "", "", "2013-12-07T09:30:00+01:00", "2013-12-07T08:30:00Z"},
		{"a day is its midnight there", "Asia/Hong_Kong", "", "", "1986-12-31", "1986-12-30T16:00:00Z"},
		{"before the gap", "America/New_York", "%F %T", "", "2024-03-10 01:59:59", "2024-03-10T06:59:59Z"},
		{"the gap", "America/New_York", "%F %T", "", "2024-03-10 02:00:00", errGap.Error()},
		{"the gap's end", "America/New_York", "%F %T", "", "2024-03-10 02:59:59", errGap.Error()},
		{"after the gap", "America/New_York", "%F %T", "", "2024-03-10 03:00:00", "2024-03-10T07:00:00Z"},
		{"before the doubled hour", "America/New_York", "%F %T", "", "2024-11-03 00:59:59", "2024-11-03T04:59:59Z"},
		{"the doubled hour is the first", "America/New_York", "%F %T", "", "2024-11-03 01:30:00", "2024-11-03T05:30:00Z"},
		{"after the doubled hour", "America/New_York", "%F %T", "", "2024-11-03 02:00:00", "2024-11-03T07:00:00Z"},
		{"half an hour", "Australia/Lord_Howe", "%F %T", "", "2024-04-07 01:45:00", "2024-04-06T14:45:00Z"},
		{"a day that was not", "Pacific/Apia", "%F %T", "", "2011-12-30 12:00:00", errGap.Error()},
		{"the wall clock, not what has passed since midnight", "America/New_York", "ms_of_day", "2024-03-10", "34200000", "2024-03-10T13:30:00Z"},
		{"before there were zones", "America/New_York", "", "", "1870-01-01 00:00:00", "1870-01-01T04:56:02Z"},
		{"the far future", "Europe/Berlin", "", "", "2200-07-01 12:00:00", "2200-07-01T10:00:00Z"},
		{"just within", "Asia/Tokyo", "", "", "1678-01-01 12:00:00", "1678-01-01T02:41:01Z"},
		{"just outside", "Asia/Tokyo", "", "", "1678-01-01 00:00:00", errTimeYear.Error()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := readTime(t, Mapping{TimeFormat: tt.format, Date: tt.date, TimeZone: tt.zone}, tt.in); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

// TestAWallClockAgreesWithTheZone holds that whatever comes before, a time of day is the first instant at which the
// zone's clocks showed it, or none.
func TestAWallClockAgreesWithTheZone(t *testing.T) {
	zones := []string{"America/New_York", "Europe/London", "Asia/Tokyo", "Pacific/Apia", "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca", "Antarctica/Troll"}
	rapid.Check(t, func(t *rapid.T) {
		zone, err := loadZone(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		clock := wallClock{zone: zone}
		base := time.Date(rapid.IntRange(1936, 2250).Draw(t, "year"), 1, 1, 0, 0, 0, 0, time.UTC).Unix() // offsets of whole minutes
		for range 20 {
			wall := base + int64(rapid.IntRange(0, 366*24*3600).Draw(t, "wall"))
			var want []int64 // ascending
			for offset := int64(16 * 3600); offset >= -16*3600; offset -= 60 {
				if _, at := time.Unix(wall-offset, 0).In(zone).Zone(); int64(at) == offset {
					want = append(want, wall-offset)
				}
			}
			got, twice, err := clock.unix(wall)
			switch {
			case len(want) == 0 && err == nil, len(want) > 0 && (err != nil || got != want[0] || twice != (len(want) > 1)):
				t.Fatalf("%v at %s: %d, %v, %v; want %v", zone, time.Unix(wall, 0).UTC(), got, twice, err, want)
			}
		}
	})
}

// TestWhatAPatternWritesItReads holds that reading undoes writing.
func TestWhatAPatternWritesItReads(t *testing.T) {
	dates := []string{"%Y-%m-%d", "%d/%m/%Y", "%Y%m%d", "%b %e %Y", "%d-%b-%Y", "%A, %B %d %Y", "%Y.%j", "%m/%d/%Y"}
	clocks := []string{"", " %H:%M:%S", "T%H%M%S", " %I:%M:%S %p", " %T.%f", " %T%z"}
	rapid.Check(t, func(t *rapid.T) {
		source := rapid.SampledFrom(dates).Draw(t, "date") + rapid.SampledFrom(clocks).Draw(t, "clock")
		p, err := compilePattern(source)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Unix(rapid.Int64Range(firstSecond, endSecond-1).Draw(t, "at"), 0).UTC()
		if strings.Contains(source, "%f") {
			at = at.Add(time.Duration(rapid.IntRange(0, 999).Draw(t, "ms")) * time.Millisecond)
		}
		if !p.clock {
			at = at.Truncate(24 * time.Hour)
		}
		text := p.format(at)
		tm := times{form: p}
		got, err := tm.read([]byte(text))
		if err != nil || got != tick.FromTime(at) {
			t.Fatalf("%s writes %v as %q, and reads %v, %v", source, at, text, got, err)
		}
	})
}

// FuzzTimeFormat holds that no pattern and no text make it panic, that what is read lies within what can be held, and
// that the pattern in its one form reads the same.
func FuzzTimeFormat(f *testing.F) {
	for _, s := range [][3]string{
		{"%Y-%m-%d %H:%M:%S", "2024-05-17 14:30:00", ""},
		{"%b %d, %Y %I:%M %p", "Jan 1, 2000 1:00 PM", "America/New_York"},
		{"%H%M%S%f", "093000123", ""},
		{"unix_ms", "1715956200123.5", ""},
		{"%Y%j%z", "2024138+0530", ""},
		{"%%%n%t%D", "%  10/07/13", "Pacific/Apia"},
		{"%A%B%e%y", "FridayMay1724", ""},
		{"ms_of_day", "14400464", "America/New_York"},
		{"%", "", ""},
		{"%\xff", "\xff", "UTC"},
	} {
		f.Add(s[0], s[1], s[2])
	}
	f.Fuzz(func(t *testing.T, format, text, zone string) {
		for _, date := range []string{"", "2024-03-10"} {
			r, err := Mapping{TimeFormat: format, Date: date, TimeZone: zone}.compile()
			if err != nil {
				continue
			}
			c := newConverter(r)
			got, err := c.times.read([]byte(text))
			if err != nil {
				if _, ok := err.(tick.FieldError); !ok { //nolint:errorlint // it is never wrapped
					t.Errorf("%v is no error of a field", err)
				}
				continue
			}
			if at := got.Time(); tick.FromTime(at) != got || at.Year() < 1678 || at.Year() > 2261 {
				t.Errorf("%q by %q is %v", text, format, at)
			}
			p, ok := r.time.(*patternForm)
			if !ok {
				continue
			}
			again, err := compileTime(p.source, date)
			if err != nil {
				t.Fatalf("%q in its one form is %q: %v", format, p.source, err)
			}
			tm := times{form: again, clock: wallClock{zone: r.zone}}
			if same, err := tm.read([]byte(text)); err != nil || same != got {
				t.Errorf("%q by %q is %v, by %q %v, %v", text, format, got, p.source, same, err)
			}
		}
	})
}

func TestUncommonTimesAreCounted(t *testing.T) {
	r, err := Mapping{TimeZone: "America/New_York"}.compile()
	if err != nil {
		t.Fatal(err)
	}
	c := newConverter(r)
	for _, text := range []string{"2024-11-03 01:30:00", "2024-11-03T01:30:00", "2024-11-03T01:30:00Z", "2024-11-03"} {
		if _, err := c.times.read([]byte(text)); err != nil {
			t.Error(err)
		}
	}
	if d := cmp.Diff(Leniency{Blank: 1, Twice: 2}, c.times.lenient); d != "" {
		t.Error(d)
	}
}
