package awsapi

import (
	"bufio"
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// FuzzRequest gives the handler whatever bytes a connection could bring, as they are and signed with the right key.
func FuzzRequest(f *testing.F) {
	for _, seed := range []string{
		"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: AWSGlue.Echo\r\nContent-Length: 2\r\n\r\n{}",
		"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: AWSGlue.Echo\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 20\r\n\r\nAction=Who&Version=1",
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "POST /?x HTTP/1.1\r\nHost: x\r\n\r\n", "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: a\r\nX-Amz-Target: b\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: AWSGlue.\x00\r\n\r\n", "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ;;;\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: AWSGlue.Echo\r\nX-Amz-Date: x\r\nAuthorization: AWS4-HMAC-SHA256 Credential=/////\r\n\r\n",
	} {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	h := newTestHandler(f)
	f.Fuzz(func(t *testing.T, in []byte, signed bool) {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(in)))
		if err != nil {
			return
		}
		if signed {
			_, body, _ := bytes.Cut(in, []byte("\r\n\r\n"))
			r.Body, r.ContentLength, r.TransferEncoding = http.NoBody, 0, nil
			if len(body) > 0 {
				r.Body, r.ContentLength = readNopCloser{bytes.NewReader(body)}, int64(len(body))
			}
			service := "glue"
			if r.Header.Get("X-Amz-Target") == "" {
				service = "sts"
			}
			r.URL.Host = r.Host
			sign(t, r, body, testKeys, service, "us-east-1", testNow)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code == 200 && !signed || w.Code < 200 || w.Code > 599 || strings.Contains(w.Body.String(), testKeys.SecretAccessKey) {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if w.Code >= 500 && !strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".Break") && !strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".Fill") {
			t.Errorf("a failure of ours: %d %s", w.Code, w.Body)
		}
		if w.Header().Get("Content-Type") == jsonType && !jsontext.Value(w.Body.Bytes()).IsValid() {
			t.Errorf("no JSON: %q", w.Body)
		}
	})
}

type readNopCloser struct{ *bytes.Reader }

func (readNopCloser) Close() error { return nil }

func FuzzPageToken(f *testing.F) {
	f.Add("GetTables", PageToken("GetTables", "ticks"))
	f.Add("GetTables", "W10")
	f.Add("", "!")
	f.Fuzz(func(t *testing.T, scope, token string) {
		at, err := ParsePageToken(scope, token, 1)
		if err != nil {
			return
		}
		again, err := ParsePageToken(scope, PageToken(scope, at...), 1)
		if err != nil || again[0] != at[0] {
			t.Errorf("%q became %q, %v", at, again, err)
		}
	})
}
