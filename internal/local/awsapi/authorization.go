package awsapi

import (
	"errors"
	"slices"
	"strings"
)

const (
	algorithm       = "AWS4-HMAC-SHA256"
	terminator      = "aws4_request"
	maxAuth         = 4 << 10 // bytes of an Authorization header
	maxSigned       = 64      // headers in SignedHeaders
	signatureDigits = 64      // hex digits of a SHA-256
)

// errIncomplete is wrapped by what parseAuthorization finds missing or malformed.
var errIncomplete = errors.New("incomplete signature")

// authorization is a parsed Authorization header of Signature Version 4.
type authorization struct {
	accessKeyID string
	date        string // YYYYMMDD
	region      string
	service     string
	signed      []string // lower-case names, sorted, each once
	signature   string   // lower-case hex
}

// scope is the credential scope that the string to sign names.
func (a *authorization) scope() string {
	return a.date + "/" + a.region + "/" + a.service + "/" + terminator
}

// parseAuthorization reads "AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…". The three parts may come
// in any order, with or without blanks after the commas, each exactly once.
func parseAuthorization(header string) (*authorization, error) {
	if len(header) > maxAuth {
		return nil, incomplete("Authorization header is longer than 4096 bytes")
	}
	rest, ok := strings.CutPrefix(header, algorithm+" ")
	if !ok {
		return nil, incomplete("Authorization header must begin with " + algorithm)
	}
	parts := make(map[string]string, 3)
	for field := range strings.SplitSeq(rest, ",") {
		name, value, ok := strings.Cut(strings.Trim(field, " "), "=")
		if !ok || value == "" {
			return nil, incomplete("Authorization header has a part that is not name=value")
		}
		if _, twice := parts[name]; twice {
			return nil, incomplete("Authorization header has a part twice")
		}
		parts[name] = value
	}
	for _, name := range []string{"Credential", "SignedHeaders", "Signature"} {
		if parts[name] == "" {
			return nil, incomplete("Authorization header requires '" + name + "' parameter")
		}
	}
	if len(parts) != 3 {
		return nil, incomplete("Authorization header has an unknown part")
	}
	a := &authorization{signature: parts["Signature"], signed: strings.Split(parts["SignedHeaders"], ";")}
	if err := a.setCredential(parts["Credential"]); err != nil {
		return nil, err
	}
	if len(a.signature) != signatureDigits || strings.Trim(a.signature, "0123456789abcdef") != "" {
		return nil, incomplete("Signature must be 64 lower-case hexadecimal digits")
	}
	return a, a.checkSigned()
}

// setCredential reads KEY/DATE/REGION/SERVICE/aws4_request.
func (a *authorization) setCredential(credential string) error {
	f := strings.Split(credential, "/")
	if len(f) != 5 || f[0] == "" || f[2] == "" || f[3] == "" || f[4] != terminator {
		return incomplete("Credential must be KEY/DATE/REGION/SERVICE/" + terminator)
	}
	if len(f[1]) != 8 || strings.Trim(f[1], "0123456789") != "" {
		return incomplete("Credential has a date that is not YYYYMMDD")
	}
	a.accessKeyID, a.date, a.region, a.service = f[0], f[1], f[2], f[3]
	return nil
}

func (a *authorization) checkSigned() error {
	if len(a.signed) > maxSigned {
		return incomplete("SignedHeaders has more than 64 names")
	}
	for i, name := range a.signed {
		if name == "" || name != strings.ToLower(name) {
			return incomplete("SignedHeaders must be lower-case names")
		}
		if i > 0 && a.signed[i-1] >= name {
			return incomplete("SignedHeaders must be sorted and each there once")
		}
	}
	if !a.signs("host") {
		return incomplete("'Host' must be a signed header")
	}
	if !a.signs("x-amz-date") && !a.signs("date") {
		return incomplete("'X-Amz-Date' or 'Date' must be a signed header")
	}
	return nil
}

// signs tells whether the lower-case header name is covered by the signature.
func (a *authorization) signs(name string) bool {
	_, found := slices.BinarySearch(a.signed, name)
	return found
}

type incompleteError string

func incomplete(what string) error { return incompleteError(what) }

func (e incompleteError) Error() string { return string(e) }

func (e incompleteError) Is(target error) bool { return target == errIncomplete }
