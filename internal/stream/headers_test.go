package stream

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"
)

func TestABadRowIsKnownByItsHeaders(t *testing.T) {
	header := func(pairs ...string) (h []kgo.RecordHeader) {
		for i := 0; i < len(pairs); i += 2 {
			h = append(h, kgo.RecordHeader{Key: pairs[i], Value: []byte(pairs[i+1])})
		}
		return h
	}
	tests := []struct {
		name string
		in   kgo.Record
		want BadRow
		ok   bool
	}{
		{
			"a row",
			kgo.Record{Headers: header("feed", "f", "file", "a.csv", "line", "7", "reason", "bad_row: 3 fields: not 7")},
			BadRow{File: "a.csv", Line: "7", Reason: "bad_row", Detail: "3 fields: not 7"},
			true,
		},
		{
			"the last header of a name counts",
			kgo.Record{Headers: header("file", "a", "line", "1", "reason", "x", "file", "b")},
			BadRow{File: "b", Line: "1", Reason: "x"},
			true,
		},
		{"with a key", kgo.Record{Key: []byte("A"), Headers: header("file", "a", "line", "1", "reason", "x")}, BadRow{}, false},
		{"without a line", kgo.Record{Headers: header("file", "a", "reason", "x")}, BadRow{}, false},
		{"without headers", kgo.Record{}, BadRow{}, false},
	}
	for _, tt := range tests {
		got, ok := ParseBadRow(&tt.in)
		if d := cmp.Diff(tt.want, got); d != "" || ok != tt.ok {
			t.Errorf("%s: %v %s", tt.name, ok, d)
		}
	}
}
