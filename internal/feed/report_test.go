package feed

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAReportTellsAFewOfEachReasonAndAllInNumbers(t *testing.T) {
	var out strings.Builder
	r := NewReport(&out, 2)
	r.End()
	for line := range int64(5) {
		r.Tell(&Bad{File: "a.csv", Line: line + 2, Fault: Fault{Column: 3, Name: "Price", Reason: "bad_number", Detail: "not a number"}})
	}
	r.Tell(&Bad{File: "a.csv", Line: 9, Fault: Fault{Reason: "bad_row", Detail: "6 fields where the header has 7"}})
	r.End()
	want := `a.csv:2: column 3 (Price): not a number
a.csv:3: column 3 (Price): not a number
a.csv: more rows of this reason (bad_number) are counted and not shown
a.csv:9: 6 fields where the header has 7
6 rows cannot be ticks: 5 bad_number, 1 bad_row; each is sent as it stands, for the dead zone
`
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Error(d)
	}
}
