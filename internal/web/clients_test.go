package web

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// BenchmarkTwoHundredClients has 200 clients look at 500 symbols that all change ten times a second, at 10,000 ticks/s, each
// with a chart in focus. An iteration is one such tenth of a second, until the last client has heard of it. It reports the
// memory that a client takes in the server and the share of one core that server and clients take together.
func BenchmarkTwoHundredClients(b *testing.B) {
	const clients, symbols = 200, 500
	f := serve(b, nil)
	names := make([]string, symbols)
	for i := range names {
		names[i] = fmt.Sprint("SYM", i)
	}
	f.ticks(names...)
	eventually(b, "the symbols are known", func() bool { return f.has(names[symbols-1]) })
	before := heap()
	type news struct {
		client int
		ticks  int64
	}
	told := make(chan news, clients)
	gone := make(chan struct{})
	var reading sync.WaitGroup
	defer reading.Wait()
	defer close(gone)
	for i := range clients {
		conn, err := net.Dial("tcp", strings.TrimPrefix(f.URL(), "http://"))
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		if _, err := io.WriteString(conn, "GET "+api+"/stream?symbol=SYM1 HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
			b.Fatal(err)
		}
		reading.Go(func() {
			in := bufio.NewReaderSize(conn, 4<<10)
			for {
				line, err := in.ReadSlice('\n')
				if err != nil && err != bufio.ErrBufferFull { //nolint:errorlint // bufio returns it as it is
					return
				}
				if at := strings.Index(string(line), `"ticks":`); at >= 0 && strings.HasPrefix(string(line), `data: {"time"`) {
					var n int64
					if _, err := fmt.Sscan(strings.SplitN(string(line[at+8:]), ",", 2)[0], &n); err == nil {
						select {
						case told <- news{i, n}:
						case <-gone:
						}
					}
				}
			}
		})
	}
	eventually(b, "all clients are there", func() bool { return f.clients.Load() == clients })
	took, busy := time.Duration(0), cpu()
	began := time.Now()
	for b.Loop() {
		for range 2 {
			f.ticks(names...)
		}
		total := f.market.Ticks()
		sent := time.Now()
		for abreast := make(map[int]bool); len(abreast) < clients; {
			if n := <-told; n.ticks >= total {
				abreast[n.client] = true
			}
		}
		took += time.Since(sent)
	}
	share := (cpu() - busy).Seconds() / time.Since(began).Seconds()
	b.ReportMetric(float64(heap()-before)/clients, "B/client")
	b.ReportMetric(float64(took.Milliseconds())/float64(b.N), "ms/frame")
	b.ReportMetric(share, "cores")
}

// heap is what is live.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// cpu is the time that this process has taken.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
