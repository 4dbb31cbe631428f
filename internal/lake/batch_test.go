package lake

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ticklake/internal/tick"
)

// produced is the Kafka timestamp of the tests' records: 2024-05-17T14:30:01Z, in milliseconds.
const produced = 1715956201000

func record(offset int64, value string) *Record {
	return &Record{Offset: offset, Timestamp: produced, Epoch: 4, Key: []byte("k"), Value: []byte(value)}
}

func quote(day, symbol, price string, more ...string) string {
	return fmt.Sprintf(`{"timestamp":"%s","symbol":"%s","price":%s%s}`, day, symbol, price, strings.Join(more, ""))
}

func TestCutFilesEveryRecordByItsFate(t *testing.T) {
	b := NewBatch(NewLayout("ticks", Day), 3, 10)
	for i, value := range []string{
		quote("2024-05-17T14:30:00.123456789Z", "MSFT", "420.21", `,"volume":100,"open":1,"high":2,"low":0.5,"venue":"XNAS","currency":"USD","sequence":7,"x":1`),
		quote("2024-05-16", "AAPL", "189.84"),
		"not a tick",
		quote("2024-05-17T14:30:00Z", "AAPL", "189.84"),
		quote("2024-05-19T14:30:01Z", "AAPL", "189.84"), // 48 hours ahead: just right
		quote("2024-05-19T14:30:02Z", "AAPL", "189.84"), // a second more
	} {
		if !b.Add(record(int64(10+i), value)) {
			t.Fatalf("record %d refused", i)
		}
	}
	b.Pass(16, 5) // a transaction's marker
	c := b.Cut(42)
	c.Cluster, c.TopicID = "cluster", "topic id"
	var files []string
	for _, f := range c.Files {
		files = append(files, fmt.Sprintf("%s %d", f.Key, f.Rows))
	}
	if diff := cmp.Diff([]string{
		"raw/ticks/dt=2024-05-16/ticks-00003-0000000042.csv.gz 1",
		"raw/ticks/dt=2024-05-17/ticks-00003-0000000042.csv.gz 2",
		"raw/ticks/dt=2024-05-19/ticks-00003-0000000042.csv.gz 1",
		"dead/ticks/dt=2024-05-17/ticks-00003-0000000042.jsonl.gz 2",
		"curated/ticks/dt=2024-05-16/ticks-00003-0000000042.parquet 1",
		"curated/ticks/dt=2024-05-17/ticks-00003-0000000042.parquet 2",
		"curated/ticks/dt=2024-05-19/ticks-00003-0000000042.parquet 1",
	}, files); diff != "" {
		t.Error(diff)
	}
	if c.From != 10 || c.To != 17 || c.Records != 6 || c.Epoch != 5 {
		t.Errorf("cut [%d, %d), %d records, epoch %d; want [10, 17), 6, 5", c.From, c.To, c.Records, c.Epoch)
	}
	body, err := c.Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseCut(body, "ticks", 3, 42)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c, again); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{
		"2024-05-17T14:30:00.123456789Z,MSFT,420.21,100,1,2,0.5,XNAS,USD,7,\"{\"\"x\"\":1}\"\n",
		"2024-05-17T14:30:00Z,AAPL,189.84,,,,,,,,\n",
	}, readText(t, Raw, encodeFile(t, b, c, 1))); diff != "" {
		t.Error(diff)
	}
	checkCurated(t, b, c, 5, 1)
}

func TestCuratedFileGivesItsRawRowsBack(t *testing.T) {
	b := NewBatch(NewLayout("ticks", Year), 0, 0)
	for i := range 3000 {
		day := fmt.Sprintf("2024-%02d-%02dT%02d:00:00.%09dZ", i%4+1, i%28+1, i%24, i)
		b.Add(record(int64(i), quote(day, fmt.Sprintf("S%d", i*7%13), fmt.Sprintf("%d.%03d", i, i%1000), fmt.Sprintf(`,"volume":%d`, i%3))))
	}
	c := b.Cut(0)
	checkCurated(t, b, c, 1, 0)
	var symbols []string
	body := encodeFile(t, b, c, 1)
	if err := ReadCurated(bytes.NewReader(body), int64(len(body)), func(r *CuratedRow) error {
		symbols = append(symbols, fmt.Sprintf("%s %020d", r.Tick.Symbol, r.Tick.Timestamp))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if !slices.IsSorted(symbols) {
		t.Error("rows are not sorted by symbol and time")
	}
}

// checkCurated compares the curated file i of c with its raw file j, row by row and by checksum.
func checkCurated(t *testing.T, b *Batch, c *Cut, i, j int) {
	t.Helper()
	body := encodeFile(t, b, c, i)
	rows := make(map[int64]string)
	var offsets []int64
	if err := ReadCurated(bytes.NewReader(body), int64(len(body)), func(r *CuratedRow) error {
		rows[r.Offset] = string(tick.AppendRow(nil, &r.Tick))
		offsets = append(offsets, r.Offset)
		if r.Partition != c.Partition || r.Cut != c.Cut || r.Timestamp != produced {
			t.Errorf("row of partition %d, cut %d, produced at %d", r.Partition, r.Cut, r.Timestamp)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(offsets)
	var crc CRC
	var got []string
	for _, o := range offsets {
		crc.Update([]byte(rows[o]))
		got = append(got, rows[o])
	}
	if diff := cmp.Diff(readText(t, Raw, encodeFile(t, b, c, j)), got); diff != "" {
		t.Error(diff)
	}
	if crc != c.Files[i].CRC || int64(len(got)) != c.Files[i].Rows {
		t.Errorf("%d rows, crc32c %v; the cut says %d, %v", len(got), crc, c.Files[i].Rows, c.Files[i].CRC)
	}
}

func encodeFile(t *testing.T, b *Batch, c *Cut, i int) []byte {
	t.Helper()
	body, err := b.Encode(new(Encoder), c, c.Files[i])
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func readText(t *testing.T, zone Zone, body []byte) (rows []string) {
	t.Helper()
	if err := ReadText(zone, bytes.NewReader(body), func(row []byte) error {
		rows = append(rows, string(row))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestDeadLetterKeepsTheWholeRecord freezes the dead letter's form.
func TestDeadLetterKeepsTheWholeRecord(t *testing.T) {
	for _, tt := range []struct {
		name   string
		record Record
		want   string
	}{
		{
			"a bad price",
			Record{Offset: 7, Timestamp: produced, Key: []byte("A"), Value: []byte(`{"timestamp":"2024-05-17","symbol":"A","price":"1,5"}`)},
			`{"reason":"bad_number","detail":"price: not a number; write 1234.5, without separators, signs of currency or blanks","topic":"ticks","kafka_partition":3,"kafka_offset":7,"kafka_timestamp":"2024-05-17T14:30:01Z","key":"QQ==","value":"eyJ0aW1lc3RhbXAiOiIyMDI0LTA1LTE3Iiwic3ltYm9sIjoiQSIsInByaWNlIjoiMSw1In0=","value_text":"{\"timestamp\":\"2024-05-17\",\"symbol\":\"A\",\"price\":\"1,5\"}","headers":"[]"}`,
		},
		{
			"nothing at all",
			Record{Offset: 8, Timestamp: produced},
			`{"reason":"empty_value","detail":"the record has no value","topic":"ticks","kafka_partition":3,"kafka_offset":8,"kafka_timestamp":"2024-05-17T14:30:01Z","key":null,"value":null,"headers":"[]"}`,
		},
		{
			"bytes that are no text",
			Record{Offset: 9, Timestamp: produced, Key: []byte{}, Value: []byte{0xff, '\n'}, Headers: []Header{{"a\n", []byte("b\"")}, {"c", nil}, {"d", []byte{0xfe}}, {"\xff", nil}}},
			`{"reason":"invalid_utf8","detail":"the value is not UTF-8","topic":"ticks","kafka_partition":3,"kafka_offset":9,"kafka_timestamp":"2024-05-17T14:30:01Z","key":"","value":"/wo=","headers":"[{\"key\":\"a\\n\",\"value\":\"YiI=\",\"value_text\":\"b\\\"\"},{\"key\":\"c\",\"value\":null},{\"key\":\"d\",\"value\":\"/g==\"},{\"key\":\"base64:/w==\",\"value\":null}]"}`,
		},
		{
			"a row of a file that could not be read",
			Record{Offset: 9, Timestamp: produced, Value: []byte(quote("2024-05-17", "A", "1")), Headers: []Header{{tick.HeaderFile, []byte("a.csv")}, {tick.HeaderLine, []byte("3")}, {tick.HeaderReason, []byte("price: none")}}},
			`{"reason":"unreadable_row","detail":"price: none","topic":"ticks","kafka_partition":3,"kafka_offset":9,"kafka_timestamp":"2024-05-17T14:30:01Z","key":null,"value":"eyJ0aW1lc3RhbXAiOiIyMDI0LTA1LTE3Iiwic3ltYm9sIjoiQSIsInByaWNlIjoxfQ==","value_text":"{\"timestamp\":\"2024-05-17\",\"symbol\":\"A\",\"price\":1}","headers":"[{\"key\":\"file\",\"value\":\"YS5jc3Y=\",\"value_text\":\"a.csv\"},{\"key\":\"line\",\"value\":\"Mw==\",\"value_text\":\"3\"},{\"key\":\"reason\",\"value\":\"cHJpY2U6IG5vbmU=\",\"value_text\":\"price: none\"}]"}`,
		},
		{
			"a Kafka timestamp that is none",
			Record{Offset: 9, Timestamp: 1 << 62, Value: []byte(`x`)},
			`{"reason":"bad_kafka_timestamp","detail":"the record's Kafka timestamp is 4611686018427387904 ms since 1970, outside the years 1678 to 2261","topic":"ticks","kafka_partition":3,"kafka_offset":9,"kafka_timestamp":null,"key":null,"value":"eA==","value_text":"x","headers":"[]"}`,
		},
		{
			"from the future",
			Record{Offset: 9, Timestamp: produced, Value: []byte(quote("2261-12-31", "A", "1"))},
			`{"reason":"too_far_ahead","detail":"timestamp: more than 172800 s ahead of the record's Kafka timestamp","topic":"ticks","kafka_partition":3,"kafka_offset":9,"kafka_timestamp":"2024-05-17T14:30:01Z","key":null,"value":"eyJ0aW1lc3RhbXAiOiIyMjYxLTEyLTMxIiwic3ltYm9sIjoiQSIsInByaWNlIjoxfQ==","value_text":"{\"timestamp\":\"2261-12-31\",\"symbol\":\"A\",\"price\":1}","headers":"[]"}`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := NewBatch(NewLayout("ticks", Day), 3, tt.record.Offset)
			b.Add(&tt.record)
			c := b.Cut(0)
			if len(c.Files) != 1 {
				t.Fatalf("files: %v", c.Files)
			}
			got := readText(t, Dead, encodeFile(t, b, c, 0))
			if diff := cmp.Diff([]string{tt.want + "\n"}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestBatchStopsAtTheLayoutsLimits(t *testing.T) {
	t.Run("folders", func(t *testing.T) {
		layout := NewLayout("ticks", Day)
		layout.MaxCutFolders = 2
		b := NewBatch(layout, 0, 0)
		if !b.Add(record(0, quote("2024-05-01", "A", "1"))) || !b.Add(record(1, "dead")) {
			t.Fatal("two folders are allowed")
		}
		if b.Add(record(2, quote("2024-05-02", "A", "1"))) {
			t.Error("a third folder was taken")
		}
		if !b.Add(record(2, quote("2024-05-01", "A", "1"))) {
			t.Error("a row for a folder that is there was refused")
		}
		if b.To() != 3 || b.Records() != 3 {
			t.Errorf("to %d, %d records", b.To(), b.Records())
		}
	})
	t.Run("bytes", func(t *testing.T) {
		layout := NewLayout("ticks", Day)
		layout.MaxCutBytes = 100
		b := NewBatch(layout, 0, 0)
		if !b.Add(record(0, strings.Repeat("x", 200))) {
			t.Fatal("a single record is always allowed")
		}
		if b.Add(record(1, "y")) || b.Records() != 1 || b.To() != 1 {
			t.Error("a record beyond the limit was taken")
		}
		if !b.Full() || b.Memory() < b.Bytes() {
			t.Errorf("full %v, %d bytes in %d of memory", b.Full(), b.Bytes(), b.Memory())
		}
	})
}

func TestSameRecordsMakeTheSameCut(t *testing.T) {
	cut := func(values ...string) *Cut {
		b := NewBatch(NewLayout("ticks", Day), 0, 5)
		for i, v := range values {
			b.Add(record(int64(5+i), v))
		}
		return b.Cut(1)
	}
	a, b := quote("2024-05-01", "A", "1"), quote("2024-05-01", "B", "2")
	if err := cut(a, b).Differs(cut(a, b)); err != nil {
		t.Errorf("the same records: %v", err)
	}
	for _, other := range []*Cut{cut(a), cut(b, a), cut(a, a), cut(a, "dead"), cut(a, quote("2024-05-01", "B", "3"))} {
		if cut(a, b).Differs(other) == nil {
			t.Errorf("%+v passes for another", other.Files)
		}
	}
}

func BenchmarkBatch(b *testing.B) {
	layout := NewLayout("ticks", Day)
	value := []byte(quote("2024-05-17T14:30:00.123456789Z", "MSFT", "420.21", `,"volume":100,"open":420.01,"high":425.5,"low":419.25,"venue":"XNAS","currency":"USD","sequence":1234567`))
	b.Run("add", func(b *testing.B) {
		batch := NewBatch(layout, 0, 0)
		r := Record{Timestamp: produced, Value: value}
		b.ReportAllocs()
		for b.Loop() {
			if !batch.Add(&r) {
				batch = NewBatch(layout, 0, 0)
			}
		}
	})
	batch := NewBatch(layout, 0, 0)
	for i := range 100_000 {
		batch.Add(&Record{Offset: int64(i), Timestamp: produced + int64(i), Value: fmt.Appendf(nil,
			`{"timestamp":"2024-05-17T14:30:%02d.%09dZ","symbol":"S%d","price":%d.%02d,"volume":%d,"open":420.01,"high":425.5,"low":419.25,"venue":"XNAS","currency":"USD","sequence":%d}`,
			i/2000, i*7919%1_000_000_000, i%20, 100+i%20, i*31%100, i%9*100, i)})
	}
	c := batch.Cut(0)
	for i, name := range []string{"raw", "curated"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			size := 0
			var encoder Encoder
			for b.Loop() {
				body, err := batch.Encode(&encoder, c, c.Files[i])
				if err != nil {
					b.Fatal(err)
				}
				size = len(body)
			}
			b.ReportMetric(float64(size)/100_000, "B/row")
			b.ReportMetric(100_000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func TestUnreadableRowIsKnownByItsHeaders(t *testing.T) {
	headers := func(names ...string) (h []Header) {
		for _, n := range names {
			h = append(h, Header{n, []byte("why")})
		}
		return h
	}
	for _, tt := range []struct {
		name string
		in   Record
		want bool
	}{
		{"all three", Record{Headers: headers("feed", tick.HeaderFile, tick.HeaderLine, tick.HeaderReason)}, true},
		{"an empty key", Record{Key: []byte{}, Headers: headers(tick.HeaderReason, tick.HeaderLine, tick.HeaderFile)}, true},
		{"with a key", Record{Key: []byte("A"), Headers: headers(tick.HeaderFile, tick.HeaderLine, tick.HeaderReason)}, false},
		{"without a line", Record{Headers: headers("feed", tick.HeaderFile, tick.HeaderReason)}, false},
		{"without headers", Record{}, false},
	} {
		if why, got := tt.in.unreadableRow(); got != tt.want || (got && why != "why") {
			t.Errorf("%s: %q, %v", tt.name, why, got)
		}
	}
}
