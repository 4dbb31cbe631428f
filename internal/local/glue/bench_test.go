package glue

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"ticklake/internal/lake"
	"ticklake/internal/objects"
)

// BenchmarkCrawlOfManyFolders registers 10,000 folders of two zones, then looks at them again.
func BenchmarkCrawlOfManyFolders(b *testing.B) {
	const days = 5000
	store := objects.Memory()
	create := func(key string) {
		if err := store.Create(b.Context(), key, []byte("x"), nil); err != nil {
			b.Fatal(err)
		}
	}
	create(lake.LayoutKey("ticks", 1))
	for day := range days {
		folder := "dt=" + time.Date(2000, 1, 1+day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		create(lake.Raw.Key("ticks", folder, 0, 1))
		create(lake.Curated.Key("ticks", folder, 0, 1))
	}
	for _, again := range []bool{false, true} {
		b.Run(fmt.Sprintf("known=%t", again), func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				c := crawler(b, serve(b, open(b, filepath.Join(b.TempDir(), "catalog.db"))), store)
				if again {
					if err := c.Once(b.Context()); err != nil {
						b.Fatal(err)
					}
				}
				b.StartTimer()
				if err := c.Once(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
