package duck

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRowsSurviveTheirFrame(t *testing.T) {
	empty, long, odd := "", strings.Repeat("x", 300), "é\x00\n"
	rows := [][]*string{{nil, &empty}, {&long, &odd}, {nil, nil}}
	var b []byte
	for _, row := range rows {
		b = appendRow(b, row)
	}
	var got [][]*string
	for len(b) > 0 {
		row, rest, err := parseRow(b, 2)
		if err != nil {
			t.Fatal(err)
		}
		got, b = append(got, row), rest
	}
	if diff := cmp.Diff(rows, got); diff != "" {
		t.Error(diff)
	}
}

func TestFramesAreBounded(t *testing.T) {
	var b bytes.Buffer
	w := bufio.NewWriter(&b)
	if err := writeFrame(w, frameRows, make([]byte, maxFrame+1)); !errors.Is(err, errFrame) {
		t.Error(err)
	}
	if _, _, err := readFrame(bufio.NewReader(strings.NewReader("R\xff\xff\xff\xff")), nil); !errors.Is(err, errFrame) {
		t.Error(err)
	}
	if _, _, err := readFrame(bufio.NewReader(strings.NewReader("R\x00\x00\x00\x05abc")), nil); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
}

func FuzzRow(f *testing.F) {
	s := "text"
	f.Add(appendRow(nil, []*string{&s, nil, &s}), 3)
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, 1)
	f.Fuzz(func(t *testing.T, b []byte, columns int) {
		if columns < 0 || columns > 1000 {
			return
		}
		row, rest, err := parseRow(b, columns)
		if err == nil && (len(row) != columns || len(rest) > len(b)) {
			t.Fatal(row, rest)
		}
	})
}
