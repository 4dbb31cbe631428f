package objectstest

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"ticklake/internal/objects"
)

func testRange(t *testing.T, s objects.Store) {
	whole := pattern(10_000)
	create(t, s, "ranged", whole, nil)
	create(t, s, "empty", nil, nil)
	for _, r := range []struct{ offset, length, end int64 }{
		{0, 1, 1}, {0, 10_000, 10_000}, {9_999, 1, 10_000}, {5_000, 100, 5_100}, {9_990, 100, 10_000}, {0, 1 << 62, 10_000}, {1, 1<<63 - 1, 10_000},
	} {
		rc, err := s.GetRange(t.Context(), "ranged", r.offset, r.length)
		if err != nil {
			t.Errorf("%d bytes from %d: %v", r.length, r.offset, err)
			continue
		}
		got, err := io.ReadAll(rc)
		if err != nil || !bytes.Equal(got, whole[r.offset:r.end]) {
			t.Errorf("%d bytes from %d: got %d bytes, %v", r.length, r.offset, len(got), err)
		}
		if err := rc.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	for _, tt := range []struct {
		key            string
		offset, length int64
		want           error
	}{
		{"ranged", 10_000, 1, objects.ErrRange},
		{"ranged", 1 << 40, 10, objects.ErrRange},
		{"empty", 0, 1, objects.ErrRange},
		{"ranged", -1, 1, objects.ErrInvalid},
		{"ranged", 0, 0, objects.ErrInvalid},
		{"absent", 0, 1, objects.ErrNotFound},
	} {
		rc, err := s.GetRange(t.Context(), tt.key, tt.offset, tt.length)
		if !errors.Is(err, tt.want) {
			t.Errorf("%d bytes from %d of %s: %v, want %v", tt.length, tt.offset, tt.key, err, tt.want)
		}
		if err == nil {
			_ = rc.Close()
		}
	}
}

func testNotFound(t *testing.T, s objects.Store) {
	create(t, s, "folder/object", []byte("x"), nil)
	for _, key := range []string{"absent", "folder", "folder/absent", "folder/object/below", "folder/objec"} {
		if _, err := s.Head(t.Context(), key); !errors.Is(err, objects.ErrNotFound) {
			t.Errorf("head %q: %v", key, err)
		}
		r, _, err := s.Get(t.Context(), key)
		if !errors.Is(err, objects.ErrNotFound) {
			t.Errorf("get %q: %v", key, err)
		}
		if err == nil {
			_ = r.Close()
		}
	}
}
