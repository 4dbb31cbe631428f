package awsapi

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// ErrToken says that a paging token is not one of this service, or belongs to another request.
var ErrToken = errors.New("not a continuation token of this request")

// maxToken bounds a token in bytes: partition values may be long.
const maxToken = 16 << 10

// PageToken returns an opaque token that remembers where a listing stopped. Scope names the request (operation and
// filters), so that a token cannot be used with another one.
func PageToken(scope string, position ...string) string {
	doc, err := json.Marshal(append([]string{digest(scope)}, position...), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return "" // strings always encode
	}
	return base64.RawURLEncoding.EncodeToString(doc)
}

// ParsePageToken returns the n parts of the position that PageToken was given for the same scope, else ErrToken.
func ParsePageToken(scope, token string, n int) ([]string, error) {
	if len(token) > maxToken {
		return nil, ErrToken
	}
	doc, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return nil, ErrToken
	}
	var parts []string
	if err := json.Unmarshal(doc, &parts); err != nil || len(parts) != n+1 || parts[0] != digest(scope) {
		return nil, ErrToken
	}
	return parts[1:], nil
}

func digest(scope string) string {
	sum := sha256.Sum256([]byte(scope))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}
