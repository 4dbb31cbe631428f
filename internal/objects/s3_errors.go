package objects

import (
	"errors"
	"fmt"
	"net/http"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"ticklake/internal/awsclient"
)

// Error is a request that the store did not do. What it does not say in the contract's words (ErrExists and its like) says
// nothing about what happened.
type Error struct {
	Verb, Key string // what was asked
	Bucket    string
	Meaning   error // in the contract's words, or nil
	Err       error // an *awsclient.Error, as a rule
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("%s %q: %v", e.Verb, e.Key, e.Err) }

// Unwrap returns the meaning and what is behind it.
func (e *Error) Unwrap() []error {
	if e.Meaning == nil {
		return []error{e.Err}
	}
	return []error{e.Meaning, e.Err}
}

// failed gives a server's refusal its meaning in the contract, and words for a person.
func (s *S3Store) failed(verb, key string, err error) error {
	return &Error{verb, key, s.bucket, meaningOf(err), awsclient.Explain("S3", s.where, err)}
}

func meaningOf(err error) error {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return nil
	}
	switch api.ErrorCode() {
	case "PreconditionFailed":
		return ErrExists
	case "NoSuchKey":
		return ErrNotFound
	case "NoSuchBucket":
		return ErrNoBucket
	case "InvalidRange":
		return ErrRange
	case "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "RequestTimeTooSkewed", "AuthorizationHeaderMalformed":
		return ErrDenied
	case "KeyTooLongError", "MetadataTooLarge", "EntityTooLarge", "InvalidArgument", "InvalidRequest", "InvalidURI", "InvalidBucketName",
		"MethodNotAllowed", "NotImplemented":
		return ErrInvalid
	case "ObjectParentIsFile", "ExistingObjectIsDirectory":
		return ErrKeyConflict
	}

	// A reply to HEAD has no body and so no code of its own.
	var reply *awshttp.ResponseError
	if !errors.As(err, &reply) {
		return nil
	}
	switch reply.HTTPStatusCode() {
	case http.StatusNotFound:
		return ErrNotFound
	case http.StatusForbidden, http.StatusUnauthorized:
		return ErrDenied
	case http.StatusPreconditionFailed:
		return ErrExists
	}
	return nil
}
