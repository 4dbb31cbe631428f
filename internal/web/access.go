package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"

	"ticklake/internal/httpd"
)

// Credentials open the server by HTTP's basic authentication: an access key's id and its secret. The zero value opens it
// to this machine alone.
type Credentials struct{ AccessKeyID, SecretAccessKey string }

// String implements fmt.Stringer, without the secret.
func (c Credentials) String() string {
	if c == (Credentials{}) {
		return "none"
	}
	return "the access key " + c.AccessKeyID
}

// GoString implements fmt.GoStringer.
func (c Credentials) GoString() string { return "web.Credentials{" + c.String() + "}" }

// policy lets the page do what it does and nothing else: scripts, styles, pictures and requests of this origin, none
// inline, no frame around it.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
	"manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// guard keeps strangers out, and tells browsers what a page of ours may do.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		if f := s.refuse(r); f != nil {
			if f.status == http.StatusUnauthorized {
				h.Set("WWW-Authenticate", `Basic realm="ticklake", charset="UTF-8"`)
			}
			f.write(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// refuse says why a request is not served, or nil.
func (s *Server) refuse(r *http.Request) *failure {
	c := s.config.Credentials
	switch {
	case c != (Credentials{}):
		if !c.known(r) {
			return fail(http.StatusUnauthorized, "wrong or no credentials", "the user is the access key id, the password its secret: `ticklake env` prints them")
		}
	case !s.loopback:
		return fail(http.StatusForbidden, "this server has no credentials, and so serves its own machine alone", "listen on 127.0.0.1")
	case !httpd.LocalHost(r.Host):
		return fail(http.StatusMisdirectedRequest, "this server serves this machine alone", "ask for it by localhost or 127.0.0.1")
	}
	if foreign(r) {
		return fail(http.StatusForbidden, "the request comes from another site's page", "")
	}
	return nil
}

// foreign says whether a browser sends the request for a page of another origin. Following a link to the page itself is no
// such thing.
func foreign(r *http.Request) bool {
	if !strings.HasPrefix(r.URL.Path, "/api/") && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		return false
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		return true
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	u, err := url.Parse(origin)
	return err != nil || u.Host == "" || !strings.EqualFold(u.Host, r.Host)
}

// known compares in a time that says nothing of the credentials.
func (c Credentials) known(r *http.Request) bool {
	id, secret, _ := r.BasicAuth()
	same := func(a, b string) int {
		x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
		return subtle.ConstantTimeCompare(x[:], y[:])
	}
	return same(id, c.AccessKeyID)&same(secret, c.SecretAccessKey) == 1
}
