package awsclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// firstContact bounds how long an endpoint may take to answer for the first time.
const firstContact = 10 * time.Second

// Contact returns when an HTTP server has answered at url, whatever it says, or after ten seconds an *Error that says why
// none does. The SDK goes on trying for longer; this is for a command that shall not hang at a wrong address. The client
// is the SDK's, or nil for this package's.
func Contact(ctx context.Context, client aws.HTTPClient, service, url string) error {
	bounded, cancel := context.WithTimeout(ctx, firstContact)
	defer cancel()
	fail := func(err error) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if bounded.Err() != nil {
			err = fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
		}
		explained := Explain(service, url, err)
		if !errors.As(explained, new(*Error)) {
			explained = &Error{service, url, "", err.Error(), err}
		}
		return explained
	}
	req, err := http.NewRequestWithContext(bounded, http.MethodGet, url, nil)
	if err != nil || req.URL.Host == "" {
		return &Error{service, url, "", "it is no URL, such as http://127.0.0.1:8601", err}
	}
	if client == nil {
		own, release := New(firstContact)
		defer release()
		client = own
	}
	resp, err := client.Do(req)
	if err != nil {
		return fail(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode == http.StatusBadRequest && req.URL.Scheme == "http" {
		const enough = 4 << 10
		body, err := io.ReadAll(io.LimitReader(resp.Body, enough))
		if err != nil {
			return fail(err)
		}
		if strings.Contains(string(body), "HTTPS") { // as servers of TLS say who are spoken to without
			return &Error{service, url, "", "it speaks TLS; the address should begin with https", nil}
		}
	}
	return nil
}

// ErrNoCredentials says that there is no access key to sign with.
var ErrNoCredentials = errors.New("no AWS credentials are found")

// Credentials are provider's, or ErrNoCredentials where it has none within ten seconds: where there is no other source,
// the SDK asks the machine's own metadata service, which off AWS may take for ever to not answer.
func Credentials(provider aws.CredentialsProvider) aws.CredentialsProvider {
	return aws.NewCredentialsCache(aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		if provider == nil {
			return aws.Credentials{}, ErrNoCredentials
		}
		bounded, cancel := context.WithTimeout(ctx, firstContact)
		defer cancel()
		c, err := provider.Retrieve(bounded)
		if err != nil && ctx.Err() == nil {
			err = fmt.Errorf("%w: %w", ErrNoCredentials, innermost(err))
		}
		return c, err
	}))
}
