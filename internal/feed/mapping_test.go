package feed

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ticklake/internal/tick"
)

// columns is a mapping of columns alone, "a=timestamp b=symbol".
func columns(pairs string) map[string]string {
	m := make(map[string]string)
	for _, pair := range strings.Fields(pairs) {
		column, field, _ := strings.Cut(pair, "=")
		m[column] = field
	}
	return m
}

func TestAMappingMakesAnyFileADataset(t *testing.T) {
	tests := []struct {
		name, in string
		mapping  Mapping
		want     []string
	}{
		{
			"by name, without regard to case", "when,What, paid ,more\n2024-01-01,A,1.5,y\n",
			Mapping{Columns: columns("WHEN=timestamp what=symbol paid=price")},
			[]string{`{"timestamp":"2024-01-01T00:00:00Z","symbol":"A","price":1.5,"sequence":1,"more":"y"}`},
		},
		{
			"what the header says goes on", "symbol,date,price\nA,2024-01-01,1.5\n",
			Mapping{Columns: columns("date=timestamp")},
			[]string{`{"timestamp":"2024-01-01T00:00:00Z","symbol":"A","price":1.5,"sequence":1}`},
		},
		{
			"a column in place of the header's", "Index,Date,Close,Adj Close\nA,2024-01-01,1.5,1.25\n",
			Mapping{Columns: map[string]string{"adj close": "price"}},
			[]string{`{"timestamp":"2024-01-01T00:00:00Z","symbol":"A","price":1.25,"sequence":1,"Close":"1.5"}`},
		},
		{
			"members of extra have the names that are given", "date,index,close,volume\n2024-01-01,A,1,7\n",
			Mapping{Columns: columns("volume=extra.contracts")},
			[]string{`{"timestamp":"2024-01-01T00:00:00Z","symbol":"A","price":1,"sequence":1,"contracts":"7"}`},
		},
		{
			"an object of extra", "t,s,p,more\n2024-01-01,A,1,\"{\"\"a\"\": 1}\"\n",
			Mapping{Columns: columns("t=timestamp s=symbol p=price more=extra")},
			[]string{`{"timestamp":"2024-01-01T00:00:00Z","symbol":"A","price":1,"sequence":1,"a":1}`},
		},
		{
			"a constant", "date,close\n2024-01-01,1\n",
			Mapping{Set: map[string]string{"symbol": "SPY", "venue": "XNYS", "currency": "USD", "volume": "1e2", "extra.source": "a \"b\""}},
			[]string{`{"timestamp":"2024-01-01T00:00:00Z","symbol":"SPY","price":1,"volume":100,"venue":"XNYS","currency":"USD","sequence":1,"source":"a \"b\""}`},
		},
		{
			"constants beside members", "date,close,note\n2024-01-01,1,é\n2024-01-02,2,\n",
			Mapping{Set: map[string]string{"symbol": "{file}", "extra.file": "{file}.csv"}},
			[]string{
				`{"timestamp":"2024-01-01T00:00:00Z","symbol":"data","price":1,"sequence":1,"file":"data.csv","note":"é"}`,
				`{"timestamp":"2024-01-02T00:00:00Z","symbol":"data","price":2,"sequence":2,"file":"data.csv","note":""}`,
			},
		},
		{
			"without a header", "2024-01-01,A,1,9\n2024-01-02,A,2,8\n2024-01-03,A\n",
			Mapping{NoHeader: true, Columns: columns("1=timestamp 2=symbol 3=price")},
			[]string{
				`{"timestamp":"2024-01-01T00:00:00Z","symbol":"A","price":1,"sequence":1,"column4":"9"}`,
				`{"timestamp":"2024-01-02T00:00:00Z","symbol":"A","price":2,"sequence":2,"column4":"8"}`,
				`data.csv:3: 2 fields where the first row has 4 <- 2024-01-03,A`,
			},
		},
		{
			"two columns of one name, by number", "date,price,price\n2024-01-01,1,2\n",
			Mapping{Columns: columns("1=timestamp 2=price 3=extra.other"), Set: map[string]string{"symbol": "A"}},
			[]string{`{"timestamp":"2024-01-01T00:00:00Z","symbol":"A","price":1,"sequence":1,"other":"2"}`},
		},
		{
			"a name that is a number goes before a number", "2,1,date\nA,1.5,2024-01-01\n",
			Mapping{Columns: columns("1=price 2=symbol date=timestamp")},
			[]string{`{"timestamp":"2024-01-01T00:00:00Z","symbol":"A","price":1.5,"sequence":1}`},
		},
		{
			"columns without a name", ",date,index,close,\n0,2024-01-01,A,1,x\n",
			Mapping{},
			[]string{`{"timestamp":"2024-01-01T00:00:00Z","symbol":"A","price":1,"sequence":1,"column1":"0","column5":"x"}`},
		},
		{
			"a day and a time in columns of their own", "<TICKER>,<DATE>,<CLOSE>,<TIME>\nA,20240517,1,093000\nA,20240517,1,\n",
			Mapping{Columns: columns("<ticker>=symbol <date>=timestamp <time>=timestamp <close>=price"), TimeFormat: "%Y%m%d %H%M%S"},
			[]string{
				`{"timestamp":"2024-05-17T09:30:00Z","symbol":"A","price":1,"sequence":1}`,
				`data.csv:3: column 2 (<DATE>): not as the time format "%Y%m%d %H%M%S" says; such as "20240517 143000" <- A,20240517,1,`,
			},
		},
		{
			"prices of another scale", "date,index,close,open,high,low,volume\n2024-01-01,A,1674100,1,-20,1.5e3,7\n2024-01-01,A,123456,1.00001,1e-6,10000000000000000,7\n",
			Mapping{PriceScale: 10000},
			[]string{
				`{"timestamp":"2024-01-01T00:00:00Z","symbol":"A","price":167.41,"volume":7,"open":0.0001,"high":-0.002,"low":0.15,"sequence":1}`,
				`data.csv:3: column 5 (high): more than nine decimals; prices are decimal(18,9) and never rounded; ` +
					`column 6 (low): too large; a price stays below 1000000000 <- 2024-01-01,A,123456,1.00001,1e-6,10000000000000000,7`,
			},
		},
		{
			"tabs", "date\tindex\tclose\n2024-01-01\tA,B\t1\n",
			Mapping{},
			[]string{`{"timestamp":"2024-01-01T00:00:00Z","symbol":"A,B","price":1,"sequence":1}`},
		},
		{
			"semicolons and quotes", "\"date\";\"index\";\"close\"\n\"2024-01-01\";\"A;\"\"B\";\"1\"\n",
			Mapping{},
			[]string{`{"timestamp":"2024-01-01T00:00:00Z","symbol":"A;\"B","price":1,"sequence":1}`},
		},
		{
			"another delimiter, where there is a comma too", "date:index:close:a,b\n2024-01-01:A:1:2\n",
			Mapping{Delimiter: ':'},
			[]string{`{"timestamp":"2024-01-01T00:00:00Z","symbol":"A","price":1,"sequence":1,"a,b":"2"}`},
		},
		{
			"every column that is wrong is told", "date,index,close,volume\n11:34,,x,\"4,787,699\"\n",
			Mapping{},
			[]string{`data.csv:2: column 1 (date): not RFC 3339; write 2024-05-17T14:30:00.123Z, or 2024-05-17 for midnight UTC; ` +
				`column 2 (index): required, and not there; column 3 (close): not a number; write 1234.5, without separators, signs of currency or blanks; ` +
				`column 4 (volume): not a number; write 1234.5, without separators, signs of currency or blanks <- 11:34,,x,"4,787,699"`},
		},
		{
			"a sequence of its own under another name", "date,index,close,sequence\n2024-01-01,A,1,17\n",
			Mapping{Columns: columns("sequence=extra.number")},
			[]string{`{"timestamp":"2024-01-01T00:00:00Z","symbol":"A","price":1,"sequence":1,"number":"17"}`},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := open(t, DatasetConfig{Files: []string{file(t, "data.csv", tt.in)}, Mapping: tt.mapping})
			if diff := cmp.Diff(tt.want, yield(t, d)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAMappingThatCannotBeIsRefused(t *testing.T) {
	tests := []struct {
		name    string
		mapping Mapping
		want    string
	}{
		{"no such field", Mapping{Columns: columns("a=colour")}, `map column "a": there is no field "colour"; fields are timestamp, symbol, price,`},
		{"twice", Mapping{Columns: columns("a=price A=open")}, "it is there twice"},
		{"the record's own in extra", Mapping{Columns: columns("a=extra.price")}, "cannot be a name in extra"},
		{"no name in extra", Mapping{Columns: columns("a=extra.")}, "extra. wants a name behind it"},
		{"an unprintable name", Mapping{Columns: map[string]string{"a": "extra.\x01"}}, "printable"},
		{"set no such field", Mapping{Set: columns("colour=red")}, `set "colour": there is no field`},
		{"set the sequence", Mapping{Set: columns("sequence=1")}, "it rises with every row"},
		{"set extra", Mapping{Set: columns("extra={}")}, "name a field of it"},
		{"set nothing", Mapping{Set: map[string]string{"symbol": ""}}, "a value is wanted"},
		{"set no number", Mapping{Set: columns("price=dear")}, `set price="dear": not a number`},
		{"set no symbol", Mapping{Set: map[string]string{"symbol": strings.Repeat("x", 65)}}, "longer than 64 bytes"},
		{"scale", Mapping{PriceScale: 300}, "price scale 300: it is a power of ten"},
		{"negative scale", Mapping{PriceScale: -10}, "a power of ten"},
		{"quote", Mapping{Delimiter: '"'}, `delimiter "\"": it is one character`},
		{"line end", Mapping{Delimiter: '\n'}, "one character"},
		{"NUL", Mapping{Delimiter: 1}, "one character"},
	}
	for _, tt := range tests {
		if err := tt.mapping.Check(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if err := (Mapping{PriceScale: 1e18}).Check(); err != nil {
		t.Error(err)
	}
}

func TestAMappingThatDoesNotFitTheFileIsRefusedWithAWayOut(t *testing.T) {
	tests := []struct {
		name, in string
		mapping  Mapping
		want     string
	}{
		{"a column that is not there", "date,index,close\n", Mapping{Columns: columns("paid=volume")}, `data.csv:1: the mapping names a column "paid", and there is none; found: "date", "index", "close"`},
		{"nor its number", "date,index,close\n", Mapping{Columns: columns("4=volume")}, `names a column "4", and there is none`},
		{"two columns of one name", "date,index,close,x,x\n", Mapping{Columns: columns("x=volume")}, `two columns are "x"; hint: map them by their numbers, 4 and 5`},
		{"two columns of one field", "date,index,close,a,b\n", Mapping{Columns: columns("a=volume b=volume")}, `two columns are "volume"`},
		{"by name and by number", "date,index,close,a\n", Mapping{Columns: columns("a=volume 4=open")}, "column 4 is mapped twice"},
		{"a constant beside a column", "date,index,close\n", Mapping{Set: columns("symbol=A")}, `both a column and a constant are "symbol"; hint: leave one out`},
		{"a constant beside a mapped column", "date,index,close,a\n", Mapping{Columns: columns("a=volume"), Set: columns("volume=1")}, `both a column and a constant are "volume"`},
		{"two of a name in extra", "date,index,close,a\n", Mapping{Set: columns("extra.a=1")}, `two columns are "a"`},
		{"the record's own name", "date,index,close,price\n", Mapping{}, "--map price=extra.NAME"},
		{"extra and more", "date,index,close,extra\n", Mapping{Columns: columns("extra=extra close=extra.c index=price"), Set: columns("symbol=A")}, "beside a column that is \"extra\" itself"},
		{"no header, nothing known", "1,2,3\n", Mapping{NoHeader: true}, "which column is timestamp, symbol or price; the row has 3 columns; hint: --map N=timestamp --map N=symbol --map N=price, N being its number from 1; where no column is the symbol: --set symbol=NAME"},
		{"no header, something missing", "1,2,3\n", Mapping{NoHeader: true, Columns: columns("1=timestamp 2=symbol")}, "which column is price; the row has 3 columns; hint: --map N=price"},
		{"no header, no such number", "1,2,3\n", Mapping{NoHeader: true, Columns: columns("1=timestamp 2=symbol 4=price")}, `names a column "4"`},
		{"no header, a name", "1,2,3\n", Mapping{NoHeader: true, Columns: columns("column1=timestamp")}, `names a column "column1"`},
		{"a first row that cannot be read", "1,\"2,3\n", Mapping{NoHeader: true, Columns: columns("1=timestamp")}, "the first row cannot be read: a quote is not closed"},
		{"a file's name that is no symbol", "date,close\n", Mapping{Set: map[string]string{"symbol": strings.Repeat("{file}", 20)}}, `data.csv: set symbol="datadata`},

		{"dates", "symbol,Date,price\n", Mapping{}, `hint: say what is what, such as: --map Date=timestamp`},
		{"dotted", "Date,AAPL.Open,AAPL.High,AAPL.Low,AAPL.Close,AAPL.Volume,dn\n", Mapping{}, "such as: --set symbol=AAPL --map AAPL.Close=price --map AAPL.Volume=volume --map AAPL.Open=open --map AAPL.High=high --map AAPL.Low=low"},
		{"angles and two columns", "<TICKER>,<DATE>,<TIME>,<CLOSE>,<VOL>\n", Mapping{}, "such as: --map '<DATE>=timestamp' --map '<TIME>=timestamp' --map '<TICKER>=symbol' --map '<CLOSE>=price' --map '<VOL>=volume'"},
		{"words in a shell", "date,ticker,\"last, '$'\"\n", Mapping{}, "no column looks like it; where one is: --map COLUMN=symbol --map COLUMN=price"},
		{"a list's comma", "date,ticker,\"close (a, b)\"\n", Mapping{}, `--map '"close (a, b)=price"'`},
		{"nothing alike", "Region,Exchange,Index,Currency\n", Mapping{}, `no column is timestamp or price; known are`},
		{"nothing alike, a hint", "Region,Exchange,Index,Currency\n", Mapping{}, `hint: no column looks like it; where one is: --map COLUMN=timestamp --map COLUMN=price`},
		{"no header, and nobody said so", "14400464,1674100,100\n", Mapping{}, `is "14400464" no name but a value? --no-header`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := OpenDataset(context.Background(), DatasetConfig{Files: []string{file(t, "data.csv", tt.in)}, Mapping: tt.mapping})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestAHeaderErrorShowsWhatIsKnown(t *testing.T) {
	_, err := OpenDataset(context.Background(), DatasetConfig{Files: []string{file(t, "data.csv", "symbol,when,price\nA,yesterday,1\n")}})
	var header *HeaderError
	if !errors.As(err, &header) {
		t.Fatal(err)
	}
	want := []ColumnView{{1, "symbol", "symbol", "A"}, {2, "when", "", "yesterday"}, {3, "price", "price", "1"}}
	if d := cmp.Diff(want, header.Columns); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"timestamp"}, header.Missing); d != "" {
		t.Error(d)
	}
}

// TestADefaultNameStays holds that what was sent before there were mappings is known again.
func TestADefaultNameStays(t *testing.T) {
	in := "Index,Date,Open,High,Low,Close,Adj Close,Volume,CloseUSD\nHSI,1986-12-31,1,1,1,1,1,0.0,3\n"
	if got := open(t, DatasetConfig{Files: []string{file(t, "a.csv", in)}}).Name(); got != "dataset:8b4b308f3ea7f28cb0022adb6079460e" {
		t.Errorf("the feed of a known header is now %s", got)
	}
}

func TestMappingsThatDoTheSameAreOneFeed(t *testing.T) {
	in := "symbol,date,price,x\nA,2024-01-01,1,2\n"
	path := file(t, "a.csv", in)
	name := func(m Mapping) string { return open(t, DatasetConfig{Files: []string{path}, Mapping: m}).Name() }
	mapped := name(Mapping{Columns: columns("date=timestamp")})
	same := map[string]Mapping{
		"another case":     {Columns: columns("DATE=timestamp")},
		"by number":        {Columns: columns("2=timestamp")},
		"all of it":        {Columns: columns("date=timestamp symbol=symbol price=price x=extra.x")},
		"a comma":          {Columns: columns("date=timestamp"), Delimiter: ','},
		"UTC":              {Columns: columns("date=timestamp"), TimeZone: "UTC"},
		"a scale of one":   {Columns: columns("date=timestamp"), PriceScale: 1},
		"an empty mapping": {Columns: columns("date=timestamp"), Set: map[string]string{}},
	}
	for what, m := range same {
		if got := name(m); got != mapped {
			t.Errorf("%s: another feed", what)
		}
	}
	seen := map[string]string{mapped: "the mapping"}
	for what, m := range map[string]Mapping{
		"x is the volume":    {Columns: columns("date=timestamp x=volume")},
		"x has another name": {Columns: columns("date=timestamp x=extra.y")},
		"a constant":         {Columns: columns("date=timestamp"), Set: columns("venue=A")},
		"another constant":   {Columns: columns("date=timestamp"), Set: columns("venue=B")},
		"a format":           {Columns: columns("date=timestamp"), TimeFormat: "%Y-%m-%d"},
		"a zone":             {Columns: columns("date=timestamp"), TimeZone: "Asia/Tokyo"},
		"a scale":            {Columns: columns("date=timestamp"), PriceScale: 100},
	} {
		got := name(m)
		if other, twice := seen[got]; twice {
			t.Errorf("%s and %s are one feed", what, other)
		}
		seen[got] = what
	}

	header := "date,index,close\n2024-01-01,A,1\n"
	plain := open(t, DatasetConfig{Files: []string{file(t, "a.csv", header)}}).Name()
	if got := open(t, DatasetConfig{Files: []string{file(t, "a.csv", header)}, Mapping: Mapping{Columns: columns("date=timestamp index=symbol 3=price")}}).Name(); got != plain {
		t.Error("a mapping that says what the header says is another feed")
	}
	if long, short := name(Mapping{Columns: columns("2=timestamp"), TimeFormat: "%F %T"}), name(Mapping{Columns: columns("2=timestamp"), TimeFormat: "%Y-%m-%d %H:%M:%S"}); long != short {
		t.Error("a short form of a pattern is another feed")
	}
}

func TestSeveralFilesAreOneFeed(t *testing.T) {
	dir := t.TempDir()
	var files []string
	for _, f := range [][2]string{
		{"AAPL.csv", "date,close\n2024-01-01,1\n2024-01-02,2\n"}, {"MSFT.csv", "Date;Price;Volume\n2024-01-01;3;4\n"}, {"IBM.csv", "date,close,x\nbad,1,2\n2024-01-03,5,6\n"},
	} {
		path := filepath.Join(dir, f[0])
		if err := os.WriteFile(path, []byte(f[1]), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, path)
	}
	m := Mapping{Columns: columns("close=price price=price date=timestamp"), Set: map[string]string{"symbol": "{file}"}}
	d := open(t, DatasetConfig{Files: files, Mapping: m})
	want := []string{
		`{"timestamp":"2024-01-01T00:00:00Z","symbol":"AAPL","price":1,"sequence":1}`,
		`{"timestamp":"2024-01-02T00:00:00Z","symbol":"AAPL","price":2,"sequence":2}`,
		`{"timestamp":"2024-01-01T00:00:00Z","symbol":"MSFT","price":3,"volume":4,"sequence":1}`,
		`IBM.csv:2: column 1 (date): not RFC 3339; write 2024-05-17T14:30:00.123Z, or 2024-05-17 for midnight UTC <- bad,1,2`,
		`{"timestamp":"2024-01-03T00:00:00Z","symbol":"IBM","price":5,"sequence":1,"x":"6"}`,
	}
	if diff := cmp.Diff(want, yield(t, d)); diff != "" {
		t.Error(diff)
	}
	if f := d.Facts(); f.Rows != 5 || f.Bad != 1 || f.Symbols != 3 || f.Earlier != 1 || f.Backward != 0 {
		t.Errorf("%+v", f)
	}
	files[0], files[1] = files[1], files[0]
	if other := open(t, DatasetConfig{Files: files, Mapping: m}); other.Name() == d.Name() {
		t.Error("another order of the files is the same feed")
	}
}

func TestWhatIsNoTextIsRefusedByItsName(t *testing.T) {
	for content, want := range map[string]string{
		"PK\x03\x04rest": "zip archive; hint: unzip", "BZh91AY": "bzip2", "\xfd7zXZ\x00": "xz", "\x28\xb5\x2f\xfd": "zstd", "PAR1": "Parquet",
		"\xff\xfed\x00a\x00": "UTF-16; hint: iconv", "\xfe\xff\x00d": "UTF-16",
	} {
		_, err := OpenDataset(context.Background(), DatasetConfig{Files: []string{file(t, "a.csv", content)}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", content, err)
		}
	}
}

// TestAScaledPriceIsExact holds that a scale rounds nothing: the price is the number over the scale, or refused.
func TestAScaledPriceIsExact(t *testing.T) {
	limit := new(big.Rat).SetInt64(1_000_000_000)
	rapid.Check(t, func(t *rapid.T) {
		decimals := rapid.IntRange(0, 18).Draw(t, "scale")
		scale := int64(1)
		for range decimals {
			scale *= 10
		}
		text := rapid.StringMatching(`-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,12})?([eE][+-]?[0-9]{1,2})?`).Draw(t, "number")
		r, err := Mapping{PriceScale: scale}.compile()
		if err != nil {
			t.Fatal(err)
		}
		c := newConverter(r)
		got, err := c.price([]byte(text))
		want, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatal(text)
		}
		want.Quo(want, new(big.Rat).SetInt64(scale))
		nanos := new(big.Rat).Mul(want, limit)
		fits := nanos.IsInt() && new(big.Rat).Abs(want).Cmp(limit) < 0
		switch {
		case fits != (err == nil):
			t.Fatalf("%s over %d is %s: %v", text, scale, want.FloatString(20), err)
		case fits && got != tick.Price(nanos.Num().Int64()):
			t.Fatalf("%s over %d is %s, not %v", text, scale, want.FloatString(9), got)
		}
	})
}

// FuzzMapping holds that no mapping and no file make it panic, that what is read yields valid records, and that the
// mapping in another order of its flags is the same feed.
func FuzzMapping(f *testing.F) {
	for _, s := range []string{
		"date=timestamp\nindex=symbol\n3=price", "1=timestamp\n2=extra.x\nclose=price\nx=extra", "a=timestamp\nb=timestamp\nc=price\nd=symbol", "=\n==\nextra.=extra.",
	} {
		f.Add(s, "symbol=A", "date,index,close\n2024-01-01,A,1\n", byte(0), int64(100))
		f.Add(s, "extra.y={file}\nvenue=X", "a;b;c;d\n2024-01-01;10:00:00;1;\"A\"\n", byte(1), int64(1))
		f.Add(s, "price=1\ntimestamp=2024-01-01", "1\t2\t3\n", byte(3), int64(0))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, mapped, set, content string, flags byte, scale int64) {
		pairs := func(text string) map[string]string {
			m := make(map[string]string)
			for line := range strings.Lines(text) {
				name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
				m[name] = value
			}
			return m
		}
		m := Mapping{Columns: pairs(mapped), Set: pairs(set), NoHeader: flags&1 > 0, PriceScale: scale, Delimiter: flags >> 1}
		path := filepath.Join(dir, "f.csv")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg := DatasetConfig{Files: []string{path}, Mapping: m}
		d, err := OpenDataset(context.Background(), cfg)
		view, lookErr := Look(context.Background(), cfg)
		if (err == nil) != (lookErr == nil) {
			t.Fatalf("opened: %v, looked at: %v", err, lookErr)
		}
		if err != nil {
			return
		}
		if n := int64(len(yield(t, d))); n != d.Facts().Rows || view.Feed != d.Name() {
			t.Errorf("%d rows of %s, surveyed %d of %s", n, d.Name(), d.Facts().Rows, view.Feed)
		}
		cfg.Order = TimeOrder
		if byTime, err := OpenDataset(context.Background(), cfg); err != nil || int64(len(yield(t, byTime))) != d.Facts().Rows {
			t.Errorf("by time: %v", err)
		}
	})
}

func ExampleMapping() {
	m := Mapping{Columns: map[string]string{"last": "price"}, PriceScale: 300}
	fmt.Println(m.Check())
	// Output: price scale 300: it is a power of ten, such as 10000 where 1674100 means 167.41
}
