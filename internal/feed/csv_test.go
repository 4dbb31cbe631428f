package feed

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// rowsOf reads a whole file; a row is its line, its fields or its defect, and its bytes.
func rowsOf(t *testing.T, src io.Reader, columns int) (rows []string, raw [][]byte) {
	t.Helper()
	c := newCSVReader(src)
	c.columns = columns
	for {
		row, err := c.next()
		if errors.Is(err, io.EOF) {
			return rows, raw
		}
		if err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprintf("%d %q", row.line, row.fields)
		if row.defect != "" {
			text = fmt.Sprintf("%d %s", row.line, row.defect)
		}
		rows = append(rows, text)
		raw = append(raw, bytes.Clone(row.raw))
	}
}

func TestRowsAreTakenApartByRFC4180(t *testing.T) {
	tests := []struct {
		name    string
		columns int
		in      string
		want    []string
	}{
		{"plain", 2, "a,b\nc,d\n", []string{`1 ["a" "b"]`, `2 ["c" "d"]`}},
		{"carriage returns and no end", 2, "a,b\r\nc,d", []string{`1 ["a" "b"]`, `2 ["c" "d"]`}},
		{"quotes", 2, "\"a,1\",\"b\"\"c\"\n\"\",\n", []string{`1 ["a,1" "b\"c"]`, `2 ["" ""]`}},
		{"several lines", 2, "a,\"b\nc\r\nd\"\ne,f\n", []string{`1 ["a" "b\nc\r\nd"]`, `4 ["e" "f"]`}},
		{"several fields of several lines", 2, "\"a\nb\",\"c\nd\"\ne,f", []string{`1 ["a\nb" "c\nd"]`, `4 ["e" "f"]`}},
		{"empty lines", 1, "\n\r\na\n\n\nb\n", []string{`3 ["a"]`, `6 ["b"]`}},
		{"a quote that is not closed is one bad line", 2, "a,\"b\nc,d\ne,f\n", []string{"1 " + defectQuote, `2 ["c" "d"]`, `3 ["e" "f"]`}},
		{
			"nor are two of them one row", 2, "a,\"b\nc,d\ne,\"f\ng,h\n",
			[]string{"1 " + defectQuote, `2 ["c" "d"]`, "3 " + defectQuote, `4 ["g" "h"]`},
		},
		{"a row of several lines with too many fields is not one", 2, "a,\"b\nc\",d\n", []string{"1 " + defectQuote, "2 " + defectBare}},
		{"cut in a quote", 2, "a,b\nc,\"d", []string{`1 ["a" "b"]`, "2 " + defectQuote}},
		{"a quote in a field", 2, "a,5\" pipe\nb,c\n", []string{"1 " + defectBare, `2 ["b" "c"]`}},
		{"text after a quote", 2, "a,\"b\"c\nd,e\n", []string{"1 " + defectAfter, `2 ["d" "e"]`}},
		{"a carriage return alone", 1, "a\rb\n", []string{`1 ["a\rb"]`}},
		{"a quoted line end at the file's end", 1, "\"a\n\"", []string{`1 ["a\n"]`}},
		{"nothing", 1, "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for name, src := range map[string]io.Reader{
				"whole": strings.NewReader(tt.in), "by bytes": iotest.OneByteReader(strings.NewReader(tt.in)),
			} {
				got, _ := rowsOf(t, src, tt.columns)
				if d := cmp.Diff(tt.want, got); d != "" {
					t.Errorf("%s: %s", name, d)
				}
			}
		})
	}
}

func TestALongLineComesInPiecesThatAreAllOfIt(t *testing.T) {
	long := bytes.Repeat([]byte("0123456789abcdef"), 5*maxRow/32) // two and a half times maxRow
	file := append(append([]byte("a\n"), long...), "\nb\n"...)
	rows, raw := rowsOf(t, bytes.NewReader(file), 1)
	want := []string{`1 ["a"]`, "2 " + defectTooLong, "2 " + defectTooLong, "2 " + defectTooLong, `3 ["b"]`}
	if d := cmp.Diff(want, rows); d != "" {
		t.Fatal(d)
	}
	if !bytes.Equal(bytes.Join(raw[1:4], nil), long) {
		t.Error("the pieces are not the line")
	}
	for _, n := range []int{maxRow - 1, maxRow} {
		rows, _ := rowsOf(t, bytes.NewReader(append(bytes.Repeat([]byte("x"), n), "\r\nb"...)), 1)
		if len(rows) != 2 || rows[1] != `2 ["b"]` || strings.Contains(rows[0], defectTooLong) {
			t.Errorf("a line of %d bytes is %d rows", n, len(rows))
		}
	}
}

func TestAReadErrorEndsTheRows(t *testing.T) {
	broken := errors.New("disk")
	c := newCSVReader(io.MultiReader(strings.NewReader("a,b\nc,\"d\n"), iotest.ErrReader(broken)))
	c.columns = 2
	if _, err := c.next(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if row, err := c.next(); errors.Is(err, broken) {
			return
		} else if err != nil || row.line != 2 {
			t.Fatalf("%+v, %v", row, err)
		}
	}
	t.Error("the error does not come")
}

// FuzzRows holds that no byte of a file is lost or made up, whatever is in it.
func FuzzRows(f *testing.F) {
	for _, s := range []string{
		"a,b\nc,d\n", "a,\"b\nc\"\r\n", "\"\"\"\n\"\"\n", "\xef\xbb\xbfa\n", "a,\"b\n\n\nc", "\r\n\r\r\n", "\"a\"b,c\n", "a\x00b,\"\"\"\"\n",
	} {
		f.Add([]byte(s), byte(2))
	}
	f.Fuzz(func(t *testing.T, file []byte, columns byte) {
		c := newCSVReader(bytes.NewReader(file))
		c.columns = int(columns % 8)
		rest, line := file, int64(1)
		eat := func(n int) {
			line += int64(bytes.Count(rest[:n], []byte{'\n'}))
			rest = rest[n:]
		}
		for {
			row, err := c.next()
			for len(rest) > 0 { // empty lines
				if rest[0] == '\n' {
					eat(1)
				} else if bytes.HasPrefix(rest, []byte("\r\n")) {
					eat(2)
				} else {
					break
				}
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if row.line != line || !bytes.HasPrefix(rest, row.raw) {
				t.Fatalf("row %q of line %d, where %q stands in line %d", row.raw, row.line, rest, line)
			}
			if (row.defect == "") != (row.fields != nil) {
				t.Fatalf("defect %q, fields %q", row.defect, row.fields)
			}
			eat(len(row.raw))
			if bytes.HasPrefix(rest, []byte("\r\n")) {
				eat(2)
			} else if len(rest) > 0 && rest[0] == '\n' {
				eat(1)
			} else if len(rest) > 0 && row.defect != defectTooLong {
				t.Fatalf("row %q ends before %q", row.raw, rest)
			}
		}
		if len(rest) > 0 {
			t.Fatalf("%q is left", rest)
		}
	})
}
