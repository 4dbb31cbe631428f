package glue

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// FuzzRequests sends whatever body to each operation: it is answered, or refused as the client's mistake. Nothing of it is a
// failure of ours, and no answer carries a path of the machine.
func FuzzRequests(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `null`, `[]`, `{"DatabaseInput":{"Name":"a"}}`, `{"Name":"a"}`, `{"DatabaseName":"a","TableInput":{"Name":"t","PartitionKeys":[{"Name":"dt"}]}}`,
		`{"DatabaseName":"a","TableName":"t","PartitionInput":{"Values":["1"]}}`, `{"DatabaseName":"a","TableName":"t","Expression":"dt in ('1')","Segment":{}}`,
		`{"DatabaseName":"a","TableName":"t","PartitionInputList":[{"Values":["1"]},{"Values":["2"],"StorageDescriptor":{"Location":"s3://b/x"}}]}`,
		`{"DatabaseName":"a","TableName":"t","Entries":[{"PartitionValueList":["1"],"PartitionInput":{"Values":["2"]}}]}`, `{"DatabaseName":"a","Expression":"t*"}`,
		`{"DatabaseName":"a","TableName":"t","PartitionsToGet":[{"Values":["1"]}],"PartitionsToDelete":[{"Values":["1"]}],"VersionId":"0","VersionIds":["1"]}`,
		`{"DatabaseInput":{"Name":"..\/..\/x\u0000'\";--"}}`, `{"MaxResults":1e2,"NextToken":"AAAA"}`, `{"Name":"a","Name":"b"}`, strings.Repeat(`{"a":`, 200),
	} {
		for i := range 40 {
			f.Add(uint8(i), []byte(seed))
		}
	}
	dir := f.TempDir()
	c, err := Open(f.Context(), Config{Path: filepath.Join(dir, "catalog.sqlite"), Logger: nil})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = c.Close() })
	h, err := c.Handler(keys, "us-east-1")
	if err != nil {
		f.Fatal(err)
	}
	var names []string
	for name := range c.operations() {
		names = append(names, name)
	}
	slices.Sort(names)
	f.Fuzz(func(t *testing.T, operation uint8, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/", bytes.NewReader(body))
		r.Header.Set("X-Amz-Target", "AWSGlue."+names[int(operation)%len(names)])
		sum := sha256.Sum256(body)
		err := v4.NewSigner().SignHTTP(t.Context(), aws.Credentials{AccessKeyID: keys.AccessKeyID, SecretAccessKey: keys.SecretAccessKey},
			r, hex.EncodeToString(sum[:]), "glue", "us-east-1", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 500 || strings.Contains(w.Body.String(), dir) {
			t.Errorf("%s %q: %d %s", names[int(operation)%len(names)], body, w.Code, w.Body)
		}
	})
}
