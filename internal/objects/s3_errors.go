package objects

import (
	"errors"
	"fmt"
	"net/http"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
)

// replyError gives a server's refusal its meaning in the contract. What it does not know stays a plain error,
// which says nothing about what happened.
func replyError(verb, key string, err error) error {
	if meaning := meaningOf(err); meaning != nil {
		return fmt.Errorf("%s %q: %w: %w", verb, key, meaning, err)
	}
	return fmt.Errorf("%s %q: %w", verb, key, err)
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
	case "KeyTooLongError", "MetadataTooLarge", "EntityTooLarge", "InvalidArgument", "InvalidRequest", "InvalidURI",
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
