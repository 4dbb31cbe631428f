package awsclient

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/aws/smithy-go"
)

// Error is why a service did not do what it was asked to, in words for a person. What the SDK said is behind it.
type Error struct {
	Service string // S3, Glue or Athena
	Where   string // its URL, or AWS and the region
	Code    string // the service's own, such as NoSuchBucket; empty where it has not answered
	Message string // the service's own, or why there is no answer
	Err     error
}

// Error implements error.
func (e *Error) Error() string {
	if e.Code == "" {
		return fmt.Sprintf("%s at %s does not answer: %s", e.Service, e.Where, e.Message)
	}
	return strings.TrimSuffix(fmt.Sprintf("%s at %s says %s: %s", e.Service, e.Where, e.Code, strings.TrimSpace(e.Message)), ": ")
}

// Unwrap returns what the SDK said.
func (e *Error) Unwrap() error { return e.Err }

// Answered says whether the service has refused, and did not just not answer.
func (e *Error) Answered() bool { return e.Code != "" }

// Where is how messages name a place: by its URL, or as AWS's own.
func Where(url, region string) string {
	if url == "" {
		return "AWS, region " + region
	}
	return url
}

// Explain returns an *Error of what the SDK, or this package's client, says of a service; and err itself where that is
// not about the service, such as an end of the context.
func Explain(service, where string, err error) error {
	if err == nil || errors.As(err, new(*Error)) || errors.Is(err, context.Canceled) || errors.Is(err, ErrNoCredentials) {
		return err
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		return &Error{service, where, api.ErrorCode(), api.ErrorMessage(), err}
	}
	if why := unreachable(err); why != "" {
		return &Error{service, where, "", why, err}
	}
	var op *smithy.OperationError
	if errors.As(err, &op) {
		return &Error{service, where, "", fmt.Sprintf("%s: %v", op.Operation(), innermost(op.Err)), err}
	}
	return err
}

// innermost is the error at the end of a chain: what is in front of it are the SDK's own layers.
func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

// unreachable says why nobody answers; "" where that is not what err says.
func unreachable(err error) string {
	var dns *net.DNSError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err, &dns):
		return fmt.Sprintf("there is no host %q, or its name cannot be looked up", dns.Name)
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "there is no way to that host"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	}
	if why := wrongTLS(err); why != "" {
		return why
	}
	// What has no type comes from net/http, and which of its words depends on who is faster.
	said := err.Error()
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE),
		strings.Contains(said, "server closed idle connection"):
		return "it hangs up; is it an HTTP server, and should the address begin with https?"
	case strings.Contains(said, "malformed HTTP"), strings.Contains(said, "readLoopPeekFailLocked"):
		return "it is no HTTP server"
	}
	return ""
}

// wrongTLS says why no TLS comes about.
func wrongTLS(err error) string {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	switch {
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"), // of net/http, which has no type for it
		errors.As(err, &record):
		return "it speaks plain HTTP, and the address begins with https"
	case errors.As(err, &unknown):
		return "its certificate is of an authority that is not trusted; AWS_CA_BUNDLE names a file with one that is"
	case errors.As(err, &name):
		return fmt.Sprintf("its certificate is for other names: %v", name)
	case errors.As(err, &invalid):
		return fmt.Sprintf("its certificate is not valid: %v", invalid)
	}
	return ""
}
