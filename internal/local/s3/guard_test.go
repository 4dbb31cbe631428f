package s3

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"ticklake/internal/objects"
)

// send signs a request whose payload is not part of the signature, and sends it as raw bytes, so
// that no client mends what the test means.
func send(t *testing.T, s *Server, method, target string, header http.Header, body string) (status int, reply string) {
	t.Helper()
	conn := dial(t, s)
	head := signedHead(t, s, method, target, header, len(body))
	go func() { _, _ = io.WriteString(conn, head+body) }() // it may be refused in the middle
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	return resp.StatusCode, string(b)
}

func dial(t *testing.T, s *Server) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.Endpoint(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func signedHead(t *testing.T, s *Server, method, target string, header http.Header, length int) string {
	t.Helper()
	req, err := http.NewRequest(method, s.Endpoint()+target, nil)
	if err != nil {
		req = httptest.NewRequest(method, "/", nil)
		req.URL.Opaque = "//" + strings.TrimPrefix(s.Endpoint(), "http://") + target
	}
	req.ContentLength = int64(length)
	req.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
	for name, values := range header {
		req.Header[name] = values
	}
	creds := aws.Credentials{AccessKeyID: testKey, SecretAccessKey: testSecret}
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	payload := req.Header.Get("X-Amz-Content-Sha256")
	if err := signer.SignHTTP(context.Background(), creds, req, payload, "s3", "us-east-1", time.Now()); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n", method, target, req.URL.Host, length)
	if err := req.Header.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String() + "\r\n"
}

func TestATruncatedPutIsNeverPublished(t *testing.T) {
	s := open(t, nil)
	store := storeOf(t, s.Endpoint(), "lake")
	for _, sent := range []int{0, 1, 500, 999} {
		conn := dial(t, s)
		// No checksum, and the payload is not signed: only the length tells.
		head := signedHead(t, s, http.MethodPut, "/lake/half", nil, 1000)
		if _, err := io.WriteString(conn, head+strings.Repeat("x", sent)); err != nil {
			t.Fatal(err)
		}
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, conn) // until the server has answered or hung up
		if _, err := store.Head(t.Context(), "half"); !errors.Is(err, objects.ErrNotFound) {
			t.Errorf("after %d of 1000 bytes: %v", sent, err)
		}
	}
	if status, reply := send(t, s, http.MethodPut, "/lake/half", nil, strings.Repeat("x", 1000)); status != 200 {
		t.Fatalf("the whole body: %d %s", status, reply)
	}
	if info, err := store.Head(t.Context(), "half"); err != nil || info.Size != 1000 {
		t.Errorf("it has %d bytes, %v", info.Size, err)
	}
}

func TestWhatIsNotServedIsRefusedByName(t *testing.T) {
	s := open(t, nil)
	for _, tt := range []struct {
		method, target string
		header         http.Header
		status         int
		word           string
	}{
		{"PUT", "/lake?versioning", nil, 501, "versioning"},
		{"PUT", "/lake?policy", nil, 501, "policy"},
		{"GET", "/lake?acl", nil, 501, "acl"},
		{"GET", "/lake?versions", nil, 501, "versions"},
		{"PUT", "/lake?lifecycle", nil, 501, "lifecycle"},
		{"GET", "/lake/k?tagging", nil, 501, "tagging"},
		{"POST", "/lake/k?select&select-type=2", nil, 501, "select"},
		{"POST", "/lake/k?restore", nil, 501, "restore"},
		{"GET", "/lake/k?versionId=null", nil, 501, "versionId"},
		{"GET", "/lake/k?nonsense=1", nil, 501, "nonsense"},
		{"POST", "/lake", nil, 501, "form"},
		{"POST", "/lake/k", nil, 501, "form"},
		{"PUT", "/lake/k", http.Header{"X-Amz-Server-Side-Encryption": {"aws:kms"}}, 501, "x-amz-server-side-encryption"},
		{"PUT", "/lake/k", http.Header{"X-Amz-Tagging": {"a=b"}}, 501, "x-amz-tagging"},
		{"PUT", "/lake/k", http.Header{"X-Amz-Storage-Class": {"GLACIER"}}, 501, "GLACIER"},
		{"PUT", "/lake/k", http.Header{"X-Amz-Acl": {"public-read"}}, 501, "public-read"},
		{"PUT", "/lake/k", http.Header{"X-Amz-Object-Lock-Mode": {"GOVERNANCE"}}, 501, "x-amz-object-lock-mode"},
		{"PATCH", "/create-user", nil, 405, "PATCH"},
		{"OPTIONS", "/lake", nil, 405, "OPTIONS"},
		{"TRACE", "/lake", nil, 405, "TRACE"},
		{"DELETE", "/", nil, 405, "DELETE"},
	} {
		status, reply := send(t, s, tt.method, tt.target, tt.header, "")
		if status != tt.status || !strings.Contains(reply, tt.word) {
			t.Errorf("%s %s: %d %s", tt.method, tt.target, status, reply)
		}
	}
}

func TestNoPathLeadsOutOfABucket(t *testing.T) {
	s := open(t, nil)
	dir := filepath.Dir(s.root)
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("SECRET"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, target := range []string{
		"/lake/../../secret", "/lake/%2e%2e/%2e%2e/secret", "/lake/..%2f..%2fsecret", "/lake/a/../../../secret", "/../secret", "/..%2fsecret", "/%2e%2e/secret",
		"//secret", "/lake//secret", "/lake/./secret", "/lake/%2e/secret", "/lake/..", "/lake/%2e%2e", "/./lake/x", "/lake/..%5c..%5csecret/..", "/lake/x%00y",
		"/lake/.sgwtmp/multipart", "/lake/a/.sgwtmp/b", "/.vgwlocks/x", "/lake/%2fetc%2fpasswd", "/lake%2f..%2f../secret", "/lake/a%2f..%2f..%2f..%2fsecret",
	} {
		for _, method := range []string{"GET", "PUT", "DELETE", "HEAD"} {
			status, reply := send(t, s, method, target, nil, "")
			if status < 400 || status >= 500 || strings.Contains(reply, "SECRET") || strings.Contains(reply, dir) {
				t.Errorf("%s %s: %d %s", method, target, status, reply)
			}
		}
	}
	if got, err := os.ReadFile(filepath.Join(dir, "secret")); err != nil || string(got) != "SECRET" {
		t.Errorf("the file is now %q, %v", got, err)
	}
	for _, prefix := range []string{"../", "..%2f", "/", "a/../../"} {
		status, reply := send(t, s, "GET", "/lake?list-type=2&prefix="+prefix, nil, "")
		if strings.Contains(reply, "secret") || strings.Contains(reply, dir) || status >= 500 && status != 501 {
			t.Errorf("list %s: %d %s", prefix, status, reply)
		}
	}
}

// plainClient knows nothing of AWS.
func plainClient(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestOnlyTheRightKeyOpens(t *testing.T) {
	var log bytes.Buffer
	s := open(t, func(c *Config) {
		c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	right := storeOf(t, s.Endpoint(), "lake")
	if err := right.Create(t.Context(), "k", []byte("x"), nil); err != nil {
		t.Fatal(err)
	}
	for name, pair := range map[string][2]string{
		"wrong secret": {testKey, strings.Repeat("b", 40)}, "other case": {testKey, strings.ToUpper(testSecret)}, "wrong id": {"AKIATICKLAKETEST0002", testSecret},
	} {
		cfg := storeConfig(s.Endpoint(), "lake")
		cfg.AWS.Credentials = credentials.NewStaticCredentialsProvider(pair[0], pair[1], "")
		wrong, err := objects.S3(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := wrong.Create(t.Context(), "new", []byte("x"), nil); !errors.Is(err, objects.ErrDenied) {
			t.Errorf("%s: create returned %v", name, err)
		}
		if _, err := wrong.Head(t.Context(), "k"); !errors.Is(err, objects.ErrDenied) {
			t.Errorf("%s: head returned %v", name, err)
		}
		for _, err := range wrong.List(t.Context(), "") {
			if !errors.Is(err, objects.ErrDenied) {
				t.Errorf("%s: list returned %v", name, err)
			}
		}
		if err := wrong.Close(); err != nil {
			t.Error(err)
		}
	}
	// Unsigned.
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete} {
		req, err := http.NewRequestWithContext(t.Context(), method, s.Endpoint()+"/lake/k", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := plainClient(t).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusForbidden {
			t.Errorf("unsigned %s: %d, %v", method, resp.StatusCode, err)
		}
	}
	if _, err := right.Head(t.Context(), "new"); !errors.Is(err, objects.ErrNotFound) {
		t.Errorf("a refused object: %v", err)
	}
	if strings.Contains(log.String(), testSecret) || strings.Contains(log.String(), "Signature=") {
		t.Error("the log has credentials")
	}
}

func TestAPresignedURLWorksUntilItIsBent(t *testing.T) {
	s := open(t, nil)
	if err := storeOf(t, s.Endpoint(), "lake").Create(t.Context(), "a b/k+1", []byte("body"), nil); err != nil {
		t.Fatal(err)
	}
	signed, err := awss3.NewPresignClient(clientOf(s)).PresignGetObject(t.Context(), &awss3.GetObjectInput{Bucket: aws.String("lake"), Key: aws.String("a b/k+1")})
	if err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]int{signed.URL: 200, strings.Replace(signed.URL, "k%2B1", "k%2B2", 1): 403} {
		resp, err := plainClient(t).Get(url)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != want || want == 200 && string(body) != "body" {
			t.Errorf("%s: %d %s, %v", url, resp.StatusCode, body, err)
		}
		if err := resp.Body.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestHostileBytesDoNoHarm(t *testing.T) {
	s := open(t, nil)
	long := strings.Repeat("k", 200_000)
	for name, bytes := range map[string]string{
		"nothing":          "",
		"noise":            "\x00\x01\x02\xff\xfe\r\n\r\n",
		"a TLS hello":      "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + strings.Repeat("\x00", 500),
		"a Kafka frame":    "\x7f\xff\xff\xff\x00\x12\x00\x03",
		"a huge header":    "GET / HTTP/1.1\r\nHost: x\r\nX: " + long + "\r\n\r\n",
		"many headers":     "GET / HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("A: b\r\n", 50_000) + "\r\n",
		"a huge path":      "GET /lake/" + long + " HTTP/1.1\r\nHost: x\r\n\r\n",
		"two lengths":      "PUT /lake/k HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
		"length and chunk": "PUT /lake/k HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
		"negative length":  "PUT /lake/k HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
		"endless length":   "PUT /lake/k HTTP/1.1\r\nHost: x\r\nContent-Length: 9223372036854775807\r\n\r\n",
		"no host":          "GET /lake HTTP/1.1\r\n\r\n",
		"old protocol":     "GET /lake\r\n\r\n",
		"bad escape":       "GET /lake/%zz HTTP/1.1\r\nHost: x\r\n\r\n",
		"absolute":         "GET http://example.com/lake HTTP/1.1\r\nHost: x\r\n\r\n",
		"connect":          "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n",
		"bad chunk":        "PUT /lake/k HTTP/1.1\r\nHost: x\r\nX-Amz-Decoded-Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n",
	} {
		conn := dial(t, s)
		_, _ = io.WriteString(conn, bytes) // the server may hang up in the middle
		_ = conn.(*net.TCPConn).CloseWrite()
		reply, _ := io.ReadAll(io.LimitReader(conn, 1<<20))
		if strings.HasPrefix(string(reply), "HTTP/1.1 2") || strings.HasPrefix(string(reply), "HTTP/1.1 5") || strings.Contains(string(reply), s.root) {
			t.Errorf("%s: %.200s", name, reply)
		}
	}
	if err := storeOf(t, s.Endpoint(), "lake").Create(t.Context(), "after", nil, nil); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestAStrangersBodyIsNotWaitedFor(t *testing.T) {
	s := open(t, nil)
	right := signedHead(t, s, http.MethodPut, "/lake/k", nil, 1<<20)
	for name, tt := range map[string]struct{ head, code string }{
		"another key": {strings.Replace(right, testKey, "AKIATICKLAKETEST0002", 1), "InvalidAccessKeyId"},
		"no key":      {"PUT /lake/k HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\n", "AccessDenied"},
		"basic":       {"PUT /lake/k HTTP/1.1\r\nHost: x\r\nAuthorization: Basic eDp5\r\nX-Amz-Date: 20240101T000000Z\r\nContent-Length: 1048576\r\n\r\n", ""},
		"a long form": {"POST /lake/k?uploads HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 1048576\r\n\r\n", "NotImplemented"},
	} {
		conn := dial(t, s)
		began := time.Now()
		if _, err := io.WriteString(conn, tt.head); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		body, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode < 400 || !strings.Contains(string(body), tt.code) || time.Since(began) > 5*time.Second {
			t.Errorf("%s: after %v: %d %s", name, time.Since(began), resp.StatusCode, body)
		}
	}
}

func TestWhatIsWrongWithASignatureIsToldInS3sWords(t *testing.T) {
	s := open(t, nil)
	for _, tt := range []struct {
		name        string
		credentials aws.Credentials
		at          time.Duration
		region      string
		code        string
		words       []string
	}{
		{"another id", aws.Credentials{AccessKeyID: "AKIATICKLAKETEST0002", SecretAccessKey: testSecret}, 0, "", "InvalidAccessKeyId", nil},
		{"another secret", aws.Credentials{AccessKeyID: testKey, SecretAccessKey: "x"}, 0, "", "SignatureDoesNotMatch", nil},
		{"a session token", aws.Credentials{AccessKeyID: testKey, SecretAccessKey: testSecret, SessionToken: "t"}, 0, "", "InvalidToken", []string{"unset AWS_SESSION_TOKEN"}},
		{"an hour late", aws.Credentials{AccessKeyID: testKey, SecretAccessKey: testSecret}, -time.Hour, "", "RequestTimeTooSkewed", []string{"<RequestTime>", "<ServerTime>"}},
		{"an hour early", aws.Credentials{AccessKeyID: testKey, SecretAccessKey: testSecret}, time.Hour, "", "RequestTimeTooSkewed", []string{"<RequestTime>", "<ServerTime>"}},
		{"another region", aws.Credentials{AccessKeyID: testKey, SecretAccessKey: testSecret}, 0, "eu-west-1", "AuthorizationHeaderMalformed", []string{"us-east-1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.Endpoint()+"/lake?list-type=2", nil)
			if err != nil {
				t.Fatal(err)
			}
			region := tt.region
			if region == "" {
				region = "us-east-1"
			}
			req.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
			if err := v4.NewSigner().SignHTTP(t.Context(), tt.credentials, req, "UNSIGNED-PAYLOAD", "s3", region, time.Now().Add(tt.at)); err != nil {
				t.Fatal(err)
			}
			resp, err := plainClient(t).Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = resp.Body.Close() }()
			reply, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode < 400 || resp.StatusCode >= 500 {
				t.Errorf("%d, %v", resp.StatusCode, err)
			}
			for _, word := range append(tt.words, "<Code>"+tt.code+"</Code>") {
				if !strings.Contains(string(reply), word) {
					t.Errorf("no %q in %s", word, reply)
				}
			}
		})
	}
}

func TestABucketInTheHostIsToldToGoIntoThePath(t *testing.T) {
	s := open(t, nil)
	for _, tt := range []struct {
		method, host, target string
		told                 bool
	}{
		{"GET", "lake.example.com", "/?list-type=2", true},
		{"GET", "lake.example.com:8601", "/raw/x", true},
		{"PUT", "lake.localhost", "/raw/x", true},
		{"GET", "lake.example.com", "/lake/raw/x", false},
		{"GET", "lake.example.com", "/", false},
		{"PUT", "lake.example.com", "/other", false},
		{"GET", "example.com", "/raw/x", false},
		{"GET", "127.0.0.1:8601", "/raw/x", false},
		{"GET", "[::1]:8601", "/raw/x", false},
		{"GET", "..", "/raw/x", false},
	} {
		conn := dial(t, s)
		if _, err := fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: %s\r\n\r\n", tt.method, tt.target, tt.host); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if told := strings.Contains(string(body), "forcePathStyle"); told != tt.told || resp.StatusCode < 400 {
			t.Errorf("%s %s at %s: %d %s", tt.method, tt.target, tt.host, resp.StatusCode, body)
		}
	}
}

func TestTooLargeABodyIsRefusedBeforeItIsRead(t *testing.T) {
	s := open(t, nil)
	for _, tt := range []struct {
		method, target string
		length         int
	}{
		{"PUT", "/lake/k", 6 << 30}, {"PUT", "/lake", 5 << 20}, {"POST", "/lake?delete", 5 << 20}, {"POST", "/lake/k?uploadId=01234567-89ab-cdef-0123-456789abcdef", 5 << 20}, {"GET", "/lake", 5 << 20},
	} {
		conn := dial(t, s)
		if _, err := io.WriteString(conn, signedHead(t, s, tt.method, tt.target, nil, tt.length)); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != 400 || !strings.Contains(string(body), "EntityTooLarge") {
			t.Errorf("%s %s: %d %s", tt.method, tt.target, resp.StatusCode, body)
		}
	}
}

func TestManyIdleConnectionsCostLittleAndShutNobodyOut(t *testing.T) {
	s := open(t, nil)
	store := storeOf(t, s.Endpoint(), "lake")
	if err := store.Create(t.Context(), "before", nil, nil); err != nil { // has its connection
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range 2000 {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.Endpoint(), "http://"))
		if err != nil {
			break // the backlog is full
		}
		t.Cleanup(func() { _ = conn.Close() })
		if _, err := io.WriteString(conn, "GET /lake HTTP/1.1\r\n"); err != nil {
			t.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapInuse) - int64(before.HeapInuse); grown > 64<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
	if err := store.Create(t.Context(), "meanwhile", nil, nil); err != nil {
		t.Errorf("meanwhile: %v", err)
	}
}

func TestPatientBodyEndsWithItsBudget(t *testing.T) {
	// The deadline of each read is what counts; httptest gives a connection to set it on.
	done := make(chan error, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := &patientBody{ReadCloser: r.Body, control: http.NewResponseController(w), end: time.Now().Add(50 * time.Millisecond)}
		_, err := io.ReadAll(b)
		done <- err
	}))
	defer srv.Close()
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc"); err != nil {
		t.Fatal(err)
	}
	if err := <-done; !isTimeout(err) {
		t.Errorf("reading returned %v", err)
	}
}

func FuzzRefuseNeverPanicsAndNeverLetsAKeyOut(f *testing.F) {
	for _, target := range []string{"/", "/lake/a%2f..%2fb?uploads", "/lake?list-type=2", "//x", "/lake/%00", "/lake/a;b?x=%zz", "/a/" + strings.Repeat("../", 50)} {
		f.Add("GET", target, "X-Amz-Acl", "private")
	}
	f.Fuzz(func(t *testing.T, method, target, name, value string) {
		req, err := http.ReadRequest(bufio.NewReader(strings.NewReader(method + " " + target + " HTTP/1.1\r\nHost: x\r\n" + name + ": " + value + "\r\n\r\n")))
		if err != nil {
			return
		}
		if refuse(req) != nil {
			return
		}
		rel := filepath.Clean("/buckets" + req.URL.Path)
		if rel != strings.TrimSuffix("/buckets"+req.URL.Path, "/") {
			t.Errorf("%q leads to %q", req.URL.Path, rel)
		}
	})
}
