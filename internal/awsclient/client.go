// Package awsclient is the HTTP client under the seams to AWS, and the words for what goes wrong there.
package awsclient

import (
	"io"
	"net"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// New returns a client whose connections open within 5 s and whose requests, answers included, take no longer than
// timeout; and what releases its idle connections.
func New(timeout time.Duration) (client aws.HTTPClient, release func()) {
	built := awshttp.NewBuildableClient().
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = 5 * time.Second }).
		WithTransportOptions(func(t *http.Transport) { t.MaxIdleConnsPerHost = 16 }).
		WithTimeout(timeout).
		Freeze()
	release = func() {}
	if idle, ok := built.(interface{ CloseIdleConnections() }); ok {
		release = idle.CloseIdleConnections
	}
	return plainBodies{built}, release
}

// plainBodies hides that a request's body can write itself. The SDK closes the body as soon as an answer begins; where
// net/http is just then looking for bytes behind the body's end, a closed body that writes itself reports io.EOF as an
// error, and net/http breaks the connection off in the middle of the answer. One that is only read reports the end.
type plainBodies struct{ next aws.HTTPClient }

// Do implements aws.HTTPClient.
func (p plainBodies) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return p.next.Do(r)
}
