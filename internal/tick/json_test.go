package tick

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// full is the record of the documents, with all it can have.
const full = `{"timestamp":"2024-05-17T14:30:00.123456789Z","symbol":"AAPL","price":189.84,"volume":100,` +
	`"open":189.51,"high":190.81,"low":189.18,"venue":"XNAS","currency":"USD","sequence":18231}`

func TestParseReadsEveryField(t *testing.T) {
	var got Tick
	if err := Parse([]byte(full), &got); err != nil {
		t.Fatal(err)
	}
	want := Tick{
		Timestamp: 1715956200123456789, Symbol: "AAPL", Price: 189_840_000_000, Volume: Some[int64](100),
		Open: Some[Price](189_510_000_000), High: Some[Price](190_810_000_000), Low: Some[Price](189_180_000_000),
		Venue: "XNAS", Currency: "USD", Sequence: Some[int64](18231),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := string(AppendJSON(nil, &got)); got != full {
		t.Errorf("AppendJSON = %s", got)
	}
}

// TestRecordBecomesRow freezes version 1 of the rules: what a record becomes in the lake, or why it cannot.
func TestRecordBecomesRow(t *testing.T) {
	const base = `{"timestamp":"2024-05-17T14:30:00Z","symbol":"A","price":1`
	const row = "2024-05-17T14:30:00Z,A,1"
	for _, tt := range []struct{ name, in, want string }{
		{"required fields alone", base + `}`, row + `,,,,,,,,`},
		{"null is absent", base + `,"volume":null,"venue":null}`, row + `,,,,,,,,`},
		{"numbers in strings", base + `,"volume":"100","open":"1.50"}`, row + `,100,1.5,,,,,,`},
		{"integral decimal", base + `,"volume":1200.0}`, row + `,1200,,,,,,,`},
		{"escaped name of a field", base + `,"vol\u0075me":7}`, row + `,7,,,,,,,`},
		{"escaped value", `{"timestamp":"2024-05-17","symbol":"\u0041\/B","price":1}`, `2024-05-17T00:00:00Z,A/B,1,,,,,,,,`},
		{"symbol with a comma and a quote", `{"timestamp":"2024-05-17","symbol":"A,\"B","price":1}`, `2024-05-17T00:00:00Z,"A,""B",1,,,,,,,,`},
		{"any order, any white space", " {\t\"price\" : 1 ,\n\"symbol\":\"A\", \"timestamp\":\"2024-05-17\"}\r\n", "2024-05-17T00:00:00Z,A,1,,,,,,,,"},
		{"unknown fields, tokens as they came", base + `, "x" : [ 1.50, "a b" , {"y" : null} ],"\u007a":1E3}`, row + `,,,,,,,,"{""x"":[1.50,""a b"",{""y"":null}],""\u007a"":1E3}"`},
		{"names are case-sensitive", base + `,"Volume":5}`, row + `,,,,,,,,"{""Volume"":5}"`},
		{"unknown null is kept", base + `,"x":null}`, row + `,,,,,,,,"{""x"":null}"`},
		{"backslash before a quote in a string", base + `,"x":"a\\\" b"}`, row + `,,,,,,,,"{""x"":""a\\\"" b""}"`},

		{"nothing", ``, `empty_value: the record has no value`},
		{"white space", ` `, `invalid_json: not JSON by RFC 8259`},
		{"bytes that are not UTF-8", "{\"symbol\":\"\xff\"}", `invalid_utf8: the value is not UTF-8`},
		{"half a surrogate pair", base + `,"x":"\ud800"}`, `invalid_json: not JSON by RFC 8259`},
		{"an array", `[1]`, `invalid_json: not an object`},
		{"cut off", `{"timestamp":"2024-05-17T1`, `invalid_json: not JSON by RFC 8259`},
		{"two objects", base + `}{}`, `invalid_json: bytes after the object`},
		{"bytes behind", base + `}x`, `invalid_json: bytes after the object`},
		{"a comma too many", base + `,}`, `invalid_json: not JSON by RFC 8259`},
		{"Python's quotes", `{'symbol': 'A'}`, `invalid_json: not JSON by RFC 8259`},
		{"a field twice", base + `,"price":2}`, `duplicate_key: an object has the same name twice`},
		{"a field twice, once escaped", base + `,"pric\u0065":2}`, `duplicate_key: an object has the same name twice`},
		{"an unknown name twice, inside", base + `,"x":{"y":1,"y":1}}`, `duplicate_key: an object has the same name twice`},
		{"nested as deep as may be", base + `,"x":` + nest(MaxDepth-1) + `}`, row + `,,,,,,,,"{""x"":` + nest(MaxDepth-1) + `}"`},
		{"nested too deep", base + `,"x":` + nest(MaxDepth) + `}`, `too_deep: nested deeper than 128 levels`},
		{"no symbol", `{"timestamp":"2024-05-17","price":1}`, `missing_field: symbol: required, and not there`},
		{"null price", `{"timestamp":"2024-05-17","symbol":"A","price":null}`, `missing_field: price: required, and not there`},
		{"fields are judged in their order", `{"volume":"x","price":"x","timestamp":"x","symbol":"A"}`, `bad_timestamp: timestamp: ` + string(errTimeForm)},
		{"time as a number", `{"timestamp":1715956200,"symbol":"A","price":1}`, `bad_timestamp: timestamp: not a string`},
		{"empty symbol", `{"timestamp":"2024-05-17","symbol":"","price":1}`, `bad_symbol: symbol: ` + string(errEmpty)},
		{"symbol as a number", `{"timestamp":"2024-05-17","symbol":5,"price":1}`, `bad_symbol: symbol: not a string`},
		{"long symbol", `{"timestamp":"2024-05-17","symbol":"` + strings.Repeat("A", 65) + `","price":1}`, `bad_symbol: symbol: longer than 64 bytes`},
		{"line end in a symbol", `{"timestamp":"2024-05-17","symbol":"A\nB","price":1}`, `bad_symbol: symbol: has an unprintable character`},
		{"price in words", `{"timestamp":"2024-05-17","symbol":"A","price":"one"}`, `bad_number: price: ` + string(errNotNumber)},
		{"price as an array", `{"timestamp":"2024-05-17","symbol":"A","price":[1]}`, `bad_number: price: ` + string(errNotNumber)},
		{"price as a boolean", `{"timestamp":"2024-05-17","symbol":"A","price":true}`, `bad_number: price: ` + string(errNotNumber)},
		{"ten decimals", `{"timestamp":"2024-05-17","symbol":"A","price":0.1234567891}`, `bad_number: price: ` + string(errDecimals)},
		{"half a share", base + `,"volume":0.5}`, `bad_number: volume: not a whole number`},
		{"long venue", base + `,"venue":"` + strings.Repeat("A", 33) + `"}`, `bad_code: venue: longer than 32 bytes`},
		{"empty currency", base + `,"currency":""}`, `bad_code: currency: ` + string(errEmpty)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var tick Tick
			got := ""
			if err := Parse([]byte(tt.in), &tick); err != nil {
				got = err.Error()
			} else {
				got = strings.TrimSuffix(string(AppendRow(nil, &tick)), "\n")
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func nest(levels int) string { return strings.Repeat("[", levels) + strings.Repeat("]", levels) }

func TestUnprintableCharactersAreRefused(t *testing.T) {
	for _, r := range []rune{0, 0x1f, 0x7f, 0x85, 0xad, 0x200b, 0x2028, 0x202e, 0x2066, 0xfeff, 0xfffd, 0xfffe, 0x1ffff, 0xe0041} {
		if err := CheckSymbol("A" + string(r)); !errors.Is(err, errUnprintable) {
			t.Errorf("U+%04X: %v", r, err)
		}
	}
	for _, s := range []string{"BRK.B", "0700.HK", "^GSPC", "ÖSTER", "東証", "A B", "🚀"} {
		if err := CheckSymbol(s); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestExtraOfADataset(t *testing.T) {
	var tick Tick
	if err := Parse([]byte(full), &tick); err != nil {
		t.Fatal(err)
	}
	tick.SetExtra("Adj Close", "2568.30", "note", `a "b", c`)
	want := `{"Adj Close":"2568.30","note":"a \"b\", c"}`
	if got := string(tick.Extra); got != want {
		t.Fatalf("extra = %s, want %s", got, want)
	}
	var again Tick
	if err := Parse(AppendJSON(nil, &tick), &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(tick, again); diff != "" {
		t.Error(diff)
	}
}

// FuzzParse: no input makes Parse panic or keep something it should not; what it takes comes back the same from JSON
// and from CSV, and the standard library sees the same object.
func FuzzParse(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte(`{"timestamp":"2024-05-17","symbol":"A,\"","price":"1e2","x":{"a":[1, 2]},"\u0078y":"\\\""}`))
	f.Add([]byte(`{"timestamp":"2024-05-17","symbol":"A","price":1,"price":2}`))
	f.Add([]byte(`{"symbol":"\ud83d\ude80","timestamp":"1678-01-01t00:00:00.5+01:00","price":-0.0,"sequence":1.0e1}`))
	f.Fuzz(func(t *testing.T, value []byte) {
		before := bytes.Clone(value)
		var tick Tick
		err := Parse(value, &tick)
		if !bytes.Equal(before, value) {
			t.Fatal("Parse changed its input")
		}
		if err != nil {
			if reject := new(Reject); !errors.As(err, &reject) || reject.Reason == "" || reject.Detail == "" {
				t.Fatalf("error without a reason: %v", err)
			}
			return
		}
		if !json.Valid(value) {
			t.Fatalf("the standard library refuses %q", value)
		}
		var fromJSON, fromRow Tick
		if err := Parse(AppendJSON(nil, &tick), &fromJSON); err != nil {
			t.Fatalf("JSON form: %v", err)
		}
		row := AppendRow(nil, &tick)
		if n := bytes.Count(row, []byte("\n")); n != 1 {
			t.Fatalf("a row of %d lines: %q", n, row)
		}
		if err := ParseRow(row, &fromRow); err != nil {
			t.Fatalf("row %q: %v", row, err)
		}
		same := cmp.Comparer(bytes.Equal)
		if diff := cmp.Diff(tick, fromJSON, same); diff != "" {
			t.Fatal("JSON form", diff)
		}
		if diff := cmp.Diff(tick, fromRow, same); diff != "" {
			t.Fatal("row", diff)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	value := []byte(full)
	var tick Tick
	b.SetBytes(int64(len(value)))
	b.ReportAllocs()
	for b.Loop() {
		if err := Parse(value, &tick); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	var tick Tick
	if err := Parse([]byte(full), &tick); err != nil {
		b.Fatal(err)
	}
	for name, form := range map[string]func([]byte, *Tick) []byte{"json": AppendJSON, "row": AppendRow} {
		b.Run(name, func(b *testing.B) {
			var dst []byte
			b.ReportAllocs()
			for b.Loop() {
				dst = form(dst[:0], &tick)
			}
		})
	}
}
