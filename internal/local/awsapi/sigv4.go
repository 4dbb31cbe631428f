package awsapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	amzDate = "20060102T150405Z"
	maxSkew = 15 * time.Minute
)

// Credentials are the one key pair that the embedded endpoints know.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey string
}

// verifier checks Signature Version 4 in the Authorization header
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html) for one key pair and region.
type verifier struct {
	credentials Credentials
	region      string
	now         func() time.Time
}

// claim is a request whose headers could be signed by the key pair; only the payload's digest is missing.
type claim struct {
	secret    string
	auth      *authorization
	date      string // as X-Amz-Date has it
	method    string
	headers   string
	requested time.Time
}

// claim checks all of the request that can be checked without its body. The names of what it refuses are those of
// the JSON protocol.
func (v *verifier) claim(r *http.Request, service string) (*claim, error) {
	lines := r.Header.Values("Authorization")
	if len(lines) == 0 {
		return nil, Errorf("MissingAuthenticationTokenException", "Missing Authentication Token. "+
			"hint: sign the request (Signature Version 4) with the keys of the running ticklake")
	}
	if len(lines) > 1 {
		return nil, Errorf("IncompleteSignatureException", "Authorization header is there %d times", len(lines))
	}
	auth, err := parseAuthorization(lines[0])
	if err != nil {
		return nil, Errorf("IncompleteSignatureException", "%s", err)
	}
	if subtle.ConstantTimeCompare([]byte(auth.accessKeyID), []byte(v.credentials.AccessKeyID)) != 1 {
		return nil, Errorf("UnrecognizedClientException", "The security token included in the request is invalid. "+
			"hint: use the access key of the running ticklake")
	}
	if r.Header.Get("X-Amz-Security-Token") != "" {
		return nil, Errorf("UnrecognizedClientException", "The security token included in the request is invalid. "+
			"hint: these keys need no session token; unset AWS_SESSION_TOKEN")
	}
	if auth.region != v.region {
		return nil, Errorf("InvalidSignatureException", "Credential should be scoped to a valid region, not '%.64s'. "+
			"hint: use region %s", auth.region, v.region)
	}
	if auth.service != service {
		return nil, Errorf("InvalidSignatureException", "Credential should be scoped to correct service: '%s'.", service)
	}
	at, err := requestTime(r.Header, auth)
	if err != nil {
		return nil, Errorf("IncompleteSignatureException", "%s", err)
	}
	if err := v.checkAge(at); err != nil {
		return nil, err
	}
	for name := range r.Header {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "x-amz-") && !auth.signs(lower) {
			return nil, Errorf("InvalidSignatureException", "header '%.64s' must be a signed header", lower)
		}
	}
	headers, err := canonicalHeaders(r, auth.signed)
	if err != nil {
		return nil, err
	}
	return &claim{
		secret: v.credentials.SecretAccessKey, auth: auth, date: at.Format(amzDate), requested: at,
		method: r.Method, headers: headers,
	}, nil
}

// checkAge refuses a request signed more than maxSkew away from now.
func (v *verifier) checkAge(at time.Time) error {
	now := v.now().UTC()
	const hint = "hint: the clocks of the two machines differ; set the wrong one"
	switch {
	case at.Before(now.Add(-maxSkew)):
		return Errorf("InvalidSignatureException", "Signature expired: %s is now earlier than %s (%s - 15 min.) %s",
			at.Format(amzDate), now.Add(-maxSkew).Format(amzDate), now.Format(amzDate), hint)
	case at.After(now.Add(maxSkew)):
		return Errorf("InvalidSignatureException", "Signature not yet current: %s is still later than %s (%s + 15 min.) %s",
			at.Format(amzDate), now.Add(maxSkew).Format(amzDate), now.Format(amzDate), hint)
	}
	return nil
}

// check compares the signature with that of the claim over a body with this digest.
func (c *claim) check(payload [sha256.Size]byte) error {
	// Path and query string are fixed: the handler serves "/" without one.
	request := c.method + "\n/\n\n" + c.headers + "\n" +
		strings.Join(c.auth.signed, ";") + "\n" + hex.EncodeToString(payload[:])
	sum := sha256.Sum256([]byte(request))
	toSign := algorithm + "\n" + c.date + "\n" + c.auth.scope() + "\n" + hex.EncodeToString(sum[:])

	key := []byte("AWS4" + c.secret)
	for _, part := range []string{c.auth.date, c.auth.region, c.auth.service, terminator, toSign} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	if subtle.ConstantTimeCompare([]byte(hex.EncodeToString(key)), []byte(c.auth.signature)) != 1 {
		return Errorf("InvalidSignatureException", "The request signature we calculated does not match the signature "+
			"you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	}
	return nil
}

// requestTime is X-Amz-Date, or Date where that is missing; its day must be the credential's.
func requestTime(h http.Header, auth *authorization) (time.Time, error) {
	name, layouts := "X-Amz-Date", []string{amzDate}
	if h.Get(name) == "" {
		name, layouts = "Date", []string{http.TimeFormat, amzDate}
	}
	values := h.Values(name)
	if len(values) != 1 || !auth.signs(strings.ToLower(name)) {
		return time.Time{}, incomplete("Authorization header requires one signed 'X-Amz-Date' or 'Date' header")
	}
	for _, layout := range layouts {
		at, err := time.Parse(layout, values[0])
		if err != nil {
			continue
		}
		if at.Format("20060102") != auth.date {
			return time.Time{}, incomplete("Date in Credential scope does not match YYYYMMDD from the request's date")
		}
		return at.UTC(), nil
	}
	return time.Time{}, incomplete("Date must be in ISO-8601 'basic format'")
}

// canonicalHeaders are the signed headers as "name:value\n", in their order. A name without a header is refused.
func canonicalHeaders(r *http.Request, signed []string) (string, error) {
	var b strings.Builder
	for _, name := range signed {
		values := r.Header.Values(name)
		switch name {
		case "host": // net/http moves these two out of the header
			values = []string{r.Host}
		case "content-length":
			values = []string{strconv.FormatInt(max(r.ContentLength, 0), 10)}
		case "transfer-encoding":
			values = r.TransferEncoding
		}
		if len(values) == 0 {
			return "", Errorf("InvalidSignatureException", "signed header '%.64s' is not in the request", name)
		}
		b.WriteString(name)
		for i, value := range values {
			if i == 0 {
				b.WriteByte(':')
			} else {
				b.WriteByte(',')
			}
			b.WriteString(collapse(value))
		}
		b.WriteByte('\n')
	}
	return b.String(), nil
}

// collapse trims a header value and makes one blank of several.
func collapse(value string) string {
	value = strings.Trim(value, " \t")
	if !strings.Contains(value, "  ") {
		return value
	}
	return strings.Join(strings.FieldsFunc(value, func(r rune) bool { return r == ' ' }), " ")
}
