package s3

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"os"
	"sync"
	"testing"
	"time"

	"ticklake/internal/objects"
)

// TestKillingTheServerLosesNothingAndLeavesNothingHalf kills it under load, again and again on one folder.
func TestKillingTheServerLosesNothingAndLeavesNothingHalf(t *testing.T) {
	dir := t.TempDir()
	acked := map[string]uint32{}
	for round := range 5 {
		c := startChild(t, dir)
		store := storeOf(t, c.endpoint, "lake")
		var mu sync.Mutex
		var wg sync.WaitGroup
		enough := make(chan struct{})
		var once sync.Once
		n := 0
		for w := range 4 {
			wg.Go(func() {
				for i := 0; ; i++ {
					key := fmt.Sprintf("round-%d/dt=%02d/%d-%d", round, i%7, w, i)
					body := bytes.Repeat([]byte{byte(w), byte(i), byte(round)}, 1+(i*7919)%200_000)
					if err := store.Create(t.Context(), key, body, objects.Meta{"crc": fmt.Sprint(crc32.ChecksumIEEE(body))}); err != nil {
						return // the server is gone
					}
					mu.Lock()
					acked[key] = crc32.ChecksumIEEE(body)
					if n++; n > 40+round*17 {
						once.Do(func() { close(enough) })
					}
					mu.Unlock()
				}
			})
		}
		select {
		case <-enough:
		case <-time.After(time.Minute):
			t.Error("the server is too slow")
		}
		c.kill()
		wg.Wait()
	}

	s, err := Open(t.Context(), testConfig(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	store := storeOf(t, s.Endpoint(), "lake")
	found := 0
	for info, err := range store.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		body, info, err := objects.ReadAll(t.Context(), store, info.Key, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		sum := crc32.ChecksumIEEE(body)
		if info.Meta["crc"] != fmt.Sprint(sum) {
			t.Errorf("%s is half: %d bytes", info.Key, info.Size)
		}
		if want, ok := acked[info.Key]; ok && want != sum {
			t.Errorf("%s is another", info.Key)
		}
		delete(acked, info.Key)
		found++
	}
	for key := range acked {
		t.Errorf("%s was acknowledged and is lost", key)
	}
	leftovers, err := os.ReadDir(s.root + "/lake/.sgwtmp")
	if err != nil && !os.IsNotExist(err) || len(leftovers) != 0 {
		t.Errorf("left over: %v, %v", leftovers, err)
	}
	t.Logf("%d objects", found)
}
