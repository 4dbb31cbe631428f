package s3

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
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
	"x-amz-tagging", "x-amz-grant-", "x-amz-website-redirect-location", "x-amz-write-offset-bytes", "x-amz-mfa", "x-amz-security-token",
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
		// A folder's marker ends in a slash.
		if err := checkKey(strings.TrimSuffix(key, "/")); err != nil {
			return &refusal{http.StatusBadRequest, "InvalidArgument", err.Error()}
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
		case strings.HasPrefix(lower, "x-amz-"), lower == "x-id": // signatures, and a name for logs
		case !slices.Contains(parameters[level], lower):
			return &refusal{http.StatusNotImplemented, "NotImplemented", fmt.Sprintf("%.40q of the %s is not implemented here.", name, level)}
		}
	}
	return nil
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
	switch {
	case r.ContentLength > bodyLimit(r):
		return &refusal{http.StatusBadRequest, "EntityTooLarge", fmt.Sprintf("The body has %d bytes, at most %d are taken.", r.ContentLength, bodyLimit(r))}
	case r.ContentLength < 0 && r.Header.Get("X-Amz-Decoded-Content-Length") == "":
		return &refusal{http.StatusLengthRequired, "MissingContentLength", "The length of the body must be announced."}
	case r.ContentLength < 0:
		n, err := strconv.ParseInt(r.Header.Get("X-Amz-Decoded-Content-Length"), 10, 64)
		if err != nil || n < 0 || n > maxObjectBytes {
			return &refusal{http.StatusBadRequest, "InvalidArgument", "X-Amz-Decoded-Content-Length is not a length that is taken."}
		}
	}
	return nil
}

// bodyLimit is what a body may have in bytes: an object with the framing of signed chunks around it, or a list.
func bodyLimit(r *http.Request) int64 {
	_, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if r.Method == http.MethodPut && key != "" {
		return maxObjectBytes + maxObjectBytes>>6
	}
	return maxControlBody
}
