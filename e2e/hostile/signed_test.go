package hostile

import (
	"bufio"
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // S3's Content-MD5
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// request is one signed with the right key.
type request struct {
	part, method, path string // path as it is sent, with its query
	target             string // X-Amz-Target
	header             map[string]string
	payload            string // what is signed of the body; its digest if empty
	body               string
}

// sign returns a request as bytes that no client mends.
func (v *target) sign(r request) string {
	v.t.Helper()
	req, err := http.NewRequest(r.method, "http://"+v.ports[r.part]+"/", nil)
	if err != nil {
		v.t.Fatal(err)
	}
	path, query, _ := strings.Cut(r.path, "?")
	req.URL.Opaque = "//" + v.ports[r.part] + path
	req.URL.RawQuery = query
	if r.target != "" {
		req.Header.Set("X-Amz-Target", r.target)
		req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	}
	if r.payload == "" {
		sum := sha256.Sum256([]byte(r.body))
		r.payload = hex.EncodeToString(sum[:])
	}
	if r.part == "s3" {
		req.Header.Set("X-Amz-Content-Sha256", r.payload)
	}
	for name, value := range r.header {
		req.Header.Set(name, value)
	}
	req.ContentLength = int64(len(r.body))
	keys := aws.Credentials{AccessKeyID: v.server.Ready.AccessKeyID, SecretAccessKey: v.server.Ready.SecretAccessKey}
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	if err := signer.SignHTTP(context.Background(), keys, req, r.payload, r.part, v.server.Ready.Region, time.Now()); err != nil {
		v.t.Fatal(err)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n", r.method, r.path, v.ports[r.part], len(r.body))
	if err := req.Header.Write(&b); err != nil {
		v.t.Fatal(err)
	}
	return b.String() + "\r\n" + r.body
}

// answer sends a signed request and returns the answer; status 0 if there is none.
func (v *target) answer(r request) (status int, body string) {
	v.t.Helper()
	c, err := net.Dial("tcp", v.ports[r.part])
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	sent := v.sign(r)
	go func() { _, _ = io.WriteString(c, sent) }() // it may be refused in the middle
	resp, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: r.method})
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error()
	}
	return resp.StatusCode, string(b)
}

// signedBytes sends what opens the doors and should do no harm all the same: the key's owner has clients with bugs.
func signedBytes(v *target) {
	victim := filepath.Join(v.place.Dir, "victim")
	if err := os.MkdirAll(filepath.Join(victim, "sub"), 0o700); err != nil {
		v.t.Fatal(err)
	}
	rel, err := filepath.Rel(filepath.Join(v.server.Ready.DataDir, "s3/buckets/ticklake/.sgwtmp/multipart/x"), victim)
	if err != nil {
		v.t.Fatal(err)
	}
	outside := url.QueryEscape(rel)
	framed := map[string]string{"X-Amz-Decoded-Content-Length": "5", "X-Amz-Trailer": "x-amz-checksum-crc32", "Content-Encoding": "aws-chunked"}
	empty := map[string]string{"X-Amz-Decoded-Content-Length": "0", "X-Amz-Trailer": "x-amz-checksum-crc32", "Content-Encoding": "aws-chunked"}
	const unsigned, chunked = "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
	put := func(key, body string) request {
		return request{part: "s3", method: http.MethodPut, path: "/ticklake/" + key, body: body}
	}
	post := func(path, body string) request {
		sum := md5.Sum([]byte(body)) //nolint:gosec // S3's Content-MD5
		return request{
			part: "s3", method: http.MethodPost, path: path, body: body,
			header: map[string]string{"Content-MD5": base64.StdEncoding.EncodeToString(sum[:])},
		}
	}
	glue := func(operation, body string) request {
		return request{part: "glue", method: http.MethodPost, path: "/", target: "AWSGlue." + operation, body: body}
	}
	athena := func(operation, body string) request {
		return request{part: "athena", method: http.MethodPost, path: "/", target: "AmazonAthena." + operation, body: body}
	}
	const complete = "/ticklake/k?uploadId=01234567-89ab-cdef-0123-456789abcdef"
	megabytes := strings.Repeat("n", 10<<20)

	for _, attack := range []struct {
		name string
		request
		want string // of the answer; "" is any refusal
	}{
		{"1,025 bytes of key", put(strings.Repeat("k/", 512)+"k", "x"), "KeyTooLongError"},
		{"256 bytes between slashes", put(strings.Repeat("k", 256), "x"), "KeyTooLongError"},
		{"a key that leads out", put("%2e%2e/%2e%2e/victim/x", "x"), "InvalidArgument"},
		{"a key with NUL", put("a%00b", "x"), "InvalidArgument"},
		{"a key with an empty part", put("a//b", "x"), "InvalidArgument"},
		{"a bucket that leads out", request{part: "s3", method: http.MethodPut, path: "/..%2f..%2fvictim/x", body: "x"}, ""},
		{"a bucket in quotes", request{part: "s3", method: http.MethodPut, path: "/%22%27;--/x", body: "x"}, "InvalidBucketName"},
		{"a key that is a folder", put("raw/ticks", "x"), "ExistingObjectIsDirectory"},
		{"parts outside the bucket", request{part: "s3", method: http.MethodPut, path: "/ticklake/k?partNumber=1&uploadId=" + outside, body: "x"}, "NoSuchUpload"},
		{"an upload outside the bucket", request{part: "s3", method: http.MethodDelete, path: "/ticklake/k?uploadId=" + outside}, "NoSuchUpload"},
		{"every upload", request{part: "s3", method: http.MethodDelete, path: "/ticklake/k?uploadId="}, "NoSuchUpload"},
		{"a chunk below zero", request{part: "s3", method: http.MethodPut, path: "/ticklake/k", header: framed, payload: chunked, body: "-5;chunk-signature=" + strings.Repeat("a", 64) + "\r\nhello\r\n"}, "IncompleteBody"},
		{"endless trailers", request{part: "s3", method: http.MethodPut, path: "/ticklake/k", header: empty, payload: unsigned, body: "0\r\n" + megabytes}, ""},
		{"a chunk of another length", request{part: "s3", method: http.MethodPut, path: "/ticklake/k", header: framed, payload: unsigned, body: "4\r\nhell\r\n0\r\n\r\n"}, "IncompleteBody"},
		{"a form", request{part: "s3", method: http.MethodPut, path: "/ticklake/k", header: map[string]string{"Content-Type": "multipart/form-data; boundary=b"}, body: megabytes}, "NotImplemented"},
		{"entities", post("/ticklake?delete", `<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><Delete><Object><Key>&b;</Key></Object></Delete>`), "MalformedXML"},
		{"a deep document", post("/ticklake?delete", strings.Repeat("<Delete>", 500_000)), "MalformedXML"},
		{"a key that is not there", post("/ticklake?delete", "<Delete><Object></Object></Delete>"), "MalformedXML"},
		{"half a million keys", post("/ticklake?delete", "<Delete>"+strings.Repeat("<Object/>", 460_000)+"</Delete>"), "MalformedXML"},
		{"a million attributes", post("/ticklake?delete", "<Delete "+strings.Repeat(`a="" `, 800_000)+"/>"), "MalformedXML"},
		{"half a million parts", post(complete, "<CompleteMultipartUpload>"+strings.Repeat("<Part/>", 590_000)+"</CompleteMultipartUpload>"), "MalformedXML"},
		{"SelectObjectContent", post("/ticklake/k?select&select-type=2", strings.Repeat("<a>", 100_000)), "NotImplemented"},
		{"too large a document", post("/ticklake?delete", megabytes), "EntityTooLarge"},
		{"much metadata", request{part: "s3", method: http.MethodPut, path: "/ticklake/k", header: map[string]string{"Cache-Control": strings.Repeat("x", 5000)}, body: "x"}, "MetadataTooLarge"},

		{"deep JSON", glue("GetTables", strings.Repeat(`{"a":`, 1_000_000)), "SerializationException"},
		{"deep lists", glue("GetTables", strings.Repeat("[", 8<<20)), "SerializationException"},
		{"a name twice", glue("GetDatabase", `{"Name":"a","Name":"b"}`), "SerializationException"},
		{"many names", glue("GetDatabase", "{"+strings.Repeat(`"Name":"a",`, 500_000)+`"x":1}`), "SerializationException"},
		{"10 MB of name", glue("GetDatabase", `{"Name":"`+megabytes+`"}`), "RequestEntityTooLarge"},
		{"7 MB of name", glue("CreateDatabase", `{"DatabaseInput":{"Name":"`+megabytes[:7<<20]+`"}}`), "InvalidInputException"},
		{"a name with path parts", glue("GetDatabase", `{"Name":"../../../etc/passwd"}`), "EntityNotFoundException"},
		{"a name that is SQL", glue("GetTable", `{"DatabaseName":"market'; DROP TABLE tables;--","Name":"\"'"}`), "EntityNotFoundException"},
		{"a name with NUL", glue("GetTable", `{"DatabaseName":"market","Name":"a\u0000b"}`), "InvalidInputException"},
		{"a pattern that grows", glue("GetTables", `{"DatabaseName":"market","Expression":"`+strings.Repeat(`\\pL{1000}`, 200)+`"}`), "InvalidInputException"},
		{"a deep filter", glue("GetPartitions", `{"DatabaseName":"market","TableName":"ticks","Expression":"`+strings.Repeat("(", 1000)+`"}`), "InvalidInputException"},
		{"a long form", request{part: "glue", method: http.MethodPost, path: "/", header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, body: strings.Repeat("a&", 1<<20)}, ""},
		{"no operation", glue("../../x", "{}"), "UnknownOperationException"},

		{"10 MB of SQL", athena("StartQueryExecution", `{"QueryString":"SELECT '`+megabytes+`'"}`), "RequestEntityTooLarge"},
		{"deep SQL in JSON", athena("StartQueryExecution", `{"QueryString":`+strings.Repeat("[", 1_000_000)), "SerializationException"},
		{"a result that leads out", athena("StartQueryExecution", `{"QueryString":"SELECT 1","ResultConfiguration":{"OutputLocation":"s3://ticklake/../../victim/"}}`), "InvalidRequestException"},
		{"a query that is not there", athena("GetQueryExecution", `{"QueryExecutionId":"../../../etc/passwd"}`), "InvalidRequestException"},
	} {
		status, answer := v.answer(attack.request)
		v.discreet(attack.name, answer)
		if status < 400 || status == 500 || status > 501 || !strings.Contains(answer, attack.want) {
			v.t.Errorf("%s: %d %.500s", attack.name, status, answer)
		}
		v.watch()
	}
	entries, err := os.ReadDir(victim)
	if err != nil || len(entries) != 1 || entries[0].Name() != "sub" {
		v.t.Errorf("the folder outside now holds %v, %v", entries, err)
	}
}
