// Package objectstest holds the conformance suite of the object store's contract.
package objectstest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ticklake/internal/objects"
)

// Run proves that the stores that open returns keep the contract. Each call of open gets an empty bucket.
func Run(t *testing.T, open func(t *testing.T) objects.Store) {
	t.Helper()
	tests := []struct {
		name string
		run  func(t *testing.T, s objects.Store)
	}{
		{"AnObjectComesBackAsItWentIn", testRoundTrip},
		{"BodiesOfEverySizeComeBack", testSizes},
		{"OneOfManyCreatorsWins", testRacers},
		{"ACreatedObjectNeverChanges", testCreateTwice},
		{"ABodyMayBeReusedAfterCreate", testBodyReuse},
		{"OddKeysAreKept", testOddKeys},
		{"KeysThatNoFolderCanHoldAreRefused", testBadKeys},
		{"MetadataComesBack", testMeta},
		{"MetadataThatAHeaderCannotHoldIsRefused", testBadMeta},
		{"RangesAreExact", testRange},
		{"WhatIsAbsentIsNotFound", testNotFound},
		{"ListYieldsEachObjectOnceBeyondAPage", testPaging},
		{"ListCanBeLeftEarly", testListBreak},
		{"ListTakesPrefixesToTheLetter", testListPrefix},
		{"FoldersAreNamedOnce", testFolders},
		{"DeleteIsIdempotentAndFreesTheKey", testDelete},
		{"ACancelledContextEndsEveryCall", testCancel},
		{"ReadAllIsBounded", testReadAll},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, open(t)) })
	}
}

func create(t *testing.T, s objects.Store, key string, body []byte, meta objects.Meta) {
	t.Helper()
	if err := s.Create(t.Context(), key, body, meta); err != nil {
		t.Fatalf("create %q: %v", key, err)
	}
}

func get(t *testing.T, s objects.Store, key string) ([]byte, objects.Info) {
	t.Helper()
	r, info, err := s.Get(t.Context(), key)
	if err != nil {
		t.Fatalf("get %q: %v", key, err)
	}
	body, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("read %q: %v", key, err)
	}
	if err := r.Close(); err != nil {
		t.Fatalf("close %q: %v", key, err)
	}
	return body, info
}

func list(t *testing.T, s objects.Store, prefix string) []string {
	t.Helper()
	var keys []string
	for info, err := range s.List(t.Context(), prefix) {
		if err != nil {
			t.Fatalf("list %q: %v", prefix, err)
		}
		keys = append(keys, info.Key)
	}
	slices.Sort(keys)
	return keys
}

func folders(t *testing.T, s objects.Store, prefix string) []string {
	t.Helper()
	var names []string
	for name, err := range s.Folders(t.Context(), prefix) {
		if err != nil {
			t.Fatalf("folders %q: %v", prefix, err)
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// pattern is n bytes in which a shift or a swap shows.
func pattern(n int) []byte {
	b := make([]byte, n)
	x := uint32(n)*2654435761 + 1
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

func testRoundTrip(t *testing.T, s objects.Store) {
	before := time.Now().Add(-2 * time.Second)
	create(t, s, "raw/ticks/dt=2024-05-17/ticks-00003-0000000042.csv.gz", []byte("a,b\n1,2\n"), objects.Meta{"cut": "42"})
	body, info := get(t, s, "raw/ticks/dt=2024-05-17/ticks-00003-0000000042.csv.gz")
	if string(body) != "a,b\n1,2\n" {
		t.Errorf("body is %q", body)
	}
	head, err := s.Head(t.Context(), info.Key)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(info, head); diff != "" {
		t.Errorf("get and head differ (-get +head):\n%s", diff)
	}
	if info.Size != 8 || info.ETag == "" || info.Modified.Before(before) || info.Modified.After(time.Now().Add(2*time.Second)) {
		t.Errorf("info is %+v", info)
	}
	for listed, err := range s.List(t.Context(), "raw/") {
		if err != nil {
			t.Fatal(err)
		}
		head.Meta = nil
		// Listings and replies may round times differently.
		if listed.Modified.Sub(head.Modified).Abs() > time.Second {
			t.Errorf("listed as modified at %v, head says %v", listed.Modified, head.Modified)
		}
		listed.Modified = head.Modified
		if diff := cmp.Diff(head, listed); diff != "" {
			t.Errorf("head and list differ (-head +list):\n%s", diff)
		}
	}
}

func testSizes(t *testing.T, s objects.Store) {
	for _, size := range []int{0, 1, 4095, 4096, 64<<10 + 1, 5 << 20, 33 << 20} {
		key := fmt.Sprintf("size/%d", size)
		want := pattern(size)
		create(t, s, key, want, nil)
		got, info := get(t, s, key)
		if !bytes.Equal(got, want) || info.Size != int64(size) {
			t.Errorf("%d bytes came back as %d, info says %d", size, len(got), info.Size)
		}
	}
}

func testRacers(t *testing.T, s objects.Store) {
	const racers = 32
	for round := range 4 {
		key := fmt.Sprintf("_ticklake/cuts/ticks/00000/0000000/%03d.json", round)
		var won atomic.Int32
		var winner atomic.Value
		var wg sync.WaitGroup
		start := make(chan struct{})
		for i := range racers {
			wg.Go(func() {
				body := fmt.Sprintf("racer %d %s", i, strings.Repeat("x", i*100))
				<-start
				// What is neither a win nor ErrExists says nothing, and is repeated.
				for {
					err := s.Create(t.Context(), key, []byte(body), objects.Meta{"by": fmt.Sprint(i)})
					switch {
					case err == nil:
						won.Add(1)
						winner.Store(body)
						return
					case errors.Is(err, objects.ErrExists):
						return
					case t.Context().Err() != nil:
						return
					}
				}
			})
		}
		close(start)
		wg.Wait()
		if won.Load() != 1 {
			t.Fatalf("round %d: %d creators won", round, won.Load())
		}
		if body, _ := get(t, s, key); string(body) != winner.Load() {
			t.Errorf("round %d: the object is %.20q, the winner wrote %.20q", round, body, winner.Load())
		}
	}
}

func testCreateTwice(t *testing.T, s objects.Store) {
	create(t, s, "a/b", []byte("first"), objects.Meta{"n": "1"})
	_, want := get(t, s, "a/b")
	for _, body := range []string{"first", "second", ""} {
		if err := s.Create(t.Context(), "a/b", []byte(body), objects.Meta{"n": "2"}); !errors.Is(err, objects.ErrExists) {
			t.Errorf("creating it again returned %v", err)
		}
	}
	body, got := get(t, s, "a/b")
	if diff := cmp.Diff(want, got); diff != "" || string(body) != "first" {
		t.Errorf("it is now %q (-before +after):\n%s", body, diff)
	}
}

func testBodyReuse(t *testing.T, s objects.Store) {
	buf := pattern(1 << 20)
	want := bytes.Clone(buf)
	create(t, s, "reused", buf, nil)
	clear(buf)
	if got, _ := get(t, s, "reused"); !bytes.Equal(got, want) {
		t.Error("the object changed with the caller's buffer")
	}
}

// oddKeys are keys that servers, clients and URLs like to mangle.
var oddKeys = []string{
	"a b/c  d", "per%20cent", "100%", "a+b", "dt=2024-05-17/x=y&z?#frag", "münchen/日本語/🙂", "e\u0301", "\u00e9",
	"a\\b", "quote'\"", "semi;colon:at@", "(paren)[brack]{brace}", "~tilde^caret`tick|pipe", "<angle>", "-dash", ".hidden", "..twodots",
	"a/.b/c..", "$dollar!bang*star,comma", "trail ", "x/" + strings.Repeat("k", 255), strings.Repeat("d/", 100) + "deep",
	"admin", "UPPER/Case", "upper/case",
}

func testOddKeys(t *testing.T, s objects.Store) {
	for _, key := range oddKeys {
		create(t, s, key, []byte(key), nil)
	}
	for _, key := range oddKeys {
		body, info := get(t, s, key)
		if string(body) != key || info.Key != key {
			t.Errorf("%q came back as %q with body %q", key, info.Key, body)
		}
		if got := list(t, s, key); !slices.Contains(got, key) {
			t.Errorf("listing %q yielded %q", key, got)
		}
	}
	want := slices.Sorted(slices.Values(oddKeys))
	if diff := cmp.Diff(want, list(t, s, "")); diff != "" {
		t.Errorf("listing everything (-want +got):\n%s", diff)
	}
	for _, key := range oddKeys {
		if err := s.Delete(t.Context(), key); err != nil {
			t.Errorf("delete %q: %v", key, err)
		}
	}
	if got := list(t, s, ""); len(got) != 0 {
		t.Errorf("after deleting all, %q are left", got)
	}
}

func testBadKeys(t *testing.T, s objects.Store) {
	for _, key := range []string{
		"", "/lead", "trail/", "a//b", "../up", "a/../b", "a/..", "./a", "a/.", ".", "..", "nul\x00", "line\nfeed", "del\x7f",
		"\xff\xfe", strings.Repeat("k", 256), strings.Repeat("d/", 512) + "x",
	} {
		if err := s.Create(t.Context(), key, nil, nil); !errors.Is(err, objects.ErrInvalid) {
			t.Errorf("create %.40q returned %v", key, err)
		}
	}
	if got := list(t, s, ""); len(got) != 0 {
		t.Errorf("refused keys left %q", got)
	}
}

func testMeta(t *testing.T, s objects.Store) {
	for i, meta := range []objects.Meta{
		nil,
		{"cut": "7", "rows": "12345", "crc32c": "deadbeef"},
		{"from-to": "a b;c,d=\"e\" 100%", "empty-not": "x", "under_score": "~"},
		{"long": strings.Repeat("v", 1900)},
	} {
		key := fmt.Sprintf("meta/%d", i)
		create(t, s, key, []byte("x"), meta)
		head, err := s.Head(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(head.Meta, meta) {
			t.Errorf("meta %v came back as %v", meta, head.Meta)
		}
	}
}

func testBadMeta(t *testing.T, s objects.Store) {
	for _, meta := range []objects.Meta{
		{"Upper": "x"},
		{"": "x"},
		{"sp ace": "x"},
		{"colon:": "x"},
		{"é": "x"},
		{"a": "ü"},
		{"a": "line\nfeed"},
		{"a": "\x00"},
		{"a": " lead"},
		{"a": "trail "},
		{"a": "tab\t"},
		{"a": strings.Repeat("v", 2049)},
	} {
		if err := s.Create(t.Context(), "meta/bad", nil, meta); !errors.Is(err, objects.ErrInvalid) {
			t.Errorf("creating with %.60q returned %v", fmt.Sprint(meta), err)
		}
	}
	if _, err := s.Head(t.Context(), "meta/bad"); !errors.Is(err, objects.ErrNotFound) {
		t.Errorf("refused metadata left an object: %v", err)
	}
}

func testDelete(t *testing.T, s objects.Store) {
	create(t, s, "d/one", []byte("1"), nil)
	create(t, s, "d/two", []byte("2"), nil)
	for range 2 {
		if err := s.Delete(t.Context(), "d/one"); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Delete(t.Context(), "never/was/there"); err != nil {
		t.Errorf("deleting what never was: %v", err)
	}
	if diff := cmp.Diff([]string{"d/two"}, list(t, s, "")); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
	create(t, s, "d/one", []byte("again"), nil)
	if body, _ := get(t, s, "d/one"); string(body) != "again" {
		t.Errorf("the key holds %q", body)
	}
	// The last object of a folder takes the folder along.
	for _, key := range []string{"d/one", "d/two"} {
		if err := s.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	if got := folders(t, s, ""); len(got) != 0 {
		t.Errorf("folders left: %q", got)
	}
}

func testCancel(t *testing.T, s objects.Store) {
	create(t, s, "c/x", []byte("x"), nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	errOf := map[string]error{
		"create": s.Create(ctx, "c/y", nil, nil),
		"delete": s.Delete(ctx, "c/x"),
	}
	_, errOf["head"] = s.Head(ctx, "c/x")
	if r, _, err := s.Get(ctx, "c/x"); err != nil {
		errOf["get"] = err
	} else {
		errOf["get"] = r.Close()
	}
	if r, err := s.GetRange(ctx, "c/x", 0, 1); err != nil {
		errOf["range"] = err
	} else {
		errOf["range"] = r.Close()
	}
	errOf["list"], errOf["folders"] = nil, nil
	for _, err := range s.List(ctx, "c/") {
		errOf["list"] = err
	}
	for _, err := range s.Folders(ctx, "c/") {
		errOf["folders"] = err
	}
	for call, err := range errOf {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s returned %v", call, err)
		}
	}
	if got := list(t, s, ""); !slices.Equal(got, []string{"c/x"}) {
		t.Errorf("the bucket now has %q", got)
	}
}

func testReadAll(t *testing.T, s objects.Store) {
	create(t, s, "r", []byte("12345"), nil)
	body, info, err := objects.ReadAll(t.Context(), s, "r", 5)
	if err != nil || string(body) != "12345" || info.Size != 5 {
		t.Errorf("read %q, %+v, %v", body, info, err)
	}
	if _, _, err := objects.ReadAll(t.Context(), s, "r", 4); !errors.Is(err, objects.ErrInvalid) {
		t.Errorf("reading 5 bytes of at most 4 returned %v", err)
	}
}
