package pipeline

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"

	"ticklake/internal/httpd"
)

// Credentials open the operations port by HTTP's basic authentication: an access key's id and its secret. The zero value
// opens it to this machine alone.
type Credentials struct{ AccessKeyID, SecretAccessKey string }

// guard returns what keeps strangers from a handler that is reached by loopback alone, or from elsewhere too.
func (c Credentials) guard(loopback bool) func(http.Handler) http.Handler {
	return func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Content-Type-Options", "nosniff")
			switch {
			case c != (Credentials{}):
				if !c.known(r) {
					w.Header().Set("WWW-Authenticate", `Basic realm="ticklake", charset="UTF-8"`)
					http.Error(w, "wrong or no credentials; hint: the user is the access key id, the password its secret", http.StatusUnauthorized)
					return
				}
			case !loopback:
				http.Error(w, "this port has no credentials, and so tells other machines /healthz and /readyz alone", http.StatusForbidden)
				return
			case !httpd.LocalHost(r.Host):
				http.Error(w, "this port serves this machine alone; hint: ask for it by localhost or 127.0.0.1", http.StatusMisdirectedRequest)
				return
			}
			h.ServeHTTP(w, r)
		})
	}
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
