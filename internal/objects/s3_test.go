package objects_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"ticklake/internal/objects"
)

func openS3(t *testing.T, h http.HandlerFunc) *objects.S3Store {
	t.Helper()
	srv := httptest.NewServer(h)
	s, err := objects.S3(objects.Config{
		AWS:      aws.Config{Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", "")},
		Endpoint: srv.URL,
		Bucket:   "bucket",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		srv.CloseClientConnections()
		srv.Close()
	})
	return s
}

func reply(status int, code string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		if code != "" && r.Method != http.MethodHead {
			_, _ = fmt.Fprintf(w, "<Error><Code>%s</Code><Message>m</Message></Error>", code)
		}
	}
}

func TestRepliesMeanWhatTheContractSays(t *testing.T) {
	all := []error{
		objects.ErrExists, objects.ErrNotFound, objects.ErrNoBucket, objects.ErrDenied, objects.ErrInvalid, objects.ErrRange, objects.ErrKeyConflict,
	}
	for _, tt := range []struct {
		status int
		code   string
		want   error // nil: a plain error, which says nothing
	}{
		{412, "PreconditionFailed", objects.ErrExists},
		{409, "ConditionalRequestConflict", nil},
		{404, "NoSuchBucket", objects.ErrNoBucket},
		{403, "AccessDenied", objects.ErrDenied},
		{403, "SignatureDoesNotMatch", objects.ErrDenied},
		{403, "RequestTimeTooSkewed", objects.ErrDenied},
		{400, "RequestTimeout", nil},
		{400, "BadDigest", nil},
		{400, "InvalidArgument", objects.ErrInvalid},
		{409, "ObjectParentIsFile", objects.ErrKeyConflict},
		{500, "InternalError", nil},
		{503, "SlowDown", nil},
		{507, "InsufficientStorage", nil},
		{502, "", nil},
	} {
		t.Run(fmt.Sprintf("%d %s", tt.status, tt.code), func(t *testing.T) {
			s := openS3(t, reply(tt.status, tt.code))
			err := s.Create(t.Context(), "k", []byte("x"), nil)
			if err == nil {
				t.Fatal("create succeeded")
			}
			for _, sentinel := range all {
				if got, want := errors.Is(err, sentinel), errors.Is(tt.want, sentinel); got != want {
					t.Errorf("is %q: %v, in %v", sentinel, got, err)
				}
			}
		})
	}
}

func TestHeadTellsAbsenceFromRefusal(t *testing.T) {
	for status, want := range map[int]error{404: objects.ErrNotFound, 403: objects.ErrDenied} {
		s := openS3(t, reply(status, ""))
		if _, err := s.Head(t.Context(), "k"); !errors.Is(err, want) {
			t.Errorf("head with %d: %v", status, err)
		}
	}
}

func TestCreateSendsOneRequestThatTheServerCanCheck(t *testing.T) {
	requests := 0
	s := openS3(t, func(w http.ResponseWriter, r *http.Request) {
		requests++
		body, err := io.ReadAll(r.Body)
		if err != nil || string(body) != "123456789" || r.ContentLength != 9 {
			t.Errorf("body %q of %d bytes, %v", body, r.ContentLength, err)
		}
		for name, want := range map[string]string{
			"If-None-Match":         "*",
			"X-Amz-Checksum-Crc32c": "4waSgw==", // 0xe3069283, CRC32C's check value
			"X-Amz-Meta-Cut":        "42",
			"Content-Type":          "application/gzip",
			"Content-Encoding":      "",
		} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		if r.Method != http.MethodPut || r.URL.Path != "/bucket/raw/x.csv.gz" || !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ") {
			t.Errorf("request is %s %s", r.Method, r.URL)
		}
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	if err := s.Create(t.Context(), "raw/x.csv.gz", []byte("123456789"), objects.Meta{"cut": "42"}); err == nil {
		t.Error("create succeeded")
	}
	if requests != 1 {
		t.Errorf("%d requests were sent: repeating is not the store's", requests)
	}
}

func TestNoRequestReadsABodyAfterCreateHasReturned(t *testing.T) {
	entered := make(chan struct{})
	got := make(chan []byte, 1)
	release := make(chan struct{})
	s := openS3(t, func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-release
		body, _ := io.ReadAll(r.Body)
		got <- body
	})
	body := bytes.Repeat([]byte("A"), 32<<20) // more than the sockets hold
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	go func() {
		<-entered
		cancel()
	}()
	if err := s.Create(ctx, "k", body, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("create returned %v", err)
	}
	for i := range body {
		body[i] = 'B'
	}
	close(release)
	if landed := <-got; bytes.IndexByte(landed, 'B') >= 0 {
		t.Error("a reused buffer was sent")
	}
}

func TestAConnectionThatBreaksSaysNothing(t *testing.T) {
	s := openS3(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	err := s.Create(t.Context(), "k", []byte("x"), nil)
	if err == nil || objects.Final(err) {
		t.Errorf("create returned %v", err)
	}
}

func TestAShortBodyIsAnError(t *testing.T) {
	s := openS3(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte("short"))
	})
	if body, _, err := objects.ReadAll(t.Context(), s, "k", 1000); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("read %q, %v", body, err)
	}
}

func TestABucketMustBeNamed(t *testing.T) {
	if _, err := objects.S3(objects.Config{}); !errors.Is(err, objects.ErrInvalid) {
		t.Errorf("open returned %v", err)
	}
}
