package main

import (
	"bufio"
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// printed is a table as it is printed where a row may have so many columns of the terminal.
func printed(fits int, columns []column, rows ...[]*string) string {
	var b bytes.Buffer
	w := bufio.NewWriter(&b)
	t := &table{w: w, screen: screenOf(&b), columns: columns, fits: fits}
	t.begin(rows)
	_ = w.Flush()
	return b.String()
}

func cells(values ...any) []*string {
	row := make([]*string, len(values))
	for i, v := range values {
		if text, ok := v.(string); ok {
			row[i] = &text
		}
	}
	return row
}

func TestATableHasNumbersToTheRightAndNoBlanksAtItsEnd(t *testing.T) {
	got := printed(0, columnsNamed("name", "n#", "note"), cells("a", "1", "x"), cells("longer", "1234567", nil), cells("界", "2", ""))
	want := `name          n  note
──────  ───────  ────
a             1  x
longer  1234567  NULL
界            2
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestATableIsShrunkToTheTerminal(t *testing.T) {
	columns := columnsNamed("short", "n#", "long", "longer")
	row := cells("s", "123456789012345678901234567890", strings.Repeat("l", 40), strings.Repeat("界", 40))
	for _, tt := range []struct {
		name      string
		fits      int
		wide      int // of a row
		short, in string
	}{
		{"it fits", 161, 161, "s", strings.Repeat("界", 40)},
		{"the widest gives first", 130, 130, strings.Repeat("l", 40), "界…"},
		{"then both", 100, 100, "lll…", "界…"},
		{"a number never", 61, 61, "lllllllll…", "界界界界…"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for i, line := range strings.Split(strings.TrimSuffix(printed(tt.fits, columns, row), "\n"), "\n") {
				if got := width(line); i == 1 && got != tt.wide {
					t.Errorf("it is %d wide, not %d: %s", got, tt.wide, line)
				}
				if i == 2 && !(strings.Contains(line, tt.short) && strings.Contains(line, tt.in) && strings.Contains(line, *row[1])) {
					t.Error(line)
				}
			}
		})
	}
}

func TestALaterRowIsShortenedOnlyWhereThereIsNoRoom(t *testing.T) {
	var b bytes.Buffer
	w := bufio.NewWriter(&b)
	table := &table{w: w, screen: screenOf(&b), columns: columnsNamed("a", "b"), fits: 12}
	table.begin([][]*string{cells("x", "y")})
	table.row(cells("1234567", "1234"))
	table.row(cells("12345678", "123"))
	table.row(cells("1", "1234567890"))
	_ = w.Flush()
	want := "a  b\n─  ─\nx  y\n1234567  12…\n12345678  1…\n1  12345678…\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

func TestARowThatCannotFitStandsUpright(t *testing.T) {
	got := printed(30, columnsNamed("n#", "a longer name", "text"), cells("12345678901234567890", strings.Repeat("x", 40), nil), cells("2", "", "界"))
	want := `── row 1 ─────────────────
n              12345678901234567890
a longer name  xxxxxxxxxxxxxx…
text           NULL
── row 2 ─────────────────
n              2
a longer name  
text           界
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAValueStaysOnItsLineAndSteersNoTerminal(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                   "plain",
		"a\nb\tc":                 "a·b·c",
		"\x1b[31mred":             "·[31mred",
		"\u009b31m":               "·31m",
		"safe\u202egnp.exe":       "safe·gnp.exe",
		"\xff\xfe":                "··",
		"👩‍👩‍👧 and e\u0301":       "👩‍👩‍👧 and e\u0301",
		"line\u2028end\u2029":     "line·end·",
		strings.Repeat("x", 1000): strings.Repeat("x", 1000),
	} {
		if got := plain(in); got != want && got != strings.Replace(want, "··", "·", 1) {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestAShortenedTextFits(t *testing.T) {
	for _, tt := range []struct {
		text    string
		columns int
		want    string
	}{
		{"short", 10, "short"},
		{"short", 5, "short"},
		{"shorter", 5, "shor…"},
		{"界界界", 5, "界界…"},
		{"界界界", 4, "界…"},
		{"👩‍👩‍👧👩‍👩‍👧", 3, "👩‍👩‍👧…"},
		{"e\u0301e\u0301e\u0301", 2, "e\u0301…"},
		{"x", 1, "x"},
		{"xy", 1, "…"},
	} {
		if got := fit(tt.text, tt.columns); got != tt.want || width(got) > tt.columns {
			t.Errorf("%q in %d: %q, want %q", tt.text, tt.columns, got, tt.want)
		}
	}
}

func TestCSVTellsNullFromAnEmptyText(t *testing.T) {
	var b bytes.Buffer
	w := bufio.NewWriter(&b)
	out := newCSV(w, columnsNamed("a", "b,c", "d"))
	out.row(cells(nil, "", "x"))
	out.row(cells(`say "hi"`, "line\nline\r", " blank"))
	out.row(cells("NULL", "1.50", "界"))
	_ = w.Flush()
	want := "a,\"b,c\",d\n,\"\",x\n\"say \"\"hi\"\"\",\"line\nline\r\",\" blank\"\nNULL,1.50,界\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

// FuzzPlain: whatever the lake holds, one line is printed, and it cannot steer the terminal.
func FuzzPlain(f *testing.F) {
	for _, seed := range []string{"", "a\x00b", "\x1b]0;title\x07", "\u202e", "\xed\xa0\x80", "🇩🇪e\u0301", "\u200b\u200d\ufe0f"} {
		f.Add(seed, 7)
	}
	f.Fuzz(func(t *testing.T, text string, columns int) {
		shown := plain(text)
		if strings.ContainsFunc(shown, steers) {
			t.Errorf("%q is shown as %q", text, shown)
		}
		if columns = 1 + columns&0xff; width(fit(shown, columns)) > columns {
			t.Errorf("%q in %d: %q", shown, columns, fit(shown, columns))
		}
	})
}
