package awsapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"pgregory.net/rapid"
)

var (
	testKeys = Credentials{AccessKeyID: "TICKLAKETESTKEY", SecretAccessKey: "a-secret/of+tests"}
	testNow  = time.Date(2024, 5, 17, 14, 30, 0, 0, time.UTC)
)

func testVerifier() *verifier {
	return &verifier{credentials: testKeys, region: "us-east-1", now: func() time.Time { return testNow }}
}

// sign signs r as aws-sdk-go-v2 does: the oracle of these tests.
func sign(t interface{ Fatal(...any) }, r *http.Request, body []byte, keys Credentials, service, region string, at time.Time) {
	sum := sha256.Sum256(body)
	err := v4.NewSigner().SignHTTP(r.Context(), aws.Credentials{AccessKeyID: keys.AccessKeyID, SecretAccessKey: keys.SecretAccessKey},
		r, hex.EncodeToString(sum[:]), service, region, at)
	if err != nil {
		t.Fatal(err)
	}
}

func verify(v *verifier, r *http.Request, body []byte) error {
	c, err := v.claim(r, "glue")
	if err != nil {
		return err
	}
	return c.check(sha256.Sum256(body))
}

func newRequest(url string, body []byte) *http.Request {
	r := httptest.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	r.Header.Set("X-Amz-Target", "AWSGlue.GetTable")
	r.Header.Set("Content-Type", jsonType)
	return r
}

func TestWhatTheSDKSignsIsAccepted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "body")
		r := newRequest("http://127.0.0.1:8602/", body)
		value := rapid.StringMatching(`[ -~]{0,30}`)
		for _, name := range rapid.SliceOfN(rapid.StringMatching(`[a-z]{1,8}(-[a-z]{1,8})?`), 0, 4).Draw(t, "headers") {
			r.Header.Add("x-amz-"+name, strings.Trim(value.Draw(t, name), " "))
		}
		r.Header.Del("X-Amz-Security-Token")
		r.Header.Del("X-Amz-Date")
		sign(t, r, body, testKeys, "glue", "us-east-1", testNow)
		if err := verify(testVerifier(), r, body); err != nil {
			t.Fatalf("%v\n%v", err, r.Header)
		}
	})
}

func TestWhatIsNotSignedSoIsRefusedByName(t *testing.T) {
	body := []byte(`{"Name":"ticks"}`)
	other := Credentials{AccessKeyID: testKeys.AccessKeyID, SecretAccessKey: "another"}
	stranger := Credentials{AccessKeyID: "STRANGER", SecretAccessKey: testKeys.SecretAccessKey}
	auth := func(f func(string) string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Authorization", f(r.Header.Get("Authorization"))) }
	}
	for _, tt := range []struct {
		name   string
		keys   Credentials
		region string
		at     time.Time
		change func(*http.Request)
		body   string
		want   string
	}{
		{name: "the right request", want: ""},
		{name: "fourteen minutes late", at: testNow.Add(-14 * time.Minute), want: ""},
		{name: "no signature", change: func(r *http.Request) { r.Header.Del("Authorization") }, want: "MissingAuthenticationTokenException"},
		{name: "two signatures", change: func(r *http.Request) { r.Header.Add("Authorization", "x") }, want: "IncompleteSignatureException"},
		{name: "basic authentication", change: func(r *http.Request) { r.SetBasicAuth("a", "b") }, want: "IncompleteSignatureException"},
		{name: "another key", keys: stranger, want: "UnrecognizedClientException"},
		{name: "another secret", keys: other, want: "InvalidSignatureException"},
		{name: "a session token", change: func(r *http.Request) { r.Header.Set("X-Amz-Security-Token", "t") }, want: "UnrecognizedClientException"},
		{name: "another region", region: "eu-west-1", want: "InvalidSignatureException"},
		{name: "another body", body: `{"Name":"tocks"}`, want: "InvalidSignatureException"},
		{name: "another operation", change: func(r *http.Request) { r.Header.Set("X-Amz-Target", "AWSGlue.DeleteTable") }, want: "InvalidSignatureException"},
		{name: "another host", change: func(r *http.Request) { r.Host = "evil.example" }, want: "InvalidSignatureException"},
		{name: "an unsigned x-amz header", change: func(r *http.Request) { r.Header.Set("X-Amz-Extra", "1") }, want: "InvalidSignatureException"},
		{name: "a signed header gone", change: func(r *http.Request) { r.Header.Del("Content-Type") }, want: "InvalidSignatureException"},
		{name: "too old", at: testNow.Add(-16 * time.Minute), want: "InvalidSignatureException"},
		{name: "too early", at: testNow.Add(16 * time.Minute), want: "InvalidSignatureException"},
		{name: "a date of another day", change: func(r *http.Request) { r.Header.Set("X-Amz-Date", "20240516T143000Z") }, want: "IncompleteSignatureException"},
		{name: "no date", change: func(r *http.Request) { r.Header.Del("X-Amz-Date") }, want: "IncompleteSignatureException"},
		{name: "a date that is none", change: func(r *http.Request) { r.Header.Set("X-Amz-Date", "yesterday") }, want: "IncompleteSignatureException"},
		{name: "host not signed", change: auth(func(s string) string { return strings.Replace(s, ";host;", ";", 1) }), want: "IncompleteSignatureException"},
		{name: "a short signature", change: auth(func(s string) string { return s[:len(s)-1] }), want: "IncompleteSignatureException"},
		{name: "a flipped digit", change: auth(func(s string) string {
			last := byte('0')
			if s[len(s)-1] == '0' {
				last = '1'
			}
			return s[:len(s)-1] + string(last)
		}), want: "InvalidSignatureException"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.keys == (Credentials{}) {
				tt.keys = testKeys
			}
			if tt.region == "" {
				tt.region = "us-east-1"
			}
			if tt.at.IsZero() {
				tt.at = testNow
			}
			r := newRequest("http://127.0.0.1:8602/", body)
			sign(t, r, body, tt.keys, "glue", tt.region, tt.at)
			if tt.change != nil {
				tt.change(r)
			}
			sent := body
			if tt.body != "" {
				sent = []byte(tt.body)
			}
			err := verify(testVerifier(), r, sent)
			if got := Code(err); got != tt.want || (err != nil) != (tt.want != "") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestASignatureForAnotherServiceIsRefused(t *testing.T) {
	r := newRequest("http://127.0.0.1:8602/", nil)
	sign(t, r, nil, testKeys, "athena", "us-east-1", testNow)
	if err := verify(testVerifier(), r, nil); Code(err) != "InvalidSignatureException" {
		t.Errorf("got %v", err)
	}
}

func FuzzAuthorization(f *testing.F) {
	good := "AWS4-HMAC-SHA256 Credential=K/20240517/us-east-1/glue/aws4_request, SignedHeaders=host;x-amz-date, Signature=" + strings.Repeat("0a", 32)
	for _, seed := range []string{
		good, strings.ReplaceAll(good, ", ", ","), "", "AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256 ,,,", strings.ReplaceAll(good, "host", "Host"),
		strings.ReplaceAll(good, "K/", "K/K/"), good + ", Signature=x", good + ", More=x", "Basic eDp5", strings.ReplaceAll(good, "host;x-amz-date", "x-amz-date;host"),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		a, err := parseAuthorization(header)
		if err != nil {
			if a != nil && a.signature == "" {
				t.Error("an error with half a result")
			}
			return
		}
		if !a.signs("host") || len(a.signature) != 64 || len(a.signed) > maxSigned || strings.Count(a.scope(), "/") != 3 {
			t.Errorf("accepted %+v", a)
		}
	})
}
