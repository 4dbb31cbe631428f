package objects

import (
	"errors"
	"io"
	"sync"
)

// loan is a request body that reads a caller's buffer and can be taken back: a request that timed out
// may be read by the transport after the call has returned.
type loan struct {
	mu   sync.Mutex
	body []byte // nil when ended
	at   int64
	over bool
}

var errLoanEnded = errors.New("request body is gone")

func lend(body []byte) *loan { return &loan{body: body} }

// end waits for a read under way; later ones fail.
func (l *loan) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over, l.body = true, nil
}

// Read implements io.Reader.
func (l *loan) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.over:
		return 0, errLoanEnded
	case l.at >= int64(len(l.body)):
		return 0, io.EOF
	}
	n := copy(p, l.body[l.at:])
	l.at += int64(n)
	return n, nil
}

// Seek implements io.Seeker: a signature is computed before the body is sent.
func (l *loan) Seek(offset int64, whence int) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return 0, errLoanEnded
	}
	switch whence {
	case io.SeekCurrent:
		offset += l.at
	case io.SeekEnd:
		offset += int64(len(l.body))
	}
	if offset < 0 {
		return 0, errors.New("seek before the body's start")
	}
	l.at = offset
	return offset, nil
}
