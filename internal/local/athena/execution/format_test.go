package execution

import (
	"encoding/hex"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestStatementsAreClassifiedByTheirFirstWords(t *testing.T) {
	for _, tt := range []struct {
		in       string
		wantKind Kind
		wantVerb string
	}{
		{"SELECT 1", DML, "SELECT"},
		{" ( (select 1))", DML, "SELECT"},
		{"/* show */ -- show\n WITH a AS (SELECT 1) SELECT * FROM a", DML, "SELECT"},
		{"VALUES 1", DML, "SELECT"},
		{"show tables", Utility, "SHOW_TABLES"},
		{"SHOW/**/SCHEMAS", Utility, "SHOW_DATABASES"},
		{"desc ticks", Utility, "DESCRIBE_TABLE"},
		{"EXPLAIN SELECT 1", Utility, "EXPLAIN"},
		{"CREATE TABLE x", DDL, "CREATE_TABLE"},
		{"MSCK REPAIR TABLE x", DDL, "MSCK_REPAIR_TABLE"},
		{"INSERT INTO x", DML, "INSERT"},
		{"", DML, "SELECT"},
		{"/* open", DML, "SELECT"},
		{"-- open", DML, "SELECT"},
	} {
		kind, verb := classify(tt.in)
		if kind != tt.wantKind || verb != tt.wantVerb {
			t.Errorf("%q: %s %s", tt.in, kind, verb)
		}
	}
}

func TestOnlyTheLastSemicolonIsDropped(t *testing.T) {
	for in, want := range map[string]string{"SELECT 1;": "SELECT 1", "SELECT 1 ;\n": "SELECT 1 ", "SELECT 1;;": "SELECT 1;", "SELECT ';'": "SELECT ';'", "": ""} {
		if got := withoutEnd(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestEveryRowIsReadBackAsItWasWritten(t *testing.T) {
	value := rapid.Custom(func(t *rapid.T) *string {
		if rapid.Bool().Draw(t, "null") {
			return nil
		}
		v := rapid.StringOf(rapid.SampledFrom([]rune("a\",\n\r\té\x00"))).Draw(t, "value")
		return &v
	})
	rapid.Check(t, func(t *rapid.T) {
		row := rapid.SliceOfN(value, 1, 5).Draw(t, "row")
		text := appendCSV(nil, row)
		got, n, err := parseCSV(append(text, "rest"...))
		if diff := cmp.Diff(row, got); diff != "" || n != len(text) || err != nil {
			t.Fatal(err, diff)
		}
		for i := range text {
			if _, _, err := parseCSV(text[:i]); !errors.Is(err, errMore) {
				t.Fatalf("%q: %v", text[:i], err)
			}
		}
	})
}

func FuzzAResultsFileIsReadOrRefused(f *testing.F) {
	for _, seed := range []string{"", "\n", ",\n", "\"a\",\"b\"\n", "\"a\"\"\",\n", "\"a\"x\n", "a\n", "\"", "\"\"\""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		row, n, err := parseCSV(in)
		if err != nil {
			return
		}
		if got := appendCSV(nil, row); string(got) != string(in[:n]) {
			t.Errorf("%q was read as %q", in[:n], got)
		}
	})
}

func FuzzAnyTextIsClassified(f *testing.F) {
	for _, seed := range []string{"SELECT 1", "/*", "--", "((((", "SHOW", "SHOW /*", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		if kind, _ := classify(in); kind != DML && kind != DDL && kind != Utility {
			t.Errorf("%q", kind)
		}
	})
}

// The bytes are written out by hand from the wire format.
func TestTheDescriptionIsProtocolBuffers(t *testing.T) {
	got := metadata("ab", []Column{{Name: "n", Type: "varchar", Precision: 300}, {Name: "d", Type: "decimal", Precision: 18, Scale: 9}})
	want := "0a02" + "6162" + // 1: "ab"
		"221e" + // 4: 30 bytes
		"0a0468697665" + "22016e" + "2a016e" + "3207" + "76617263686172" + "38ac02" + "4000" + "4803" + "5001" +
		"221d" +
		"0a0468697665" + "220164" + "2a0164" + "3207" + "646563696d616c" + "3812" + "4009" + "4803" + "5000"
	if diff := cmp.Diff(want, hex.EncodeToString(got)); diff != "" {
		t.Error(diff)
	}
}
