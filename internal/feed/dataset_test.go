package feed

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"ticklake/internal/tick"
)

// file writes a file of its own folder.
func file(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t testing.TB, cfg DatasetConfig) *Dataset {
	t.Helper()
	d, err := OpenDataset(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// yield returns each row's value, or what is wrong with it and its bytes.
func yield(t testing.TB, f Feed) (rows []string) {
	t.Helper()
	r, err := f.Open(context.Background(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var row Row
	for n := int64(0); ; n++ {
		err := r.Next(&row)
		if errors.Is(err, io.EOF) {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		if row.Position != n {
			t.Fatalf("row %d has position %d", n, row.Position)
		}
		text := string(row.Value)
		if row.Bad != nil {
			text = row.Bad.Error() + " <- " + text
		} else {
			var tk tick.Tick
			if err := tick.Parse(row.Value, &tk); err != nil {
				t.Errorf("row %d: %v", n, err)
			}
			if string(row.Key) != string(tk.Symbol) {
				t.Errorf("row %d: key %q", n, row.Key)
			}
		}
		rows = append(rows, text)
	}
}

const brief = "Timestamp, Stock Symbol, Price, Volume, Open Price, High Price, Low Price\n"

func TestKnownHeadersLoad(t *testing.T) {
	tests := []struct {
		name, in string
		want     []string
	}{
		{
			"the description's",
			brief + "2021-05-28T09:30:00Z,AAPL,124.61,1200.0,125.57,125.80,124.55\n2021-05-28T09:30:01+02:00,AAPL,124.5,,,,\n",
			[]string{
				`{"timestamp":"2021-05-28T09:30:00Z","symbol":"AAPL","price":124.61,"volume":1200,"open":125.57,"high":125.8,"low":124.55,"sequence":1}`,
				`{"timestamp":"2021-05-28T07:30:01Z","symbol":"AAPL","price":124.5,"sequence":2}`,
			},
		},
		{
			"the published one, with a mark, carriage returns and a blank for T",
			"\xef\xbb\xbfIndex,Date,Open,High,Low,Close,Adj Close,Volume,CloseUSD\r\nHSI,1986-12-31 00:00:00,2568.300049,2568.300049,2568.300049,2568.300049,2568.300049,0.0,333.87900637\r\nNYA,1965-12-31,528.690002,528.690002,528.690002,528.690002,528.69\"0002\",0,\r\n\"NYA\",1966-01-03,1,2,0.5,1.5,\"1,\"\"5\",7,é",
			[]string{
				`{"timestamp":"1986-12-31T00:00:00Z","symbol":"HSI","price":2568.300049,"volume":0,"open":2568.300049,"high":2568.300049,"low":2568.300049,"sequence":1,"Adj Close":"2568.300049","CloseUSD":"333.87900637"}`,
				`data.csv:3: a quote in the midst of a field; put the field in quotes and double those within <- NYA,1965-12-31,528.690002,528.690002,528.690002,528.690002,528.69"0002",0,`,
				`{"timestamp":"1966-01-03T00:00:00Z","symbol":"NYA","price":1.5,"volume":7,"open":1,"high":2,"low":0.5,"sequence":1,"Adj Close":"1,\"5","CloseUSD":"é"}`,
			},
		},
		{
			"raw CSV",
			tick.Header + `2024-01-01T00:00:00Z,A,1,,,,,XNAS,USD,17,"{""b"": [1, 2], ""c"":null}"` + "\n2024-01-02T00:00:00Z,A,2,,,,,,,,\n" +
				"2024-01-03T00:00:00Z,A,2,,,,,,,,{ }\n2024-01-03T00:00:00Z,A,2,,,,,,,,\"{\"\"price\"\":1}\"\n2024-01-03T00:00:00Z,A,2,,,,,,,,\"{\"\"volume\"\":1}\"\n",
			[]string{
				`{"timestamp":"2024-01-01T00:00:00Z","symbol":"A","price":1,"venue":"XNAS","currency":"USD","sequence":17,"b":[1,2],"c":null}`,
				`{"timestamp":"2024-01-02T00:00:00Z","symbol":"A","price":2}`,
				`{"timestamp":"2024-01-03T00:00:00Z","symbol":"A","price":2}`,
				`data.csv:5: column 11 (extra): not a JSON object of fields that the record does not know <- 2024-01-03T00:00:00Z,A,2,,,,,,,,"{""price"":1}"`,
				`data.csv:6: column 11 (extra): not a JSON object of fields that the record does not know <- 2024-01-03T00:00:00Z,A,2,,,,,,,,"{""volume"":1}"`,
			},
		},
		{
			"in another order, with a venue and more",
			"PRICE, stock symbol ,TIMESTAMP,Venue,note\n1,A,2024-01-01,XLON,\"two\nlines\"\n",
			[]string{`{"timestamp":"2024-01-01T00:00:00Z","symbol":"A","price":1,"venue":"XLON","sequence":1,"note":"two\nlines"}`},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, yield(t, open(t, DatasetConfig{Files: []string{file(t, "data.csv", tt.in)}}))); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestARowThatCannotBeATickIsToldAndKeptAsItStands(t *testing.T) {
	rows := []struct{ in, want string }{
		{"2024-01-01T00:00:00Z,A", "2 fields where the header has 7"},
		{"2024-01-01T00:00:00Z,A,1,1,1,1,1,1", "8 fields where the header has 7"},
		{" ", "1 fields where the header has 7"},
		{",A,1,1,1,1,1", "column 1 (Timestamp): required, and not there"},
		{"11:34,A,1,1,1,1,1", "column 1 (Timestamp): not RFC 3339; write 2024-05-17T14:30:00.123Z, or 2024-05-17 for midnight UTC"},
		{"2024-02-30 00:00:00,A,1,1,1,1,1", "column 1 (Timestamp): no such day"},
		{"2024-01-01T00:00:00Z,,1,1,1,1,1", "column 2 (Stock Symbol): required, and not there"},
		{"2024-01-01T00:00:00Z,A\x01,1,1,1,1,1", "column 2 (Stock Symbol): has an unprintable character"},
		{"2024-01-01T00:00:00Z,A,\"4,787\",1,1,1,1", "column 3 (Price): not a number; write 1234.5, without separators, signs of currency or blanks"},
		{"2024-01-01T00:00:00Z,A,1.0000000001,1,1,1,1", "column 3 (Price): more than nine decimals; prices are decimal(18,9) and never rounded"},
		{"2024-01-01T00:00:00Z,A,1000000000,1,1,1,1", "column 3 (Price): too large; a price stays below 1000000000"},
		{"2024-01-01T00:00:00Z,A,1,1.5,1,1,1", "column 4 (Volume): not a whole number"},
		{"2024-01-01T00:00:00Z,A,1,1,1,NaN,1", "column 6 (High Price): not a number; write 1234.5, without separators, signs of currency or blanks"},
		{"2024-01-01T00:00:00Z,A,1,1,1,1,\xff", "column 7 (Low Price): not UTF-8"},
		{"2024-01-01T00:00:00Z,A,1,1,1,1,\"1", "a quote is not closed"},
	}
	in := brief
	var want []string
	for i, r := range rows {
		in += r.in + "\n"
		prefix := "data.csv:%d: "
		want = append(want, fmt.Sprintf(prefix, i+2)+r.want+" <- "+r.in)
	}
	d := open(t, DatasetConfig{Files: []string{file(t, "data.csv", in)}})
	if diff := cmp.Diff(want, yield(t, d)); diff != "" {
		t.Error(diff)
	}
	f := d.Facts()
	reasons := map[tick.Reason]int64{tick.BadRow: 4, tick.MissingField: 2, tick.BadTimestamp: 2, tick.BadSymbol: 1, tick.BadNumber: 5, tick.InvalidUTF8: 1}
	if f.Rows != int64(len(rows)) || f.Bad != f.Rows || f.First != 0 || !cmp.Equal(reasons, f.ByReason) {
		t.Errorf("%+v", f)
	}
}

func TestAnUnknownHeaderIsRefusedWithWhatWasFound(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"unknown", "symbol,date,price\nA,Jan 1 2000,1\n", `data.csv:1: no header that is known: no column is timestamp; known are (timestamp, symbol, `},
		{"unknown, what was found", "symbol,date,price\nA,Jan 1 2000,1\n", `; found: "symbol", "date", "price"`},
		{"empty", "", "data.csv:1: the file is empty"},
		{"twice", "timestamp,symbol,price,Price\n", `two columns are "price"`},
		{"twice more", "timestamp,symbol,price,x,x\n", `two columns are "x"`},
		{"the record's own", "date,index,close,price\n", `column "price" is none of this header's`},
		{"beside extra", "timestamp,symbol,price,extra,more\n", `columns or constants for extra beside a column that is "extra" itself`},
		{"broken", "timestamp,sym\"bol,price\n", "the first row cannot be read: "},
	}
	for _, tt := range tests {
		_, err := OpenDataset(context.Background(), DatasetConfig{Files: []string{file(t, "data.csv", tt.in)}})
		var header *HeaderError
		if !errors.As(err, &header) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestADatasetIsNamedByItsBytes(t *testing.T) {
	a, b := brief+"2024-01-01,A,1,1,1,1,1\n", brief+"2024-01-02,A,1,1,1,1,1\n"
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = io.WriteString(w, a)
	_ = w.Close()
	name := func(cfg DatasetConfig) string { return open(t, cfg).Name() }
	one := name(DatasetConfig{Files: []string{file(t, "a.csv", a)}})
	if !strings.HasPrefix(one, "dataset:") || len(one) != len("dataset:")+32 {
		t.Errorf("name %q", one)
	}
	if got := name(DatasetConfig{Files: []string{file(t, "other", packed.String())}}); got != one {
		t.Errorf("packed: %q, plain: %q", got, one)
	}
	other := map[string]string{
		"another file":    name(DatasetConfig{Files: []string{file(t, "b.csv", b)}}),
		"two files":       name(DatasetConfig{Files: []string{file(t, "a.csv", a), file(t, "b.csv", b)}}),
		"the other way":   name(DatasetConfig{Files: []string{file(t, "b.csv", b), file(t, "a.csv", a)}}),
		"both as one":     name(DatasetConfig{Files: []string{file(t, "ab.csv", a+b)}}),
		"another mapping": name(DatasetConfig{Files: []string{file(t, "a.csv", a)}, Mapping: Mapping{Columns: map[string]string{"volume": "extra.volume "}}}),
		"the first alone": one,
	}
	seen := make(map[string]string)
	for what, n := range other {
		if same, ok := seen[n]; ok {
			t.Errorf("%s and %s are both %q", what, same, n)
		}
		seen[n] = what
	}
}

func TestFactsTellWhatLeniencyAndDensityThereIs(t *testing.T) {
	in := brief + "2023-12-31T23:59:59Z,A,1,1,1,1,1\n\n2024-01-01 00:00:00,B,1,1,1,1,1\n2024-02-01T00:00:00,B,1,1,1,1,1\n2024-02-01,C,1,1,1,1,1\nx,C,1,1,1,1,1\n"
	got := open(t, DatasetConfig{Files: []string{file(t, "a.csv", in)}}).Facts()
	want := Facts{
		Rows: 5, Bad: 1, ByReason: map[tick.Reason]int64{tick.BadTimestamp: 1}, Blank: 1, Lenient: Leniency{Blank: 1, NoZone: 2}, Numbered: true,
		Symbols: 3, First: 1704067199e9, Last: 1706745600e9, Days: 3, Months: 3, Years: 2,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestWhatIsNoFileIsRefused(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		dir: "no regular file", pipe: "no regular file", filepath.Join(dir, "none"): "no such file",
		file(t, "broken.gz", "\x1f\x8bnot packed"): "unpack",
	} {
		_, err := OpenDataset(context.Background(), DatasetConfig{Files: []string{path}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := OpenDataset(context.Background(), DatasetConfig{}); err == nil {
		t.Error("no file at all is a dataset")
	}
}

func TestAPackedFileThatIsCutIsAnError(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = io.WriteString(w, brief+strings.Repeat("2024-01-01,A,1,1,1,1,1\n", 1000))
	_ = w.Close()
	path := file(t, "a.csv.gz", packed.String()[:packed.Len()/2])
	_, err := OpenDataset(context.Background(), DatasetConfig{Files: []string{path}})
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
}

func TestAFileThatChangesWhileItIsSentIsNoticed(t *testing.T) {
	path := file(t, "a.csv", brief+"2024-01-01,A,1,1,1,1,1\n")
	d := open(t, DatasetConfig{Files: []string{path}})
	if err := os.WriteFile(path, []byte(brief+"2024-01-01,A,2,1,1,1,1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	rows, err := d.Open(context.Background(), 0)
	if err != nil {
		t.Fatal(err)
	}
	var row Row
	if err := rows.Next(&row); err != nil {
		t.Fatal(err)
	}
	if err := rows.Next(&row); !errors.Is(err, errChanged) {
		t.Error(err)
	}
}

func TestARowThatIsTooLargeAsARecordIsABadRow(t *testing.T) {
	in := brief[:len(brief)-1] + ",note\n2024-01-01,A,1,1,1,1,1," + strings.Repeat("\x01", 300<<10) + "\n2024-01-01,A,1,1,1,1,1,\n"
	got := yield(t, open(t, DatasetConfig{Files: []string{file(t, "a.csv", in)}}))
	if !strings.HasPrefix(got[0], "a.csv:2: a record of it would be larger than ") || !strings.Contains(got[1], `"sequence":1`) {
		t.Errorf("%.100s\n%.200s", got[0], got[1])
	}
}

// FuzzDataset holds that whatever a file holds, each row is a tick that reads back, or keeps its bytes.
func FuzzDataset(f *testing.F) {
	for _, s := range []string{
		brief + "2024-01-01 00:00:00,A,1,1.0,1,1,1\n", tick.Header + "2024-01-01,A,1,,,,,,,,\"{\"\"a\"\":1}\"\n",
		"Index,Date,Open,High,Low,Close,Adj Close,Volume,CloseUSD\nHSI,1986-12-31,1,1,1,1,1,0.0,3\n",
		"date,index,close,\"a\"\"b\"\n2024-01-01,\"A\nB\",1e3,\"\"\n", "\x1f\x8b",
	} {
		f.Add([]byte(s))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(dir, "f.csv")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		d, err := OpenDataset(context.Background(), DatasetConfig{Files: []string{path}})
		if err != nil {
			return
		}
		if n := int64(len(yield(t, d))); n != d.Facts().Rows {
			t.Errorf("%d rows, surveyed %d", n, d.Facts().Rows)
		}
	})
}

func BenchmarkDataset(b *testing.B) {
	var in strings.Builder
	in.WriteString("Index,Date,Open,High,Low,Close,Adj Close,Volume,CloseUSD\n")
	const n = 100_000
	for i := range n {
		fmt.Fprintf(&in, "IDX%d,%d-12-31,2568.300049,2568.300049,2568.300049,%d.300049,2568.300049,0.0,333.87900637\n", i%13, 1900+i%100, i)
	}
	path := file(b, "a.csv", in.String())
	d := open(b, DatasetConfig{Files: []string{path}})
	for b.Loop() {
		rows, err := d.Open(b.Context(), 0)
		if err != nil {
			b.Fatal(err)
		}
		var row Row
		for err == nil {
			err = rows.Next(&row)
		}
		if !errors.Is(err, io.EOF) {
			b.Fatal(err)
		}
	}
	b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(in.Len())*float64(b.N)/1e6/b.Elapsed().Seconds(), "MB/s")
}
