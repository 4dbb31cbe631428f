package tick

import (
	"testing"
	"time"
)

func TestTimestampIsRFC3339InUTC(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"nanoseconds", "2024-05-17T14:30:00.123456789Z", "2024-05-17T14:30:00.123456789Z"},
		{"shortest fraction", "2024-05-17T14:30:00.1200Z", "2024-05-17T14:30:00.12Z"},
		{"zeros beyond nanoseconds", "2024-05-17T14:30:00.1234567890000Z", "2024-05-17T14:30:00.123456789Z"},
		{"offset", "2024-05-17T16:30:00+02:00", "2024-05-17T14:30:00Z"},
		{"offset over midnight", "2024-05-17T23:30:00-05:30", "2024-05-18T05:00:00Z"},
		{"unknown offset", "2024-05-17T16:30:00-00:00", "2024-05-17T16:30:00Z"},
		{"lower case", "2024-05-17t14:30:00z", "2024-05-17T14:30:00Z"},
		{"a date", "1987-01-02", "1987-01-02T00:00:00Z"},
		{"leap day", "2000-02-29", "2000-02-29T00:00:00Z"},
		{"first year", "1678-01-01", "1678-01-01T00:00:00Z"},
		{"last instant", "2261-12-31T23:59:59.999999999Z", "2261-12-31T23:59:59.999999999Z"},
		{"year too early", "1677-12-31T23:59:59Z", string(errTimeYear)},
		{"year too early by its offset", "1678-01-01T00:00:00+01:00", string(errTimeYear)},
		{"year too late", "2262-01-01", string(errTimeYear)},
		{"no leap day", "2100-02-29", string(errTimeDay)},
		{"month 13", "2024-13-01", string(errTimeDay)},
		{"day 0", "2024-05-00", string(errTimeDay)},
		{"leap second", "2016-12-31T23:59:60Z", string(errTimeClock)},
		{"hour 24", "2024-05-17T24:00:00Z", string(errTimeClock)},
		{"ten decimals", "2024-05-17T14:30:00.1234567891Z", string(errTimeFrac)},
		{"offset of a day", "2024-05-17T14:30:00+24:00", string(errTimeZone)},
		{"no zone", "2024-05-17T14:30:00", string(errTimeForm)},
		{"blank for T", "2024-05-17 14:30:00Z", string(errTimeForm)},
		{"comma", "2024-05-17T14:30:00,5Z", string(errTimeForm)},
		{"open fraction", "2024-05-17T14:30:00.Z", string(errTimeForm)},
		{"one digit of an hour", "2024-05-17T4:30:00Z", string(errTimeForm)},
		{"no seconds", "2024-05-17T14:30Z", string(errTimeForm)},
		{"short offset", "2024-05-17T14:30:00+02", string(errTimeForm)},
		{"bytes behind", "2024-05-17T14:30:00Z ", string(errTimeForm)},
		{"signs for digits", "2024-+5-17", string(errTimeForm)},
		{"nothing", "", string(errTimeForm)},
		{"a number", "1715956200", string(errTimeForm)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ts, err := ParseTimestamp(tt.in)
			if got := outcome(ts, err); got != tt.want {
				t.Errorf("ParseTimestamp(%q) = %s, want %s", tt.in, got, tt.want)
			}
		})
	}
}

func TestMicrosRoundDown(t *testing.T) {
	for _, tt := range []struct{ in, want int64 }{{1999, 1}, {1000, 1}, {0, 0}, {-1, -1}, {-1000, -1}, {-1001, -2}} {
		if got := Timestamp(tt.in).Micros(); got != tt.want {
			t.Errorf("Timestamp(%d).Micros() = %d, want %d", tt.in, got, tt.want)
		}
	}
}

// FuzzTimestamp holds the reader against the standard library's, which takes more than RFC 3339 and never less.
func FuzzTimestamp(f *testing.F) {
	for _, s := range []string{
		"2024-05-17T14:30:00Z", "1987-01-02", "2024-02-29t00:00:00.5+23:59", "2261-12-31T23:59:59-00:01",
		"2016-12-31T23:59:60Z", "0000-00-00", "2024-05-17T14:30:00.123456789012Z",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseTimestamp(s)
		if err != nil {
			return
		}
		layout := time.RFC3339
		if len(s) == 10 {
			layout = time.DateOnly
		}
		if want, err := time.Parse(layout, upper(s)); err != nil || FromTime(want) != got {
			t.Fatalf("ParseTimestamp(%q) = %v; time.Parse: %v, %v", s, got, want, err)
		}
		if again, err := ParseTimestamp(got.Append(nil)); err != nil || again != got {
			t.Fatalf("%v reads back as %v, %v", got, again, err)
		}
	})
}

// upper makes T and Z what time.Parse knows.
func upper(s string) string {
	b := []byte(s)
	for i := range b {
		if b[i] == 't' || b[i] == 'z' {
			b[i] -= 'a' - 'A'
		}
	}
	return string(b)
}
