package s3

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ticklake/internal/objects"
)

// parameters that the operations served here take. Every other one is an operation that is not.
var parameters = map[string][]string{
	"service": {"prefix", "max-buckets", "continuation-token", "bucket-region"},
	"bucket": {
		"list-type", "prefix", "delimiter", "max-keys", "start-after", "continuation-token", "encoding-type", "fetch-owner", "marker",
		"location", "uploads", "key-marker", "upload-id-marker", "max-uploads", "delete",
	},
	"object": {
		"uploads", "uploadid", "partnumber", "max-parts", "part-number-marker", "attributes",
		"response-content-type", "response-content-language", "response-expires", "response-cache-control",
		"response-content-disposition", "response-content-encoding",
	},
}

// headers whose promise would not be kept, by prefix; empty values promise nothing.
var headers = []string{
	"x-amz-server-side-encryption", "x-amz-copy-source-server-side-encryption", "x-amz-object-lock", "x-amz-bucket-object-lock",
	"x-amz-tagging", "x-amz-grant-", "x-amz-website-redirect-location", "x-amz-write-offset-bytes", "x-amz-mfa",
}

// refuse returns why a request is not for versitygw, nil if it is.
func refuse(r *http.Request) *refusal {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	level := "object"
	switch {
	case !strings.HasPrefix(r.URL.Path, "/"):
		return &refusal{http.StatusBadRequest, "InvalidURI", "The path does not begin with a slash."}
	case bucket == "" && key == "":
		level = "service"
	case bucket != "" && key == "":
		level = "bucket"
	}
	if no := refuseMethod(r.Method, level); no != nil {
		return no
	}
	if level != "service" {
		if err := checkBucket(bucket); err != nil {
			return &refusal{http.StatusBadRequest, "InvalidBucketName", err.Error()}
		}
	}
	if level == "object" {
		if no := refuseKey(key); no != nil {
			return no
		}
	}
	if no := refuseQuery(r.URL.RawQuery, level); no != nil {
		return no
	}
	if no := refuseHeaders(r.Header); no != nil {
		return no
	}
	return refuseBody(r, level)
}

// refuseKey says why a key cannot be one here, if it cannot; a folder's marker ends in a slash.
func refuseKey(key string) *refusal {
	err := checkKey(strings.TrimSuffix(key, "/"))
	switch {
	case err == nil:
		return nil
	case len(key) > objects.MaxKeyBytes:
		return &refusal{
			http.StatusBadRequest, "KeyTooLongError",
			fmt.Sprintf("Your key is too long: it has %d bytes, at most %d are allowed.", len(key), objects.MaxKeyBytes),
		}
	case longestPart(key) > objects.MaxKeyPartBytes:
		return &refusal{
			http.StatusBadRequest, "KeyTooLongError",
			fmt.Sprintf("Your key is too long for this server, which keeps objects as files (Amazon S3 takes it): "+
				"between slashes it has %d bytes, at most %d are allowed.", longestPart(key), objects.MaxKeyPartBytes),
		}
	}
	// The sentinel's name is for programs.
	return &refusal{http.StatusBadRequest, "InvalidArgument", strings.TrimSuffix(err.Error(), ": "+objects.ErrInvalid.Error())}
}

func longestPart(key string) int {
	longest := 0
	for part := range strings.SplitSeq(key, "/") {
		longest = max(longest, len(part))
	}
	return longest
}

func refuseMethod(method, level string) *refusal {
	served := map[string][]string{
		"service": {http.MethodGet, http.MethodHead},
		"bucket":  {http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodPost},
		"object":  {http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodPost},
	}
	if slices.Contains(served[level], method) {
		return nil
	}
	return &refusal{http.StatusMethodNotAllowed, "MethodNotAllowed", fmt.Sprintf("%.20q on the %s is not served here.", method, level)}
}

func refuseQuery(raw, level string) *refusal {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return &refusal{http.StatusBadRequest, "InvalidURI", "The query cannot be parsed."}
	}
	for name, values := range query {
		lower := strings.ToLower(name)
		switch {
		case len(values) > 1:
			return &refusal{http.StatusBadRequest, "InvalidArgument", fmt.Sprintf("The parameter %.40q is given more than once.", name)}
		case lower == "x-amz-security-token":
			return noToken()
		case strings.HasPrefix(lower, "x-amz-"), lower == "x-id": // signatures, and a name for logs
		case !slices.Contains(parameters[level], lower):
			return &refusal{http.StatusNotImplemented, "NotImplemented", fmt.Sprintf("%.40q of the %s is not implemented here.", name, level)}
		case lower == "uploadid" && !uploadID.MatchString(values[0]):
			return &refusal{http.StatusNotFound, "NoSuchUpload", "The specified multipart upload does not exist. The upload ID is none of this server's."}
		}
	}
	return nil
}

// uploadID is what versitygw names uploads by. It takes any other for a path: with dots in it, for one of another folder.
var uploadID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// noToken refuses the token of a session, as S3 refuses one that it does not know.
func noToken() *refusal {
	return &refusal{
		http.StatusBadRequest, "InvalidToken",
		"The provided token is malformed or otherwise invalid. hint: these keys need no session token; unset AWS_SESSION_TOKEN",
	}
}

func refuseHeaders(h http.Header) *refusal {
	for name, values := range h {
		lower := strings.ToLower(name)
		if strings.Join(values, "") == "" {
			continue
		}
		for _, prefix := range headers {
			if strings.HasPrefix(lower, prefix) {
				return &refusal{http.StatusNotImplemented, "NotImplemented", fmt.Sprintf("The header %.60s asks for what is not implemented here.", lower)}
			}
		}
	}
	if h.Get("X-Amz-Security-Token") != "" {
		return noToken()
	}
	// Versitygw's HTTP layer takes a form apart, into memory and temporary files, before anything has looked at its signature.
	if kind := strings.ToLower(strings.Join(h.Values("Content-Type"), " ")); strings.Contains(kind, "multipart/form-data") {
		return &refusal{http.StatusNotImplemented, "NotImplemented", "A Content-Type of multipart/form-data is not implemented here."}
	}
	if class := h.Get("X-Amz-Storage-Class"); class != "" && class != "STANDARD" {
		return &refusal{http.StatusNotImplemented, "NotImplemented", fmt.Sprintf("The storage class %.40q is not implemented here.", class)}
	}
	switch acl := h.Get("X-Amz-Acl"); acl {
	case "", "private", "bucket-owner-full-control", "bucket-owner-read":
		return nil
	default:
		return &refusal{http.StatusNotImplemented, "NotImplemented", fmt.Sprintf("The access control list %.40q is not implemented here.", acl)}
	}
}

func refuseBody(r *http.Request, level string) *refusal {
	if r.Method == http.MethodPost {
		query := r.URL.Query()
		if level == "bucket" && !query.Has("delete") || level == "object" && !query.Has("uploads") && !query.Has("uploadId") {
			return &refusal{http.StatusNotImplemented, "NotImplemented", "Uploads by a form are not implemented here."}
		}
	}
	_, err := decodedLength(r)
	switch {
	case r.ContentLength < 0 && !isFramed(r):
		return &refusal{http.StatusLengthRequired, "MissingContentLength", "The length of the body must be announced."}
	case err != nil:
		return &refusal{http.StatusBadRequest, "InvalidArgument", "X-Amz-Decoded-Content-Length is not a length that is taken."}
	case isFramed(r) && !putsObject(r):
		return &refusal{http.StatusBadRequest, "InvalidRequest", "The value of x-amz-content-sha256 header is invalid: this request's body comes in one piece."}
	case r.ContentLength > bodyLimit(r):
		return &refusal{http.StatusBadRequest, "EntityTooLarge", fmt.Sprintf("The body has %d bytes, at most %d are taken.", r.ContentLength, bodyLimit(r))}
	}
	return nil
}

// decodedLength is the length of a framed body's content.
func decodedLength(r *http.Request) (int64, error) {
	if !isFramed(r) {
		return 0, nil
	}
	n, err := strconv.ParseInt(r.Header.Get("X-Amz-Decoded-Content-Length"), 10, 64)
	if err != nil || n < 0 || n > maxObjectBytes {
		return 0, errors.New("no length of an object")
	}
	return n, nil
}

// putsObject tells whether a request's body is an object's content, or a part's. Any other is a document.
func putsObject(r *http.Request) bool {
	_, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	return r.Method == http.MethodPut && key != ""
}

// bodyLimit is what a body may have in bytes.
func bodyLimit(r *http.Request) int64 {
	if !putsObject(r) {
		return maxDocument
	}
	if content, err := decodedLength(r); err == nil && isFramed(r) {
		return framedLength(content)
	}
	return maxObjectBytes
}
