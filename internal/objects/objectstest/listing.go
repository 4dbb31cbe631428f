package objectstest

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ticklake/internal/objects"
)

func testPaging(t *testing.T, s objects.Store) {
	const n = 2_345
	want := make([]string, n)
	var wg sync.WaitGroup
	errs := make(chan error, n)
	for worker := range 8 {
		wg.Go(func() {
			for i := worker; i < n; i += 8 {
				want[i] = fmt.Sprintf("many/%04d.json", i)
				errs <- s.Create(t.Context(), want[i], []byte("x"), nil)
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, list(t, s, "many/")); diff != "" {
		t.Errorf("listing (-want +got):\n%s", diff)
	}
}

func testListBreak(t *testing.T, s objects.Store) {
	for i := range 10 {
		create(t, s, fmt.Sprintf("k/%d/x", i), nil, nil)
	}
	seen := 0
	for _, err := range s.List(t.Context(), "k/") {
		if err != nil {
			t.Fatal(err)
		}
		if seen++; seen == 3 {
			break
		}
	}
	for _, err := range s.Folders(t.Context(), "k/") {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	if got := list(t, s, "k/"); len(got) != 10 {
		t.Errorf("a later listing yields %d", len(got))
	}
}

func testListPrefix(t *testing.T, s objects.Store) {
	for _, key := range []string{"a/1", "a/2", "ab/1", "a.b", "b/a/1"} {
		create(t, s, key, nil, nil)
	}
	for prefix, want := range map[string][]string{
		"a/":  {"a/1", "a/2"},
		"a":   {"a.b", "a/1", "a/2", "ab/1"},
		"":    {"a.b", "a/1", "a/2", "ab/1", "b/a/1"},
		"a/1": {"a/1"}, "a/1/": nil, "absent/deep/": nil, "b/a": {"b/a/1"},
	} {
		if diff := cmp.Diff(want, list(t, s, prefix)); diff != "" {
			t.Errorf("list %q (-want +got):\n%s", prefix, diff)
		}
	}
}

func testFolders(t *testing.T, s objects.Store) {
	for _, key := range []string{"raw/ticks/dt=2024-05-17/a", "raw/ticks/dt=2024-05-17/b", "raw/ticks/dt=2024-05-18/c/d", "raw/ticks/loose", "raw/other/x", "top"} {
		create(t, s, key, nil, nil)
	}
	for prefix, want := range map[string][]string{
		"":                         {"raw"},
		"raw/":                     {"other", "ticks"},
		"raw/ticks/":               {"dt=2024-05-17", "dt=2024-05-18"},
		"raw/ticks/dt=2024-05-17/": nil,
		"raw/ticks/dt=2024-05-18/": {"c"},
		"raw/ti":                   {"cks"},
		"absent/":                  nil,
	} {
		if diff := cmp.Diff(want, folders(t, s, prefix)); diff != "" {
			t.Errorf("folders %q (-want +got):\n%s", prefix, diff)
		}
	}
}
