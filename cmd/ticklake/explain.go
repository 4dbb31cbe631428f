package main

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"ticklake/internal/awsclient"
	"ticklake/internal/objects"
	"ticklake/internal/stream"
)

// explained is an error with by whose word somebody was asked, and what to try; what was said is behind it.
type explained struct {
	says string
	hint string
	err  error
}

func (e *explained) Error() string { return e.says + "; hint: " + e.hint }
func (e *explained) Unwrap() error { return e.err }

// explain adds to an error of Kafka's or of AWS's protocols by whose word it was asked there, and what to try. Other
// errors it returns as they are.
func (a *app) explain(err error) error {
	if err == nil || a.found == nil || errors.As(err, new(*explained)) {
		return err
	}
	var service *awsclient.Error
	var kafka *stream.Error
	switch {
	case errors.Is(err, awsclient.ErrNoCredentials):
		return &explained{awsclient.ErrNoCredentials.Error(), hintCredentials, err}
	case errors.As(err, &service):
		if p := a.found.of(service.Service); p != nil {
			return a.explainService(p, service, err)
		}
	case errors.As(err, &kafka):
		if by := a.found.kafka.by(); by != "" && a.found.kafka.from != thisTicklake {
			return &explained{kafka.Says + by, kafka.Hint, err}
		}
	}
	return err
}

const hintCredentials = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; `eval \"$(ticklake env)\"` sets those of the running ticklake"

// by is the end of a message that names a place: by whose word it is asked there, and where else it might be.
func by(from, other string) string {
	s := ""
	if from != "" && from != thisTicklake {
		s = ", from " + from
	}
	if other != "" {
		s += "; the running ticklake's is at " + other
	}
	return s
}

func (p *place) by() string { return by(p.from, p.other) }

func (b *brokers) by() string { return by(b.from, b.other) }

// explainService says of a service that does not answer, or refuses what is asked, where it is, by whose word, and what
// to try.
func (a *app) explainService(p *place, e *awsclient.Error, err error) error {
	at := e.Where + p.by()
	if !e.Answered() {
		if e.Message == "connection refused" {
			return &explained{fmt.Sprintf("%s refused at %s", p.service, at), hintAddress, err}
		}
		return &explained{fmt.Sprintf("%s does not answer: %s (%s)", p.service, e.Message, at), hintAddress, err}
	}
	says, hint := "", ""
	switch e.Code {
	case "InvalidAccessKeyId", "UnrecognizedClientException", "InvalidClientTokenId", "MissingAuthenticationToken", "MissingAuthenticationTokenException", "InvalidToken":
		says, hint = fmt.Sprintf("%s does not know this access key: %s (%s)", p.service, e.Code, at), hintCredentials
	case "SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature", "IncompleteSignatureException", "AuthorizationHeaderMalformed":
		says, hint = fmt.Sprintf("%s refuses the signature: %s (%s)", p.service, e.Code, at), "the secret key is not the access key's, or the region is another one; "+hintCredentials
		if strings.Contains(strings.ToLower(e.Message), "skew") || strings.Contains(e.Message, "Signature expired") || strings.Contains(e.Message, "Signature not yet current") {
			says, hint = fmt.Sprintf("%s refuses the request because its clock and this machine's differ: %s (%s)", p.service, e.Message, at), hintClock
		}
	case "RequestTimeTooSkewed":
		says, hint = fmt.Sprintf("%s refuses the request because its clock and this machine's differ: %s (%s)", p.service, e.Message, at), hintClock
	case "ExpiredToken", "ExpiredTokenException", "RequestExpired":
		says, hint = fmt.Sprintf("%s says that the credentials have expired: %s (%s)", p.service, e.Code, at), "log in again"
	case "AccessDenied", "AccessDeniedException":
		says, hint = fmt.Sprintf("%s does not allow it: %s (%s)", p.service, strings.TrimSuffix(e.Message, "."), at), "docs/operations.md lists what each part must be allowed"
	case "NoSuchBucket":
		bucket := a.found.bucket
		if o := new(objects.Error); errors.As(err, &o) {
			bucket = o.Bucket
		}
		says, hint = fmt.Sprintf("there is no bucket %q (%s)", bucket, at), fmt.Sprintf("`aws s3 mb s3://%s` makes it; --bucket names another", bucket)
	default:
		return a.explainOther(p, e, at, err)
	}
	return &explained{says, hint, err}
}

// explainOther says of any other refusal what the service says, in front of it what was tried, and where.
func (a *app) explainOther(p *place, e *awsclient.Error, at string, err error) error {
	what, _, _ := strings.Cut(err.Error(), e.Error())
	message, hint, found := strings.Cut(strings.TrimSpace(e.Message), "hint: ") // as our own servers end a message
	message = strings.TrimRight(message, ".; (")
	if !found {
		hint = "`ticklake config` shows where each part is, and who says so"
	}
	return &explained{
		fmt.Sprintf("%s%s says %s (%s)", what, p.service, strings.TrimSuffix(e.Code+": "+message, ": "), at), cmp.Or(strings.TrimRight(hint, ")"), hint), err,
	}
}

const (
	hintAddress = "is it the right address, and does it run? `ticklake config` shows where each part is, and who says so"
	hintClock   = "set this machine's clock, for example by NTP"
)

// of is where a service of AWS's is.
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
