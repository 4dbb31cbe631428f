package awsapi

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
)

type echo struct {
	Name  string
	Since *Time `json:",omitzero"`
}

func testHandler(t *testing.T) http.Handler {
	t.Helper()
	return newTestHandler(t)
}

func newTestHandler(t interface{ Fatal(...any) }) http.Handler {
	h, err := NewHandler(Config{
		Credentials: testKeys, Region: "us-east-1", Now: func() time.Time { return testNow },
		JSON: []Service{{
			Name: "glue", TargetPrefix: "AWSGlue", Invalid: "InvalidInputException", Internal: "InternalServiceException",
			Operations: map[string]Operation{
				"Echo": Op(func(_ context.Context, in *echo) (*echo, error) { return in, nil }),
				"Fail": Op(func(context.Context, *Empty) (*Empty, error) {
					return nil, &Error{Code: "EntityNotFoundException", Message: "no <such> thing", Fields: map[string]any{"Reason": "x"}}
				}),
				"Fill": Op(func(context.Context, *Empty) (*Empty, error) {
					return nil, &fs.PathError{Op: "write", Path: "/secret/path", Err: syscall.ENOSPC}
				}),
				"Break": Op(func(context.Context, *Empty) (*Empty, error) { return nil, errors.New("disk /secret/path broke") }),
			},
			RefuseUnknown: func(string) string { return "hint" },
		}},
		Query: &QueryService{
			Name: "sts", Namespace: "urn:x", Version: "1",
			Operations: map[string]QueryOperation{"Who": func(context.Context, url.Values) (any, error) {
				return struct {
					XMLName xml.Name `xml:"WhoResult"`
					Account string
				}{Account: "1"}, nil
			}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestJSONRequestsAreAnsweredAndRefusedByName(t *testing.T) {
	h := testHandler(t)
	for _, tt := range []struct {
		name, target, in string
		status           int
		want             string // body, or the exception's name where status is not 200
	}{
		{"an answer", "AWSGlue.Echo", `{"Name":"a","Since":1700000000.25,"Unknown":[{}]}`, 200, `{"Name":"a","Since":1700000000.250}`},
		{"no body", "AWSGlue.Echo", ``, 200, `{"Name":""}`},
		{"null", "AWSGlue.Echo", `{"Name":null,"Since":null}`, 200, `{"Name":""}`},
		{"an exception", "AWSGlue.Fail", `{}`, 400, "EntityNotFoundException"},
		{"a failure of ours", "AWSGlue.Break", `{}`, 500, "InternalServiceException"},
		{"a full disk", "AWSGlue.Fill", `{}`, 500, "InternalServiceException"},
		{"another operation", "AWSGlue.CreateCrawler", `{}`, 400, "UnknownOperationException"},
		{"another service", "AmazonAthena.Echo", `{}`, 400, "UnknownOperationException"},
		{"no JSON", "AWSGlue.Echo", `{`, 400, "SerializationException"},
		{"a number for a string", "AWSGlue.Echo", `{"Name":1}`, 400, "SerializationException"},
		{"a name twice", "AWSGlue.Echo", `{"Name":"a","Name":"b"}`, 400, "SerializationException"},
		{"a time out of range", "AWSGlue.Echo", `{"Since":1e300}`, 400, "SerializationException"},
		{"deep nesting", "AWSGlue.Echo", `{"Unknown":` + strings.Repeat("[", 20000) + `}`, 400, "SerializationException"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRequest("http://127.0.0.1/", []byte(tt.in))
			r.Header.Set("X-Amz-Target", tt.target)
			sign(t, r, []byte(tt.in), testKeys, "glue", "us-east-1", testNow)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != tt.status || w.Header().Get("X-Amzn-Requestid") == "" || w.Header().Get("Content-Type") != jsonType {
				t.Fatalf("status %d, header %v, body %s", w.Code, w.Header(), w.Body)
			}
			if strings.Contains(w.Body.String(), "/secret") {
				t.Errorf("the answer tells about the machine: %s", w.Body)
			}
			if tt.status == 200 {
				if diff := cmp.Diff(tt.want, w.Body.String()); diff != "" {
					t.Error(diff)
				}
				return
			}
			var doc map[string]any
			if said := strings.Contains(w.Body.String(), "disk of ticklake is full"); said != (tt.target == "AWSGlue.Fill") {
				t.Errorf("of a full disk: %s", w.Body)
			}
			if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || doc["__type"] != tt.want || doc["message"] == "" {
				t.Errorf("got %s, want %s", w.Body, tt.want)
			}
		})
	}
}

func TestFormRequestsAreAnsweredInXML(t *testing.T) {
	h := testHandler(t)
	for _, tt := range []struct {
		name, in string
		keys     Credentials
		status   int
		want     string
	}{
		{"an answer", "Action=Who&Version=1", testKeys, 200, `<WhoResponse xmlns="urn:x"><WhoResult><Account>1</Account></WhoResult><ResponseMetadata><RequestId>`},
		{"another action", "Action=AssumeRole&Version=1", testKeys, 400, "<Code>InvalidAction</Code>"},
		{"another version", "Action=Who&Version=2", testKeys, 400, "<Code>InvalidAction</Code>"},
		{"a long form", strings.Repeat("a&", maxForm), testKeys, 413, "<Code>RequestEntityTooLarge"},
		{"no form", "%", testKeys, 400, "<Code>MalformedQueryString</Code>"},
		{"another key", "Action=Who&Version=1", Credentials{"A", "B"}, 403, "<Code>InvalidClientTokenId</Code>"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/", strings.NewReader(tt.in))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
			sign(t, r, []byte(tt.in), tt.keys, "sts", "us-east-1", testNow)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
}

func TestNothingIsServedElsewhere(t *testing.T) {
	h := testHandler(t)
	for _, tt := range []struct {
		method, path string
		want         int
	}{{"GET", "/", 405}, {"POST", "/x", 404}, {"POST", "/?Action=Who", 404}, {"POST", "/", 400}} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(tt.method, tt.path, nil))
		if w.Code != tt.want {
			t.Errorf("%s %s: %d", tt.method, tt.path, w.Code)
		}
	}
}

// countingBody tells whether anybody read it.
type countingBody struct {
	io.Reader
	read int
}

func (c *countingBody) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.read += n
	return n, err
}

func TestABodyIsReadOnlyForAKnownKeyAndWithinBounds(t *testing.T) {
	h := testHandler(t)
	large := bytes.Repeat([]byte(" "), maxBody+1)
	for _, tt := range []struct {
		name   string
		keys   Credentials
		length int64
		most   int
		want   int
	}{
		{"an unknown key", Credentials{"A", "B"}, -1, 0, 400},
		{"an unknown key and a length", Credentials{"A", "B"}, 100, 0, 400},
		{"a length beyond the bound", testKeys, maxBody + 1, 0, 413},
		{"no length and no end", testKeys, -1, maxBody + 1, 413},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := &countingBody{Reader: bytes.NewReader(large)}
			r := newRequest("http://127.0.0.1/", nil)
			sign(t, r, large, tt.keys, "glue", "us-east-1", testNow)
			r.Body, r.ContentLength = io.NopCloser(body), tt.length
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != tt.want || body.read > tt.most {
				t.Errorf("status %d, read %d", w.Code, body.read)
			}
		})
	}
}

func TestATokenFitsOnlyItsRequest(t *testing.T) {
	token := PageToken("GetTables/market", "ticks", "2")
	got, err := ParsePageToken("GetTables/market", token, 2)
	if diff := cmp.Diff([]string{"ticks", "2"}, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	for _, bad := range []string{"", "x", "AA", token + "A", strings.Repeat("A", maxToken+1), PageToken("GetTables/other", "ticks", "2"), PageToken("GetTables/market", "ticks")} {
		if _, err := ParsePageToken("GetTables/market", bad, 2); !errors.Is(err, ErrToken) {
			t.Errorf("%.40q: %v", bad, err)
		}
	}
}
