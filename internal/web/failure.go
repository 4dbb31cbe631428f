package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"ticklake/internal/query"
)

// failure is an answer that says why there is no other.
type failure struct {
	status    int
	message   string
	hint      string
	parameter string
}

func fail(status int, message, hint string) *failure {
	return &failure{status: status, message: message, hint: hint}
}

// Error implements error.
func (f *failure) Error() string { return f.message }

// codes are the stable words of statuses.
var codes = map[int]string{
	http.StatusBadRequest: "bad_request", http.StatusUnauthorized: "unauthorized", http.StatusForbidden: "forbidden",
	http.StatusNotFound: "not_found", http.StatusMethodNotAllowed: "method_not_allowed", http.StatusConflict: "conflict",
	http.StatusRequestEntityTooLarge: "too_large", http.StatusUnsupportedMediaType: "unsupported_media_type",
	http.StatusMisdirectedRequest: "misdirected", http.StatusTooManyRequests: "too_many", http.StatusBadGateway: "upstream",
	http.StatusServiceUnavailable: "unavailable", http.StatusInternalServerError: "internal",
}

func (f *failure) write(w http.ResponseWriter) {
	var body struct {
		Error struct {
			Code      string `json:"code"`
			Message   string `json:"message"`
			Hint      string `json:"hint,omitempty"`
			Parameter string `json:"parameter,omitempty"`
		} `json:"error"`
	}
	body.Error.Code, body.Error.Message, body.Error.Hint, body.Error.Parameter = codes[f.status], f.message, f.hint, f.parameter
	if f.status == http.StatusTooManyRequests || f.status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	writeJSON(w, f.status, body)
}

// explain makes an answer of an error. Words for a person carry their hint behind "; hint: ".
func explain(err error) *failure {
	var f *failure
	var failed *query.Error
	var stopped *query.StoppedError
	switch {
	case errors.As(err, &f):
		return f
	case errors.Is(err, errBusy):
		return fail(http.StatusTooManyRequests, errBusy.Error(), "try again in a moment")
	case errors.Is(err, errNoSQL):
		return hinted(http.StatusServiceUnavailable, err)
	case errors.As(err, &failed):
		return fail(http.StatusBadGateway, failed.Error(), failed.Hint)
	case errors.As(err, &stopped), errors.Is(err, context.Canceled):
		return fail(http.StatusServiceUnavailable, "stopped before it was done", "")
	}
	return hinted(http.StatusBadGateway, err)
}

func hinted(status int, err error) *failure {
	message, hint, _ := strings.Cut(err.Error(), "; hint: ")
	return fail(status, message, hint)
}

// writeJSON writes a whole answer.
func writeJSON(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil { // of our own types: a float that is no number is the only way
		status, body = http.StatusInternalServerError, []byte(`{"error":{"code":"internal","message":"the answer cannot be written as JSON"}}`)
	}
	writeBody(w, status, "application/json", body)
}

func writeBody(w http.ResponseWriter, status int, kind string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", kind)
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	limitWrite(w)
	w.WriteHeader(status)
	_, _ = w.Write(body) // it fails when the client has gone
}
