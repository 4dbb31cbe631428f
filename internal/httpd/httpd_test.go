package httpd_test

import (
	"bufio"
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ticklake/internal/httpd"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve serves "/" at once and "/wait" when release is closed.
func serve(t *testing.T, bound int, logger *slog.Logger) (s *httpd.Server, addr string, arrived, release chan struct{}) {
	t.Helper()
	arrived, release = make(chan struct{}, bound+1), make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") })
	mux.HandleFunc("/wait", func(w http.ResponseWriter, _ *http.Request) {
		arrived <- struct{}{}
		<-release
		_, _ = io.WriteString(w, "late")
	})
	l, err := httpd.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s = httpd.Serve(l, httpd.Config{Name: "test", Handler: mux, Connections: bound, Logger: logger})
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, l.Addr().String(), arrived, release
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return c
}

// ask sends a request on a connection that may stay open, and returns the answer.
func ask(t *testing.T, c net.Conn, path string) string {
	t.Helper()
	if _, err := io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	return answer(t, c)
}

func answer(t *testing.T, c net.Conn) string {
	t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("read answer: %v", err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("read answer: %v", err)
	}
	_ = resp.Body.Close()
	return string(body)
}

// safeLog is written to by the server and read by the test.
type safeLog struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *safeLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *safeLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestWhoHoldsConnectionsShutsNobodyOut(t *testing.T) {
	for _, tt := range []struct{ name, sends string }{
		{"idle from the start", ""},
		{"slow with the header", "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "},
		{"idle after an answer", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log safeLog
			_, addr, _, _ := serve(t, 8, slog.New(slog.NewTextHandler(&log, nil)))
			var held []net.Conn
			for range 40 {
				c := dial(t, addr)
				if _, err := io.WriteString(c, tt.sends); err != nil {
					t.Fatal(err)
				}
				held = append(held, c)
			}
			if got := ask(t, dial(t, addr), "/"); got != "hello" {
				t.Errorf("answered %q", got)
			}
			// The first was let go of long ago.
			if _, err := io.Copy(io.Discard, held[0]); err != nil && !strings.Contains(err.Error(), "reset") {
				t.Errorf("the longest idle: %v", err)
			}
			if n := strings.Count(log.String(), "connections are at their bound"); n != 1 {
				t.Errorf("told %d times:\n%s", n, &log)
			}
		})
	}
}

func TestWhoIsBeingAnsweredIsLeftAlone(t *testing.T) {
	_, addr, arrived, release := serve(t, 2, nil)
	busy := []net.Conn{dial(t, addr), dial(t, addr)}
	for _, c := range busy {
		if _, err := io.WriteString(c, "GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		<-arrived
	}
	third := make(chan string)
	c := dial(t, addr)
	go func() { third <- ask(t, c, "/") }()
	select {
	case got := <-third:
		t.Errorf("a third was answered beyond the bound: %q", got)
	case <-time.After(50 * time.Millisecond):
	}
	close(release)
	for _, c := range busy {
		if got := answer(t, c); got != "late" {
			t.Errorf("answered %q", got)
		}
	}
	if got := <-third; got != "hello" {
		t.Errorf("the third was answered %q", got)
	}
}

func TestClosingWhileAConnectionWaitsForRoomEnds(t *testing.T) {
	s, addr, arrived, release := serve(t, 1, nil)
	c := dial(t, addr)
	if _, err := io.WriteString(c, "GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-arrived
	waits := dial(t, addr)
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	if _, err := io.Copy(io.Discard, waits); err != nil && !strings.Contains(err.Error(), "reset") {
		t.Errorf("who waits for room: %v", err)
	}
	close(release)
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("a second close: %v", err)
	}
}

func TestABodyThatNobodyReadsHoldsNoConnection(t *testing.T) {
	_, addr, _, _ := serve(t, 2, nil)
	c := dial(t, addr)
	// The answer does not want the body, which does not come.
	if _, err := io.WriteString(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc"); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if _, err := io.Copy(io.Discard, c); err != nil && !strings.Contains(err.Error(), "reset") {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
}

func TestManyConnectionsAreAllAnswered(t *testing.T) {
	_, addr, _, _ := serve(t, 16, nil)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				c, err := net.Dial("tcp", addr)
				if err != nil {
					t.Error(err)
					return
				}
				_, err = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
				if err != nil {
					t.Error(err)
				}
				if got, err := io.ReadAll(c); err != nil || !strings.HasSuffix(string(got), "hello") {
					t.Errorf("%q, %v", got, err)
				}
				_ = c.Close()
			}
		})
	}
	wg.Wait()
}

func TestAddressesAreToldApart(t *testing.T) {
	for _, tt := range []struct {
		addr      string
		loopback  bool
		reachable string
	}{
		{"127.0.0.1:1", true, "127.0.0.1:1"},
		{"127.9.9.9:1", true, "127.9.9.9:1"},
		{"localhost:0", true, "localhost:0"},
		{"[::1]:1", true, "[::1]:1"},
		{"0.0.0.0:1", false, "127.0.0.1:1"},
		{":1", false, "127.0.0.1:1"},
		{"[::]:1", false, "127.0.0.1:1"},
		{"10.0.0.1:1", false, "10.0.0.1:1"},
		{"example.com:1", false, "example.com:1"},
		{"127.0.0.1.example.com:1", false, "127.0.0.1.example.com:1"},
		{"127.0.0.1", false, "127.0.0.1"},
	} {
		if got := httpd.Loopback(tt.addr); got != tt.loopback {
			t.Errorf("Loopback(%q) = %v", tt.addr, got)
		}
		if got := httpd.Reachable(tt.addr); got != tt.reachable {
			t.Errorf("Reachable(%q) = %q", tt.addr, got)
		}
	}
}

func TestOnlyThisMachinesOwnNamesAreLocalHosts(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "localhost:8600": true, "127.0.0.1": true, "127.0.0.1:1": true, "[::1]": true, "[::1]:8600": true, "::1": true,
		"": false, "evil.example": false, "evil.example:8600": false, "localhost.evil.example": false, "127.0.0.1.evil.example:1": false,
		"10.0.0.1:1": false, "0.0.0.0": false, "[::]:1": false, "[": false, ":": false, "[]": false,
	} {
		if got := httpd.LocalHost(host); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
}

func TestAnywhereIsReachedByLoopback(t *testing.T) {
	l, err := httpd.Listen(t.Context(), "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	s := httpd.Serve(l, httpd.Config{Handler: http.NotFoundHandler()})
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	if !strings.HasPrefix(s.Endpoint(), "http://127.0.0.1:") {
		t.Error(s.Endpoint())
	}
	if got := ask(t, dial(t, strings.TrimPrefix(s.Endpoint(), "http://")), "/"); !strings.Contains(got, "not found") {
		t.Error(got)
	}
}
