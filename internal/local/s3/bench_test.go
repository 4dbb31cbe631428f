package s3

import (
	"fmt"
	"os"
	"sync/atomic"
	"testing"
)

// lazyDisk leaves everything to the kernel.
type lazyDisk struct{}

func (lazyDisk) syncFile(*os.File) error { return nil }
func (lazyDisk) syncDir(string) error    { return nil }

// BenchmarkCreate is a client's PUT, 8 at a time, through guard, versitygw and disk.
func BenchmarkCreate(b *testing.B) {
	for name, d := range map[string]disk{"fsync": realDisk{}, "lazy": lazyDisk{}} {
		for _, size := range []int{64 << 10, 1 << 20} {
			b.Run(fmt.Sprintf("%s/%dKiB", name, size>>10), func(b *testing.B) {
				s := open(b, func(c *Config) { c.disk = d })
				store := storeOf(b, s.Endpoint(), "lake")
				body := make([]byte, size)
				var n atomic.Int64
				b.SetBytes(int64(size))
				b.SetParallelism(4) // times GOMAXPROCS
				b.ResetTimer()
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						i := n.Add(1)
						if err := store.Create(b.Context(), fmt.Sprintf("dt=%02d/%d", i%10, i), body, nil); err != nil {
							b.Error(err)
							return
						}
					}
				})
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "objects/s")
			})
		}
	}
}
