package feed

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// openFiles counts the files that this process has open.
func openFiles(t testing.TB) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// TestASorterPutsAnyNumberOfItemsInOrder holds that what comes out is what went in, in order, however often it was
// moved out of memory and merged.
func TestASorterPutsAnyNumberOfItemsInOrder(t *testing.T) {
	type kept struct {
		First  int64
		Second uint64
		Data   string
	}
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	before := openFiles(t)
	rapid.Check(t, func(t *rapid.T) {
		s := &sorter{limit: rapid.IntRange(1, 2000).Draw(t, "limit"), fan: rapid.IntRange(2, 4).Draw(t, "fan")}
		defer s.close()
		var want []kept
		for i := range rapid.IntRange(0, 300).Draw(t, "items") {
			k := kept{rapid.Int64Range(-3, 3).Draw(t, "first"), uint64(i), strings.Repeat("x", rapid.IntRange(0, 30).Draw(t, "length"))}
			want = append(want, k)
			if err := s.add(k.First, k.Second, []byte(k.Data[:len(k.Data)/2]), []byte(k.Data[len(k.Data)/2:])); err != nil {
				t.Fatal(err)
			}
		}
		slices.SortStableFunc(want, func(a, b kept) int { return cmp.Compare(a.First, b.First) })
		sorted, err := s.sorted()
		if err != nil {
			t.Fatal(err)
		}
		var got []kept
		for {
			var it item
			if err := sorted.next(&it); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			got = append(got, kept{it.first, it.second, string(it.data)})
		}
		if d := gocmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
	})
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("files are left: %v", left)
	}
	if n := openFiles(t); n > before { // fewer: those of a test before have gone
		t.Errorf("%d files are open, before %d", n, before)
	}
}

func TestASorterWithoutRoomSaysWhereItWantsSome(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "none"))
	s := &sorter{limit: 1, fan: 2}
	defer s.close()
	err := s.add(1, 1, []byte("x"))
	if err == nil || !strings.Contains(err.Error(), "sort the rows by time: ") || !strings.Contains(err.Error(), "TMPDIR") {
		t.Error(err)
	}
}

func TestACutSpillIsAnError(t *testing.T) {
	s := &sorter{limit: 1, fan: 9}
	defer s.close()
	for i := range 3 {
		if err := s.add(int64(i), 1, bytes.Repeat([]byte("x"), 100)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.spills[0][1].file.Truncate(50); err != nil {
		t.Fatal(err)
	}
	_, err := s.sorted()
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
}
