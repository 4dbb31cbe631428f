package feed

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ticklake/internal/tick"
)

func look(t testing.TB, cfg DatasetConfig) *View {
	t.Helper()
	v, err := Look(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestALookShowsWhatWouldBeSent(t *testing.T) {
	in := "date,index,close,note\n2024-01-02,A,2,x\n2024-01-01,A,1,y\n2024-01-02,A,2,x\n\n2024-01-01,B,1,y\n11:34,B,\"1,000\",\n2024-01-02,A,2,x\nshort\n11:35,B,1,\n"
	d := DatasetConfig{Files: []string{file(t, "a.csv", in)}, Order: TimeOrder}
	v := look(t, d)
	if v.Feed != open(t, d).Name() || v.Repeats != 2 || v.Facts.Rows != 8 || v.Facts.Bad != 3 || v.Facts.Earlier != 2 || v.Facts.Backward != 1 || v.TimeFormats != nil {
		t.Errorf("%+v", v)
	}
	if d := cmp.Diff([]string{"A", "B"}, v.Symbols); d != "" {
		t.Error(d)
	}
	layouts := []LayoutView{{
		Files: []string{"a.csv"}, Header: true, Delimiter: ",",
		Columns: []ColumnView{{1, "date", "timestamp", "2024-01-02"}, {2, "index", "symbol", "A"}, {3, "close", "price", "2"}, {4, "note", "extra.note", "x"}},
	}}
	if d := cmp.Diff(layouts, v.Layouts); d != "" {
		t.Error(d)
	}
	var ticks []string
	for _, tk := range v.Ticks {
		ticks = append(ticks, tk.Key+" "+string(tk.Value))
	}
	want := []string{
		`A {"timestamp":"2024-01-01T00:00:00Z","symbol":"A","price":1,"sequence":1,"note":"y"}`,
		`B {"timestamp":"2024-01-01T00:00:00Z","symbol":"B","price":1,"sequence":1,"note":"y"}`,
		`A {"timestamp":"2024-01-02T00:00:00Z","symbol":"A","price":2,"sequence":2,"note":"x"}`,
		`A {"timestamp":"2024-01-02T00:00:00Z","symbol":"A","price":2,"sequence":3,"note":"x"}`,
		`A {"timestamp":"2024-01-02T00:00:00Z","symbol":"A","price":2,"sequence":4,"note":"x"}`,
	}
	if d := cmp.Diff(want, ticks); d != "" {
		t.Error(d)
	}
	faults := []FaultView{
		{Fault{1, "date", tick.BadTimestamp, "not RFC 3339; write 2024-05-17T14:30:00.123Z, or 2024-05-17 for midnight UTC"}, 2, "a.csv", 7, `11:34,B,"1,000",`},
		{Fault{3, "close", tick.BadNumber, "not a number; write 1234.5, without separators, signs of currency or blanks"}, 1, "a.csv", 7, `11:34,B,"1,000",`},
		{Fault{0, "", tick.BadRow, "1 fields where the header has 4"}, 1, "a.csv", 9, "short"},
	}
	if d := cmp.Diff(faults, v.Faults); d != "" {
		t.Error(d)
	}
}

func TestALookStaysSmall(t *testing.T) {
	var files []string
	for i := range 30 {
		header := "date,index,close"
		if i%2 == 0 {
			header += fmt.Sprintf(",x%d", i)
		}
		files = append(files, file(t, fmt.Sprintf("f%02d.csv", i), header+"\n2024-01-01,S"+fmt.Sprint(i)+",1"+strings.Repeat(",", (i+1)%2)+"\n"))
	}
	var wide strings.Builder
	wide.WriteString("date,index,close\n")
	for i := range 300 {
		wide.WriteString(strings.Repeat("x,", i+4) + "\n")
	}
	v := look(t, DatasetConfig{Files: append(files, file(t, "wide.csv", wide.String()))})
	if len(v.Layouts) != lookFiles || len(v.Symbols) != 10 || len(v.Faults) != lookFaults || v.Others != 200 || len(v.Ticks) != lookTicks {
		t.Errorf("%d layouts, %d symbols, %d faults and %d others, %d ticks", len(v.Layouts), len(v.Symbols), len(v.Faults), v.Others, len(v.Ticks))
	}
	same := files[1:2]
	for i := 3; i < 30; i += 2 {
		same = append(same, files[i])
	}
	v = look(t, DatasetConfig{Files: same})
	if len(v.Layouts) != 1 || len(v.Layouts[0].Files) != lookNames || v.Layouts[0].More != 12 {
		t.Errorf("%+v", v.Layouts)
	}
}

func TestFormatsThatWouldReadTimesAreTold(t *testing.T) {
	tests := []struct {
		name  string
		times []string
		want  []string
	}{
		{"slashes", []string{"2018/10/15", "2018/10/12", "11:34"}, []string{"%Y/%m/%d"}},
		{"names of months", []string{"Jan 1 2000"}, []string{"%b %d %Y"}},
		{"Lean", []string{"19980102 00:00"}, []string{"%Y%m%d %H:%M"}},
		{"day or month first, nobody can tell", []string{"01/02/2020"}, []string{"%m/%d/%Y", "%d/%m/%Y"}},
		{"day first", []string{"01/02/2020", "13/02/2020"}, []string{"%d/%m/%Y"}},
		{"with a clock of twelve hours", []string{"1/2/2020 1:00:05 PM", "12/31/2020 11:00:05 am"}, []string{"%m/%d/%Y %I:%M:%S %p"}},
		{"seconds", []string{"1715956200", "1715956201"}, []string{"unix"}},
		{"milliseconds", []string{"1715956200123"}, []string{"unix_ms"}},
		{"nanoseconds", []string{"1715956200123456789"}, []string{"unix_ns"}},
		{"of a day", []string{"09:30:00", "16:00:00"}, []string{"%H:%M:%S"}},
		{"compact, with a zone", []string{"20240517T143000Z"}, []string{"%Y%m%dT%H%M%S%z"}},
		{"nothing", []string{"yesterday", ""}, nil},
	}
	for _, tt := range tests {
		if got := guessTimes(tt.times); !cmp.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	v := look(t, DatasetConfig{Files: []string{file(t, "a.csv", "date,index,close\nJan 1 2000,A,1\nFeb 1 2000,A,1\n2000-03-01,A,1\n")}})
	if d := cmp.Diff([]string{"%b %d %Y"}, v.TimeFormats); d != "" {
		t.Error(d)
	}
}
