// Package hostile attacks a running ticklake from outside: whatever bytes arrive on any port, and however many clients
// dawdle, it lives on, its memory stays small, and nothing of the machine is told.
package hostile

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"ticklake/e2e/program"
)

func TestMain(m *testing.M) { os.Exit(program.Main(m)) }

// Bounds on what an attack may leave behind.
const (
	maxGrowth     = 160 << 20 // bytes of resident memory, at any moment
	maxGoroutines = 100       // more than before, when the attackers have gone
)

// target is a running `up` with a market that ticks.
type target struct {
	t      *testing.T
	place  *program.Place
	server *program.Server
	ports  map[string]string // part to host:port
	memory int64             // before the first attack
	tasks  int
	peak   int64
}

func newTarget(t *testing.T) *target {
	t.Helper()
	p := program.New(t)
	s := p.Up("--symbols", "3", "--days", "1", "--day-ticks", "3000", "--rate", "100", "--max-age", "2s")
	strip := func(url string) string { return strings.TrimPrefix(url, "http://") }
	v := &target{t: t, place: p, server: s, ports: map[string]string{
		"kafka": s.Ready.Kafka, "s3": strip(s.Ready.S3), "glue": strip(s.Ready.Glue), "athena": strip(s.Ready.Athena), "operations": strip(s.Ready.Operations),
	}}
	program.Eventually(t, "ticks can be queried", func() bool { return v.ticks() > 5000 })
	v.memory, v.tasks = v.rss(), v.goroutines()
	v.peak = v.memory
	return v
}

// ticks counts what can be queried; -1 where it cannot.
func (v *target) ticks() int {
	r := v.place.Run("query", "-o", "csv", "SELECT count(*) AS n FROM ticks")
	n, err := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(r.Out, "n\n")))
	if r.Code != 0 || err != nil {
		return -1
	}
	return n
}

// rss is the program's resident memory in bytes.
func (v *target) rss() int64 {
	v.t.Helper()
	out, err := exec.Command("ps", "-o", "rss=", "-p", strconv.Itoa(v.server.Cmd.Process.Pid)).Output()
	if err != nil {
		v.t.Fatalf("the program is gone: %v\n%s", err, v.server.Log)
	}
	kib, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	if err != nil {
		v.t.Fatal(err)
	}
	return kib << 10
}

func (v *target) goroutines() int {
	v.t.Helper()
	_, rest, ok := strings.Cut(v.get("/metrics"), "\ngo_goroutines ")
	line, _, _ := strings.Cut(rest, "\n")
	n, err := strconv.Atoi(line)
	if !ok || err != nil {
		v.t.Fatalf("no go_goroutines in /metrics: %v", err)
	}
	return n
}

func (v *target) get(path string) string {
	v.t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}
	resp, err := client.Get(v.server.Ready.Operations + path)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return string(body)
}

// watch looks at the memory during an attack.
func (v *target) watch() { v.peak = max(v.peak, v.rss()) }

// lives fails the test unless the program answers, takes ticks, and is as small as it was.
func (v *target) lives(after string) {
	v.t.Helper()
	select {
	case <-v.server.Done:
		v.t.Fatalf("after %s: the program has ended: %v\n%s", after, v.server.Err, v.server.Log)
	default:
	}
	v.watch()
	if n := v.ticks(); n < 0 {
		v.t.Errorf("after %s: no answer", after)
	}
	if grown := v.peak - v.memory; grown > maxGrowth {
		v.t.Errorf("after %s: memory has grown by %d MiB, from %d", after, grown>>20, v.memory>>20)
	}
	for _, word := range []string{"panic", "PANIC", "goroutine ", "fatal error", v.server.Ready.SecretAccessKey} {
		if strings.Contains(v.server.Log.String(), word) {
			v.t.Fatalf("after %s: %q in what it prints:\n%.4000s", after, word, v.server.Log)
		}
	}
}

// calm waits until what served the attackers has gone.
func (v *target) calm(after string) {
	v.t.Helper()
	program.Eventually(v.t, "the goroutines that served "+after+" have ended", func() bool { return v.goroutines() < v.tasks+maxGoroutines })
}

// discreet fails the test where an answer tells of the machine or of the key.
func (v *target) discreet(what, answer string) {
	v.t.Helper()
	for _, secret := range []string{v.place.Dir, v.server.Ready.DataDir, v.server.Ready.SecretAccessKey, "/buckets/", "glue.sqlite", "goroutine ", ".go:"} {
		if strings.Contains(answer, secret) {
			v.t.Errorf("%s: the answer has %q: %.500q", what, secret, answer)
		}
	}
}

// raw sends bytes to a part, hangs up, and returns what comes back, which must not take for ever.
func (v *target) raw(part, bytes string) string {
	c, err := net.Dial("tcp", v.ports[part])
	if err != nil {
		v.t.Errorf("%s: %v", part, err)
		return ""
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	_, _ = io.WriteString(c, bytes) // it may hang up in the middle
	_ = c.(*net.TCPConn).CloseWrite()
	b, err := io.ReadAll(io.LimitReader(c, 1<<20))
	if errors.Is(err, os.ErrDeadlineExceeded) {
		v.t.Errorf("%s holds a connection whose client has ended its side", part)
	}
	return string(b)
}

func TestWhateverArrivesItLivesOn(t *testing.T) {
	v := newTarget(t)
	t.Logf("at rest: %d MiB, %d goroutines", v.memory>>20, v.tasks)
	for _, attack := range []struct {
		name string
		run  func(*target)
	}{
		{"stray bytes", strayBytes},
		{"half-sent requests", halfSent},
		{"what only the key's owner can send", signedBytes},
		{"ten thousand connections", manyConnections},
		{"slow readers", slowReaders},
	} {
		began := time.Now()
		attack.run(v)
		v.lives(attack.name)
		v.calm(attack.name)
		t.Logf("%s: %v, at most %d MiB so far", attack.name, time.Since(began).Round(10*time.Millisecond), v.peak>>20)
	}
	before := v.ticks()
	program.Eventually(t, "new ticks come into the lake", func() bool { return v.ticks() > before })
	v.server.Stop()
	program.Contains(t, v.place.OK("verify", "--data", "data/market", "--sequences"), "0 missing, 0 twice", "ticks is whole")
	if n := strings.Count(v.server.Log.String(), "\n"); n > 200 {
		t.Errorf("the attacks filled the log with %d lines:\n%.4000s", n, v.server.Log)
	}
}

// strayBytes sends to each port what belongs to another, and what belongs nowhere.
func strayBytes(v *target) {
	long := strings.Repeat("k", 1<<20)
	for name, bytes := range map[string]string{
		"nothing":               "",
		"noise":                 "\x00\x01\x02\xff\xfe\r\n\r\n\x80\x81",
		"a TLS hello":           "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + strings.Repeat("\x00", 500),
		"SSH":                   "SSH-2.0-OpenSSH_9.6\r\n",
		"HTTP":                  "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"HTTP/2":                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x12\x04\x00\x00\x00\x00\x00",
		"HTTP 0.9":              "GET /\r\n",
		"a huge header":         "GET / HTTP/1.1\r\nHost: x\r\nX: " + long + "\r\n\r\n",
		"many headers":          "GET / HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("A: b\r\n", 100_000) + "\r\n",
		"a huge path":           "GET /" + long + " HTTP/1.1\r\nHost: x\r\n\r\n",
		"a huge method":         long + " / HTTP/1.1\r\nHost: x\r\n\r\n",
		"an endless length":     "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9223372036854775807\r\n\r\nabc",
		"a length beyond that":  "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\nabc",
		"a length below zero":   "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
		"two lengths":           "PUT /ticklake/k HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
		"a length and chunks":   "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /status HTTP/1.1\r\n\r\n",
		"a huge chunk":          "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n",
		"a form":                "PUT /ticklake/k HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 900000\r\n\r\n--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b\"\r\n\r\n" + long[:800_000] + "\r\n--b--\r\n",
		"a path that leads out": "GET /../../../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
		"a proxy request":       "GET http://169.254.169.254/latest/meta-data/ HTTP/1.1\r\nHost: x\r\n\r\n",
		"CONNECT":               "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n",
		"an unsigned query":     "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: AmazonAthena.StartQueryExecution\r\nContent-Length: 25\r\n\r\n{\"QueryString\":\"SELECT 1\"}",
		"a bad signature":       "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: AWSGlue.GetTables\r\nAuthorization: AWS4-HMAC-SHA256 Credential=" + strings.Repeat("/", 3000) + "\r\n\r\n",
		"another site's page":   "GET /status HTTP/1.1\r\nHost: evil.example\r\n\r\n",
		"a huge Kafka frame":    "\x7f\xff\xff\xff\x00\x12\x00\x03\x00\x00\x00\x01",
		"a Kafka frame of -1":   "\xff\xff\xff\xff",
		"an unknown Kafka key":  "\x00\x00\x00\x0a\x7f\xff\x00\x00\x00\x00\x00\x01\xff\xff",
		"an unknown version":    "\x00\x00\x00\x0a\x00\x12\x7f\xff\x00\x00\x00\x01\xff\xff",
		"half a Kafka frame":    "\x00\x00\x00\x40\x00\x03\x00\x09\x00\x00\x00\x01\xff\xff",
		"a Kafka array of 2³¹":  "\x00\x00\x00\x0e\x00\x03\x00\x01\x00\x00\x00\x01\xff\xff\x7f\xff\xff\xff",
	} {
		var wg sync.WaitGroup
		for part := range v.ports {
			wg.Go(func() {
				answer := v.raw(part, bytes)
				v.discreet(name+" to "+part, answer)
				if strings.HasPrefix(answer, "HTTP/1.1 5") && !strings.HasPrefix(answer, "HTTP/1.1 501") && !strings.HasPrefix(answer, "HTTP/1.1 505") {
					v.t.Errorf("%s to %s: %.300s", name, part, answer)
				}
				if name == "another site's page" && strings.HasPrefix(answer, "HTTP/1.1 200") {
					v.t.Errorf("%s is told: %.300s", name, answer)
				}
			})
		}
		wg.Wait()
		v.watch()
	}
}

// halfSent begins requests whose header or body never ends, more than a port keeps, and leaves them open.
func halfSent(v *target) {
	var open []net.Conn
	defer func() {
		for _, c := range open {
			_ = c.Close()
		}
	}()
	signed := v.sign(request{part: "s3", method: http.MethodPut, path: "/ticklake/slow", body: strings.Repeat("x", 1<<20)})
	head, _, _ := strings.Cut(signed, "\r\n\r\n")
	for _, sent := range []string{
		"", "G", "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc", "\x00\x00\x00\x40\x00\x03", head + "\r\n\r\nabc",
	} {
		for _, addr := range v.ports {
			for range 60 {
				c, err := net.DialTimeout("tcp", addr, 5*time.Second)
				if err != nil {
					continue
				}
				_, _ = io.WriteString(c, sent)
				open = append(open, c)
			}
		}
	}
	v.t.Logf("%d half-sent requests", len(open))
	v.lives("half-sent requests, still open")
}

// manyConnections opens ten thousand connections, as far as this process may, and keeps them while a query is asked.
func manyConnections(v *target) {
	var open []net.Conn
	defer func() {
		for _, c := range open {
			_ = c.Close()
		}
	}()
	refused := 0
	for i := range 10_000 {
		for _, part := range []string{[]string{"kafka", "s3", "glue", "athena", "operations"}[i%5]} {
			c, err := net.DialTimeout("tcp", v.ports[part], 2*time.Second)
			if err != nil {
				refused++
				continue
			}
			if i%2 == 0 {
				_, _ = io.WriteString(c, "GET / HTTP/1.1\r\n")
			}
			open = append(open, c)
		}
		if i%1000 == 999 {
			v.watch()
		}
	}
	v.t.Logf("%d connections, %d refused", len(open), refused)
	if len(open) < 5000 && refused > 0 {
		v.t.Errorf("%d connections are no attack: raise the limit of open files", len(open))
	}
	v.lives("ten thousand connections, still open")
	if !strings.Contains(v.server.Log.String(), "connections are at their bound") {
		v.t.Errorf("nobody is told of so many connections:\n%s", v.server.Log)
	}
}

// slowReaders ask for much and take nothing of it.
func slowReaders(v *target) {
	v.answer(request{part: "s3", method: http.MethodPut, path: "/ticklake/large", body: strings.Repeat("large object ", 1<<20)})
	var open []net.Conn
	for range 100 {
		c, err := net.Dial("tcp", v.ports["s3"])
		if err != nil {
			v.t.Fatal(err)
		}
		_ = c.(*net.TCPConn).SetReadBuffer(4096)
		_, _ = io.WriteString(c, v.sign(request{part: "s3", method: http.MethodGet, path: "/ticklake/large"}))
		open = append(open, c)
	}
	v.lives("slow readers, still there")
	for _, c := range open {
		_ = c.Close()
	}
	if status, answer := v.answer(request{part: "s3", method: http.MethodDelete, path: "/ticklake/large"}); status != http.StatusNoContent {
		v.t.Errorf("deleting the large object: %d %s", status, answer)
	}
}
