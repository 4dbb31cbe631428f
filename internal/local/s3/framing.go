package s3

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// framed passes a body in the aws-chunked framing on as it is, as long as it is one: versitygw reads sizes below zero, and
// keeps what follows the last chunk in memory without a bound.
// The form: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and …/sigv4-streaming-trailers.html
type framed struct {
	from    io.Reader
	left    int64 // of the content that was announced
	state   frameState
	line    []byte // of the chunk's head so far
	chunk   int64  // what is left of the chunk
	trailer int    // bytes since the last chunk's head
	failed  error
}

type frameState int

const (
	chunkHead frameState = iota
	chunkData
	chunkEnd // a line's end behind the data
	trailers // the rest, which versitygw takes apart
)

const (
	maxChunkHead = 128     // a size, and the name and digits of a signature
	maxTrailers  = 1 << 10 // a checksum and a signature
	maxFrames    = 16      // of overhead a KiB at the most: chunks but the last have 8 KiB
)

// framedLength is what a body may have in bytes whose content has so many.
func framedLength(content int64) int64 {
	return content + content>>10*maxFrames + 4*maxChunkHead + maxTrailers
}

// isFramed tells whether a request's body is in the aws-chunked framing.
func isFramed(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-")
}

// Read implements io.Reader. What is no framing ends in a *refusal, and nothing of that read is passed on.
func (f *framed) Read(p []byte) (int, error) {
	if f.failed != nil {
		return 0, f.failed
	}
	n, err := f.from.Read(p)
	if bad := f.take(p[:n]); bad != nil {
		f.failed = bad
		return 0, bad
	}
	if errors.Is(err, io.EOF) && f.state != trailers {
		f.failed = incomplete("The body ends before its last chunk.")
		return 0, f.failed
	}
	return n, err
}

func incomplete(why string) *refusal {
	return &refusal{status: http.StatusBadRequest, code: "IncompleteBody", message: why}
}

// take follows the framing through p; errors are *refusal.
func (f *framed) take(p []byte) error {
	for len(p) > 0 {
		switch f.state {
		case chunkHead:
			n := bytes.IndexByte(p, '\n') + 1
			if n == 0 {
				n = len(p)
			}
			if len(f.line)+n > maxChunkHead {
				return incomplete("A chunk has no size where it begins.")
			}
			f.line = append(f.line, p[:n]...)
			p = p[n:]
			if f.line[len(f.line)-1] != '\n' {
				return nil
			}
			if err := f.begin(); err != nil {
				return err
			}
		case chunkData:
			n := min(f.chunk, int64(len(p)))
			p = p[n:]
			if f.chunk -= n; f.chunk == 0 {
				f.state, f.line = chunkEnd, f.line[:0]
			}
		case chunkEnd:
			if p[0] != "\r\n"[len(f.line)] {
				return incomplete("A chunk is longer than its size says.")
			}
			if f.line, p = append(f.line, p[0]), p[1:]; len(f.line) == 2 {
				f.state, f.line = chunkHead, f.line[:0]
			}
		case trailers:
			if f.trailer += len(p); f.trailer > maxTrailers {
				return incomplete("The last chunk is followed by more than a checksum and a signature.")
			}
			return nil
		}
	}
	return nil
}

// begin reads a chunk's head, which is whole.
func (f *framed) begin() error {
	head, ok := bytes.CutSuffix(f.line, []byte("\r\n"))
	digits, extension, signed := strings.Cut(string(head), ";")
	size, err := strconv.ParseUint(digits, 16, 63)
	switch {
	case !ok || err != nil || len(digits) > 16:
		return incomplete("A chunk has no size where it begins.")
	case signed && !isChunkSignature(extension):
		return incomplete("A chunk has no signature behind its size.")
	case int64(size) > f.left:
		return incomplete("The chunks have more bytes than X-Amz-Decoded-Content-Length says.")
	case size == 0 && f.left > 0:
		return incomplete("The chunks have fewer bytes than X-Amz-Decoded-Content-Length says.")
	}
	f.left -= int64(size)
	f.state, f.chunk, f.line = chunkData, int64(size), f.line[:0]
	if size == 0 {
		f.state = trailers
	}
	return nil
}

func isChunkSignature(extension string) bool {
	digits, ok := strings.CutPrefix(extension, "chunk-signature=")
	return ok && len(digits) == 64 && strings.Trim(digits, "0123456789abcdef") == ""
}
