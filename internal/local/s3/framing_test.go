package s3

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"ticklake/internal/objects"
)

const someSignature = ";chunk-signature=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestOnlyWholeFramesOfTheAnnouncedLengthPass(t *testing.T) {
	kib := strings.Repeat("x", 8192)
	for _, tt := range []struct {
		name, in string
		left     int64
		passes   bool
	}{
		{"a chunk and a checksum", "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", 5, true},
		{"two chunks", "2000\r\n" + kib + "\r\n5\r\nhello\r\n0\r\n\r\n", 8197, true},
		{"signed", "5" + someSignature + "\r\nhello\r\n0" + someSignature + "\r\n\r\n", 5, true},
		{"nothing", "0\r\n\r\n", 0, true},
		{"upper case and zeros", "000A\r\n0123456789\r\n0\r\n\r\n", 10, true},
		{"content with line ends", "6\r\n\r\n0\r\n\n\r\n0\r\n\r\n", 6, true},
		{"no body", "", 5, false},
		{"a size below zero", "-5" + someSignature + "\r\nhello\r\n", 5, false},
		{"a huge size", "7fffffffffffffff\r\nhello\r\n", 5, false},
		{"a size of 17 digits", "00000000000000005\r\nhello\r\n0\r\n\r\n", 5, false},
		{"no size", "\r\nhello\r\n0\r\n\r\n", 5, false},
		{"a size without an end", strings.Repeat("0", 1<<20), 5, false},
		{"a size that ends in a line feed alone", "5\nhello\r\n0\r\n\r\n", 5, false},
		{"another extension", "5;a=b\r\nhello\r\n0\r\n\r\n", 5, false},
		{"a signature with a line end in it", "5;chunk-signature=\r\n" + strings.Repeat("a", 62) + "\r\nhello\r\n", 5, false},
		{"more than announced", "5\r\nhello\r\n0\r\n\r\n", 4, false},
		{"less than announced", "5\r\nhello\r\n0\r\n\r\n", 6, false},
		{"a chunk that is too long", "4\r\nhello\r\n0\r\n\r\n", 4, false},
		{"a chunk that is too short", "6\r\nhello\r\n0\r\n\r\n", 6, false},
		{"an end in a chunk", "5\r\nhel", 5, false},
		{"an end behind a chunk", "5\r\nhello\r\n", 5, false},
		{"trailers without an end", "0\r\n" + strings.Repeat("a", 1<<20), 0, false},
		{"another request behind", "0\r\n\r\n" + strings.Repeat("GET / HTTP/1.1\r\n\r\n", 100), 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, from := range []io.Reader{strings.NewReader(tt.in), iotest.OneByteReader(strings.NewReader(tt.in)), iotest.DataErrReader(strings.NewReader(tt.in))} {
				got, err := io.ReadAll(&framed{from: from, left: tt.left})
				var no *refusal
				if tt.passes && (err != nil || string(got) != tt.in) || !tt.passes && (!errors.As(err, &no) || no.code != "IncompleteBody") {
					t.Errorf("%d bytes, %v", len(got), err)
				}
			}
			if tt.passes && int64(len(tt.in)) > framedLength(tt.left) {
				t.Errorf("%d bytes, the bound is %d", len(tt.in), framedLength(tt.left))
			}
		})
	}
}

func FuzzFraming(f *testing.F) {
	for _, seed := range []string{
		"5\r\nhello\r\n0\r\n\r\n", "5" + someSignature + "\r\nhello\r\n0" + someSignature + "\r\n\r\n", "-5\r\n", "0\r\nx:y\r\n\r\n", "ffffffffffffffff\r\n",
	} {
		f.Add([]byte(seed), int64(5), uint8(3))
	}
	f.Fuzz(func(t *testing.T, in []byte, left int64, step uint8) {
		whole, err := io.ReadAll(&framed{from: bytes.NewReader(in), left: left})
		if err == nil && !bytes.Equal(whole, in) {
			t.Errorf("passed %q on as %q", in, whole)
		}
		// However the bytes arrive, the verdict is the same.
		_, inSteps := io.ReadAll(&framed{from: &steps{in, int(step%32) + 1}, left: left})
		if fmt.Sprint(err) != fmt.Sprint(inSteps) {
			t.Errorf("%v, and in steps of %d %v", err, step%32+1, inSteps)
		}
	})
}

// steps reads a few bytes at a time.
type steps struct {
	rest []byte
	n    int
}

func (s *steps) Read(p []byte) (int, error) {
	if len(s.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.rest[:min(s.n, len(s.rest))])
	s.rest = s.rest[n:]
	return n, nil
}

// framedHead is the header of an upload in frames with a checksum at their end.
func framedHead(payload string, content int) http.Header {
	return http.Header{
		"X-Amz-Content-Sha256": {payload}, "X-Amz-Decoded-Content-Length": {fmt.Sprint(content)},
		"X-Amz-Trailer": {"x-amz-checksum-crc32"}, "Content-Encoding": {"aws-chunked"},
	}
}

func TestBadFramesStoreNothingAndTakeNoMemory(t *testing.T) {
	s := open(t, nil)
	const unsigned, signed = "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
	for _, tt := range []struct {
		name, payload string
		content       int
		body          string
		status        int
	}{
		{"whole", unsigned, 5, "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", 200},
		{"another checksum", unsigned, 5, "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", 400},
		{"a size below zero", signed, 5, "-5" + someSignature + "\r\nhello\r\n", 400},
		{"another signature", signed, 5, "5" + someSignature + "\r\nhello\r\n0" + someSignature + "\r\n\r\n", 403},
		{"trailers without an end", unsigned, 0, "0\r\n" + strings.Repeat("a", 3<<20), 400},
		{"longer than announced", unsigned, 1 << 20, "200000\r\n" + strings.Repeat("x", 1<<20), 400},
		{"an end in the second half", unsigned, 1 << 20, "100000\r\n" + strings.Repeat("x", 900_000), 400},
		{"nonsense", unsigned, 1 << 20, strings.Repeat("nonsense", 1<<17), 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			key := strings.ReplaceAll(tt.name, " ", "-")
			status, reply := send(t, s, http.MethodPut, "/lake/"+key, framedHead(tt.payload, tt.content), tt.body)
			if status != tt.status {
				t.Errorf("%d %s", status, reply)
			}
			_, err := storeOf(t, s.Endpoint(), "lake").Head(t.Context(), key)
			if stored := err == nil; stored != (tt.status == 200) || err != nil && !errors.Is(err, objects.ErrNotFound) {
				t.Errorf("head: %v", err)
			}
		})
	}
}
