package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

// page serves the page's files: index.html at / and the rest under their names. Views are behind the #, so there is no
// other path.
type page struct{ files map[string]*asset }

// asset is one file, ready to be sent.
type asset struct {
	kind   string
	cache  string
	tag    string
	body   []byte
	packed []byte // gzip; nil where that is no smaller
}

// Files below assets/ have their content's hash in their names.
const (
	hashedFolder = "assets/"
	forEver      = "public, max-age=31536000, immutable"
	askFirst     = "no-cache"
)

func newPage() (*page, error) {
	built, err := builtPage()
	if err != nil {
		return nil, err
	}
	if built == nil {
		return stubPage(), nil
	}
	return pageOf(built)
}

// pageOf is a built page.
func pageOf(built fs.FS) (*page, error) {
	p := &page{make(map[string]*asset)}
	hashed := 0
	err := fs.WalkDir(built, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(built, name)
		if err != nil {
			return err
		}
		if strings.HasPrefix(name, hashedFolder) {
			hashed++
		}
		p.files["/"+name] = newAsset(name, body)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the built page: %w", err)
	}
	if p.files["/index.html"] == nil || hashed == 0 {
		return nil, errors.New("this ticklake was built to carry the page and the page was not built before: internal/web/ui/dist has no index.html and assets; " +
			"hint: scripts/page, then build again")
	}
	p.files["/"] = p.files["/index.html"]
	return p, nil
}

// kinds are of the files that a page has; what the machine's own list says would differ from machine to machine.
var kinds = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml",
	".json": "application/json", ".webmanifest": "application/manifest+json", ".png": "image/png", ".ico": "image/x-icon", ".woff2": "font/woff2",
	".txt": "text/plain; charset=utf-8", ".map": "application/json",
}

func newAsset(name string, body []byte) *asset {
	sum := sha256.Sum256(body)
	a := &asset{kind: kinds[path.Ext(name)], cache: askFirst, tag: `"` + hex.EncodeToString(sum[:12]) + `"`, body: body}
	if a.kind == "" {
		a.kind = "application/octet-stream"
	}
	if strings.HasPrefix(name, hashedFolder) {
		a.cache = forEver
	}
	kind, _, _ := mime.ParseMediaType(a.kind)
	if strings.HasPrefix(kind, "text/") || kind == "image/svg+xml" || kind == "application/json" {
		var packed bytes.Buffer
		z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		if err == nil {
			_, err = z.Write(body)
		}
		if err == nil && z.Close() == nil && packed.Len() < len(body)*9/10 {
			a.packed = packed.Bytes()
		}
	}
	return a
}

// ServeHTTP implements http.Handler.
func (p *page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := p.files[r.URL.Path]
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		fail(http.StatusMethodNotAllowed, "this takes GET alone", "").write(w)
		return
	case a == nil:
		fail(http.StatusNotFound, "there is no such file", "the page is at /").write(w)
		return
	}
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", a.cache)
	body := a.body
	if a.packed != nil {
		h.Set("Vary", "Accept-Encoding")
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			body = a.packed
		}
	}
	tag := a.tag
	if h.Get("Content-Encoding") != "" {
		tag = strings.TrimSuffix(tag, `"`) + `-gz"`
	}
	h.Set("ETag", tag)
	limitWrite(w)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// stubPage says how to build the page.
func stubPage() *page {
	const text = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>ticklake: the page is not in this build</title>
<h1>This ticklake was built without its page</h1>
<p>The server works: its JSON is under <a href="/api/v1/health">/api/v1</a>, described by <a href="/api/v1/openapi.json">its OpenAPI document</a>.</p>
<p>To have the page, build the program with it (Node.js 20.19 or newer):</p>
<pre>make build</pre>
</html>
`
	index := newAsset("index.html", []byte(text))
	return &page{map[string]*asset{"/": index, "/index.html": index}}
}

// HasPage says whether this program carries the page.
func HasPage() bool {
	built, err := builtPage()
	return err == nil && built != nil
}
