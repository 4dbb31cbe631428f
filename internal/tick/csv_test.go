package tick

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRowsThatAreNotOurs(t *testing.T) {
	const good = "2024-05-17T14:30:00Z,A,1,,,,,,,,"
	for _, tt := range []struct{ name, in, want string }{
		{"ten fields", strings.TrimSuffix(good, ","), "bad_row: not eleven fields of CSV"},
		{"twelve fields", good + ",", "bad_row: not eleven fields of CSV"},
		{"a quote inside", `2024-05-17T14:30:00Z,A"B,1,,,,,,,,`, "bad_row: not eleven fields of CSV"},
		{"a quote without end", `2024-05-17T14:30:00Z,"A,1,,,,,,,,`, "bad_row: not eleven fields of CSV"},
		{"bytes behind a quote", `2024-05-17T14:30:00Z,"A"B,1,,,,,,,,`, "bad_row: not eleven fields of CSV"},
		{"nothing", "", "bad_row: not eleven fields of CSV"},
		{"no price", "2024-05-17T14:30:00Z,A,,,,,,,,,", "missing_field: price: required, and not there"},
		{"bad volume", "2024-05-17T14:30:00Z,A,1,x,,,,,,,", "bad_number: volume: " + string(errNotNumber)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var tick Tick
			err := ParseRow([]byte(tt.in), &tick)
			if err == nil || err.Error() != tt.want {
				t.Errorf("ParseRow = %v, want %s", err, tt.want)
			}
		})
	}
}

// FuzzParseRow holds the splitter against the standard library's reader.
func FuzzParseRow(f *testing.F) {
	f.Add([]byte(`2024-05-17T14:30:00Z,"A,""",1,,,,,,,,"{""x"":1}"`))
	f.Add([]byte(strings.Repeat(",", 10)))
	f.Fuzz(func(t *testing.T, row []byte) {
		var got [columns][]byte
		if !splitRow(row, &got) || bytes.ContainsAny(row, "\r\n") {
			return
		}
		want, err := csv.NewReader(bytes.NewReader(row)).Read()
		if err != nil {
			t.Fatalf("%q: %v", row, err)
		}
		var fields []string
		for _, f := range got {
			fields = append(fields, string(f))
		}
		if diff := cmp.Diff(want, fields); diff != "" {
			t.Fatal(diff)
		}
		var tick Tick
		_ = ParseRow(row, &tick) // it must not panic
	})
}
