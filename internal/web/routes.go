package web

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// api is where the API stands.
const api = "/api/v1"

const (
	maxBody     = 300 << 10        // of a request: a statement, escaped
	readWithin  = 30 * time.Second // a request's body
	writeWithin = 30 * time.Second // an answer that is written at once
	frameWithin = 10 * time.Second // one event, or one piece of a CSV
)

// handle answers a request; its error is made an answer.
type handle func(w http.ResponseWriter, r *http.Request) error

// methods are a path's handlers by method.
type methods map[string]handle

func (s *Server) paths() map[string]methods {
	return map[string]methods{
		"/about":             {"GET": s.getAbout},
		"/health":            {"GET": s.getHealth},
		"/stream":            {"GET": s.getStream},
		"/symbols":           {"GET": s.getSymbols},
		"/bars":              {"GET": s.getBars},
		"/pipeline":          {"GET": s.getPipeline},
		"/dead":              {"GET": s.getDead},
		"/queries":           {"GET": s.listQueries, "POST": s.startQuery},
		"/queries/{id}":      {"GET": s.getQuery, "DELETE": s.cancelQuery},
		"/queries/{id}/rows": {"GET": s.getRows},
		"/queries/{id}/csv":  {"GET": s.getCSV},
		"/insights":          {"GET": s.listInsights},
		"/insights/{name}":   {"POST": s.askInsight},
		"/openapi.json":      {"GET": s.getDocument},
	}
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	for path, methods := range s.paths() {
		mux.Handle(api+path, methods)
	}
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		fail(http.StatusNotFound, "there is nothing at "+strconv.Quote(shortened(r.URL.Path, 200)), "GET "+api+"/openapi.json says what there is").write(w)
	})
	mux.Handle("/", s.page)
	return mux
}

// ServeHTTP implements http.Handler.
func (m methods) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	do, ok := m[method]
	if !ok {
		allowed := slices.Sorted(maps.Keys(m))
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		fail(http.StatusMethodNotAllowed, "this takes "+strings.Join(allowed, " and ")+" alone", "").write(w)
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(readWithin)) // a recorder of a test has none
	if err := do(w, r); err != nil {
		explain(err).write(w)
	}
}

// limitWrite bounds how long a client may take for what is written next.
func limitWrite(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeWithin))
}

// bodyRead ends the bound on reading: what is behind the body tells that the client has gone.
func bodyRead(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
}

// decode reads a request's body, one JSON object.
func decode(w http.ResponseWriter, r *http.Request, into any) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return fail(http.StatusUnsupportedMediaType, "the body is to be JSON", "Content-Type: application/json")
	}
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	err = d.Decode(into)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("there is something behind the object")
		}
	}
	bodyRead(w)
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return fail(http.StatusRequestEntityTooLarge, "the body has more than "+strconv.Itoa(maxBody)+" bytes", "")
	case err != nil:
		return fail(http.StatusBadRequest, "the body cannot be read: "+err.Error(), "")
	}
	return nil
}

// numberIn reads a whole number of the query, within bounds.
func numberIn(r *http.Request, name string, least, most, or int64) (int64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return or, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least || n > most {
		f := fail(http.StatusBadRequest, name+" is to be a whole number from "+strconv.FormatInt(least, 10)+" to "+strconv.FormatInt(most, 10), "")
		f.parameter = name
		return 0, f
	}
	return n, nil
}

// shortened is at most n bytes of a text from outside.
func shortened(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n], "") + "…"
}
