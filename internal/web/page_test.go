package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
)

func TestPageFilesAreCachedByWhatTheyAre(t *testing.T) {
	body := strings.Repeat("let a = 1;\n", 500)
	p, err := pageOf(fstest.MapFS{
		"index.html":          {Data: []byte("<!doctype html>")},
		"favicon.svg":         {Data: []byte("<svg/>")},
		"assets/app-1a2b.js":  {Data: []byte(body)},
		"assets/app-1a2b.css": {Data: []byte("a{}")},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		path, kind, cache string
		status            int
	}{
		{"/", "text/html; charset=utf-8", askFirst, 200},
		{"/index.html", "text/html; charset=utf-8", askFirst, 200},
		{"/favicon.svg", "image/svg+xml", askFirst, 200},
		{"/assets/app-1a2b.js", "text/javascript; charset=utf-8", forEver, 200},
		{"/assets/app-1a2b.css", "text/css; charset=utf-8", forEver, 200},
		{"/assets/app-old.js", "application/json", "no-store", 404},
		{"/market", "application/json", "no-store", 404},
		{"/assets/", "application/json", "no-store", 404},
		{"/assets/../index.html", "application/json", "no-store", 404},
	} {
		w := httptest.NewRecorder()
		p.ServeHTTP(w, &http.Request{Method: http.MethodGet, URL: mustURL(t, test.path), Header: http.Header{}})
		if w.Code != test.status || w.Header().Get("Content-Type") != test.kind || w.Header().Get("Cache-Control") != test.cache {
			t.Errorf("%s: %d, %v", test.path, w.Code, w.Header())
		}
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/assets/app-1a2b.js", nil)
	r.Header.Set("Accept-Encoding", "br, gzip")
	p.ServeHTTP(w, r)
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil || string(text) != body || w.Header().Get("Vary") != "Accept-Encoding" {
		t.Errorf("packed: %d bytes, %v, %v", len(text), err, w.Header())
	}
	r.Header.Set("If-None-Match", w.Header().Get("ETag"))
	w = httptest.NewRecorder()
	p.ServeHTTP(w, r)
	if w.Code != http.StatusNotModified {
		t.Errorf("what the browser has is sent again: %d", w.Code)
	}
	w = httptest.NewRecorder()
	p.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
}

func TestAPageThatWasNotBuiltIsRefused(t *testing.T) {
	for name, files := range map[string]fstest.MapFS{
		"nothing":            {},
		"a placeholder":      {".gitkeep": {}},
		"no assets":          {"index.html": {Data: []byte("x")}},
		"assets alone":       {"assets/app-1.js": {Data: []byte("x")}},
		"an index elsewhere": {"x/index.html": {Data: []byte("x")}, "assets/app-1.js": {Data: []byte("x")}},
	} {
		if _, err := pageOf(files); err == nil || !strings.Contains(err.Error(), "hint: scripts/page") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func mustURL(t *testing.T, path string) *url.URL {
	t.Helper()
	u, err := url.Parse(path)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
