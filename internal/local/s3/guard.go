package s3

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"strconv"
	"sync"
	"time"
)

// Time-outs of a client's side of the conversation. They are what a slow client may cost, not what a request may take.
const (
	stallTimeout = 30 * time.Second // of silence inside a body, either way
	slowestBody  = 32 << 10         // bytes a second, on average, after a minute
)

// debugLog keeps what hostile clients provoke out of the log proper.
type debugLog struct{ log *slog.Logger }

func (d debugLog) Write(p []byte) (int, error) {
	d.log.Debug("s3 connection", "message", string(p))
	return len(p), nil
}

func gatewayTransport(socket string) *http.Transport {
	return &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
		DisableCompression:  true, // bodies and signed headers pass as they are
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     time.Minute,
		WriteBufferSize:     64 << 10,
		ReadBufferSize:      64 << 10,
	}
}

// guard checks what a request is before versitygw sees it, and hands it on unchanged: it is signed.
type guard struct {
	root      string // buckets are its folders
	key       string // the access key's id
	proxy     *httputil.ReverseProxy
	documents *documents
	log       *slog.Logger
}

func newGuard(to http.RoundTripper, root, key string, logger *slog.Logger) *guard {
	g := &guard{root: root, key: key, documents: newDocuments(), log: logger}
	g.proxy = &httputil.ReverseProxy{
		Transport: to,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = "http", "gateway"
			r.Out.Host = r.In.Host
			r.Out.Header.Del("Expect") // answered here, when the body is first read
		},
		ModifyResponse: func(r *http.Response) error {
			r.Header.Del("Server")
			return nil
		},
		BufferPool:   &buffers{pool: sync.Pool{New: func() any { return new([64 << 10]byte) }}},
		ErrorHandler: g.failed,
		ErrorLog:     log.New(debugLog{logger}, "", 0),
	}
	return g
}

// buffers lends copy buffers to the proxy.
type buffers struct{ pool sync.Pool }

func (b *buffers) Get() []byte { return b.pool.Get().(*[64 << 10]byte)[:] }

func (b *buffers) Put(p []byte) { b.pool.Put((*[64 << 10]byte)(p)) }

func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	control := http.NewResponseController(w)
	pw := &patientWriter{ResponseWriter: w, control: control}
	pw.extend()
	no := g.refuseHost(r)
	if no == nil {
		no = refuse(r)
	}
	if no != nil {
		no.write(pw, r)
		return
	}
	if r.ContentLength != 0 && !claims(r, g.key) {
		// Versitygw refuses it by its header alone, so nobody reads a stranger's body.
		pw.Header().Set("Connection", "close")
		r.Body, r.ContentLength = http.NoBody, 0
		g.proxy.ServeHTTP(pw, r)
		return
	}
	release, err := g.receive(pw, r)
	defer release()
	if err != nil {
		g.failed(pw, r, err)
		return
	}
	g.proxy.ServeHTTP(pw, r)
}

// receive makes r's body one that may be handed on. Release what it holds when it has been.
func (g *guard) receive(w *patientWriter, r *http.Request) (release func(), err error) {
	// The whole body's time follows from its length.
	body := &patientBody{
		ReadCloser: http.MaxBytesReader(w, r.Body, bodyLimit(r)),
		control:    w.control,
		end:        time.Now().Add(time.Minute + time.Duration(max(r.ContentLength, 0)/slowestBody)*time.Second),
	}
	switch {
	case r.ContentLength == 0:
		return func() {}, nil
	case !putsObject(r):
		doc, release, err := g.documents.read(r.Context(), r, body)
		r.Body = io.NopCloser(bytes.NewReader(doc))
		return release, err
	case isFramed(r):
		left, _ := decodedLength(r) // refuse has looked at it
		return func() {}, prefetch(r, &readCloser{&framed{from: body, left: left}, body})
	default:
		return func() {}, prefetch(r, body)
	}
}

// prefetchBytes is more than versitygw's HTTP layer reads before it hands a request on. What breaks off in
// there never comes to its error handling, but is printed.
const prefetchBytes = 64 << 10

// prefetch makes body r's, of which the beginning is there already.
func prefetch(r *http.Request, body io.ReadCloser) error {
	r.Body = body
	if r.ContentLength <= 0 {
		return nil
	}
	head := make([]byte, min(r.ContentLength, prefetchBytes))
	if _, err := io.ReadFull(body, head); err != nil {
		return fmt.Errorf("read body: %w", err)
	}
	r.Body = &readCloser{io.MultiReader(bytes.NewReader(head), body), body}
	return nil
}

type readCloser struct {
	io.Reader
	io.Closer
}

func (g *guard) failed(w http.ResponseWriter, r *http.Request, err error) {
	var tooLarge *http.MaxBytesError
	no := &refusal{http.StatusServiceUnavailable, "ServiceUnavailable", "The server cannot answer now. Try again."}
	switch {
	case errors.As(err, &no):
	case errors.As(err, &tooLarge):
		no = &refusal{http.StatusBadRequest, "EntityTooLarge", "The body is larger than this request may have."}
	case r.Context().Err() != nil, errors.Is(err, io.ErrUnexpectedEOF), isTimeout(err):
		no = &refusal{http.StatusBadRequest, "RequestTimeout", "The body did not arrive in time, or not whole."}
	default:
		g.log.Warn("s3 request failed", "method", r.Method, "error", err)
	}
	w.Header().Set("Connection", "close")
	no.write(w, r)
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}

// patientBody fails when its client sends nothing for a while, or too little on the whole.
type patientBody struct {
	io.ReadCloser
	control *http.ResponseController
	end     time.Time
}

func (b *patientBody) Read(p []byte) (int, error) {
	deadline := time.Now().Add(stallTimeout)
	if deadline.After(b.end) {
		deadline = b.end
	}
	if err := b.control.SetReadDeadline(deadline); err != nil {
		return 0, err
	}
	return b.ReadCloser.Read(p)
}

// patientWriter breaks off when its client takes nothing for a while.
type patientWriter struct {
	http.ResponseWriter
	control *http.ResponseController
}

func (w *patientWriter) extend() {
	// A connection that cannot have a deadline fails at the next write.
	_ = w.control.SetWriteDeadline(time.Now().Add(stallTimeout))
}

func (w *patientWriter) Write(p []byte) (int, error) {
	w.extend()
	return w.ResponseWriter.Write(p)
}

func (w *patientWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// refusal is an S3 error as a reply.
type refusal struct {
	status  int
	code    string
	message string
}

// Error implements error.
func (no *refusal) Error() string { return no.code + ": " + no.message }

func (no *refusal) write(w http.ResponseWriter, r *http.Request) {
	body, err := xml.Marshal(struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
	}{Code: no.code, Message: no.message})
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	body = append([]byte(xml.Header), body...)
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(no.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client may be gone
	}
}
