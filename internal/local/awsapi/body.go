package awsapi

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// What a client that has signed, or could have, may send.
const (
	maxBody      = 8 << 20  // bytes of a JSON document
	maxForm      = 64 << 10 // bytes of a form: its operations take next to nothing
	smallBody    = 64 << 10 // bytes of a body that waits for nobody
	maxBodies    = 64 << 20 // bytes of all larger bodies in hand at once
	readDeadline = 30 * time.Second
)

// read returns a request's body, of at most so many bytes. One that is not small waits until those before it leave room.
// Release it when it is not needed any more.
func (h *Handler) read(w http.ResponseWriter, r *http.Request, most int64) (body []byte, release func(), err error) {
	release = func() {}
	if r.ContentLength > most {
		return nil, release, tooLarge(most)
	}
	if r.ContentLength < 0 || r.ContentLength > smallBody {
		weight := r.ContentLength
		if weight < 0 {
			weight = most
		}
		if err := h.bodies.Acquire(r.Context(), weight); err != nil {
			return nil, release, err
		}
		release = func() { h.bodies.Release(weight) }
	}
	// A body that never ends must not hold its share for ever. Servers without deadlines (tests) go without.
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(readDeadline))
	defer func() { _ = control.SetReadDeadline(time.Time{}) }()
	body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, release, tooLarge(most)
	case err != nil:
		return nil, release, Errorf("SerializationException", "the body ended early")
	}
	return body, release, nil
}

func tooLarge(most int64) *Error {
	return &Error{
		Code: "RequestEntityTooLargeException", Status: http.StatusRequestEntityTooLarge,
		Message: fmt.Sprintf("the body is larger than %d KiB", most>>10),
	}
}
