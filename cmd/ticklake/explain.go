package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/aws/smithy-go"
)

// explained is an error in one sentence for a person; what the library said is behind it.
type explained struct {
	says string
	err  error
}

func (e *explained) Error() string { return e.says }
func (e *explained) Unwrap() error { return e.err }

// explain says of an error of one of AWS's protocols who does not answer, or refuses what, where, by whose word, and what
// to try. Other errors it returns as they are.
func (a *app) explain(err error) error {
	var op *smithy.OperationError
	if a.found == nil || !errors.As(err, &op) {
		return err
	}
	p := a.found.of(op.Service())
	if p == nil {
		return err
	}
	at := p.url
	if at == "" {
		at = "AWS, region " + p.aws.Region
	}
	if p.from != "" {
		at += ", from " + p.from
	}
	if p.other != "" {
		at += "; the running ticklake's is " + p.other
	}
	if why := unreachable(err); why != "" {
		return &explained{fmt.Sprintf("%s does not answer: %s (%s); hint: is it the right address, and does it run? `ticklake config` shows where each part is",
			p.service, why, at), err}
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		if strings.Contains(err.Error(), "get identity: get credentials") {
			return &explained{fmt.Sprintf("no AWS credentials for %s (%s); hint: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; "+
				"`eval \"$(ticklake env)\"` sets those of the running ticklake", p.service, at), err}
		}
		return err
	}
	return a.explainRefusal(p, at, api, err)
}

// explainRefusal does so where the other side has answered.
func (a *app) explainRefusal(p *place, at string, api smithy.APIError, err error) error {
	says := ""
	switch api.ErrorCode() {
	case "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidSignatureException", "UnrecognizedClientException", "InvalidClientTokenId",
		"IncompleteSignature", "MissingAuthenticationToken", "InvalidToken":
		says = fmt.Sprintf("%s refuses the credentials: %s (%s); hint: they are those of AWS_ACCESS_KEY_ID, AWS_PROFILE or the machine's role; "+
			"`eval \"$(ticklake env)\"` sets those of the running ticklake", p.service, api.ErrorCode(), at)
	case "ExpiredToken", "ExpiredTokenException", "RequestExpired":
		says = fmt.Sprintf("%s says that the credentials have expired: %s (%s); hint: log in again", p.service, api.ErrorCode(), at)
	case "RequestTimeTooSkewed":
		says = fmt.Sprintf("%s refuses the request because the clocks differ: %s (%s); hint: set this machine's clock, for example by NTP", p.service, api.ErrorMessage(), at)
	case "AccessDenied", "AccessDeniedException":
		says = fmt.Sprintf("%s does not allow it: %s (%s); hint: docs/operations.md lists what each part must be allowed", p.service, api.ErrorMessage(), at)
	case "NoSuchBucket":
		says = fmt.Sprintf("there is no bucket %q (%s); hint: `aws s3 mb s3://%s` makes it, or name another with --bucket", a.found.bucket, at, a.found.bucket)
	case "EntityNotFoundException":
		says = fmt.Sprintf("Glue has no such database or table: %s (%s); hint: `ticklake crawl --once` registers the lake's", api.ErrorMessage(), at)
	default:
		return err
	}
	return &explained{says, err}
}

// of is where a service of the SDK's is.
func (e *endpoints) of(service string) *place {
	switch service {
	case "S3":
		return &e.s3
	case "Glue":
		return &e.glue
	case "Athena":
		return &e.athena
	}
	return nil
}

// unreachable says why nobody answers; "" where somebody does.
func unreachable(err error) string {
	var dns *net.DNSError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, context.Canceled):
		return ""
	case errors.As(err, &dns):
		return fmt.Sprintf("the name %q is not known", dns.Name)
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection broke off"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "there is no way to it"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return "it speaks plain HTTP, and the address says https"
	}
	return ""
}
