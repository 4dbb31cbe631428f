package s3

import (
	"crypto/md5" //nolint:gosec // S3's Content-MD5
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"ticklake/internal/objects"
)

// deletes sends a list of keys to delete.
func deletes(t *testing.T, s *Server, body string) (status int, reply string) {
	t.Helper()
	sum := md5.Sum([]byte(body))
	return send(t, s, http.MethodPost, "/lake?delete", http.Header{"Content-Md5": {base64.StdEncoding.EncodeToString(sum[:])}}, body)
}

func TestDocumentsThatWouldGrowAreRefused(t *testing.T) {
	s := open(t, nil)
	store := storeOf(t, s.Endpoint(), "lake")
	for _, key := range []string{"a", "b"} {
		if err := store.Create(t.Context(), key, nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	parts := func(n int) string {
		return "<CompleteMultipartUpload>" + strings.Repeat("<Part/>", n) + "</CompleteMultipartUpload>"
	}
	upload := "/lake/k?uploadId=01234567-89ab-cdef-0123-456789abcdef"
	for _, tt := range []struct {
		name, target, body, code string
	}{
		{"no key", "", "<Delete><Object></Object></Delete>", "MalformedXML"},
		{"an empty key", "", "<Delete><Object><Key></Key></Object></Delete>", "MalformedXML"},
		{"no objects", "", "<Delete></Delete>", "MalformedXML"},
		{"too many objects", "", "<Delete>" + strings.Repeat("<Object><Key>a</Key></Object>", 1001) + "</Delete>", "MalformedXML"},
		{"a version", "", "<Delete><Object><Key>a</Key><VersionId>1</VersionId></Object></Delete>", "NotImplemented"},
		{"not a list", "", "<Other/>", "MalformedXML"},
		{"no XML", "", "delete everything", "MalformedXML"},
		{"an entity", "", `<!DOCTYPE d [<!ENTITY a "aaaa">]><Delete><Object><Key>&a;</Key></Object></Delete>`, "MalformedXML"},
		{"deep", "", strings.Repeat("<Delete>", 500_000), "MalformedXML"},
		{"a million attributes", "", "<Delete " + strings.Repeat(`a="" `, 800_000) + "/>", "MalformedXML"},
		{"half a million tags", "", "<Delete>" + strings.Repeat("<Object/>", 460_000) + "</Delete>", "MalformedXML"},
		{"half a million parts", upload, parts(590_000), "MalformedXML"},
		{"as many parts as are taken", upload, parts(maxItems), "NoSuchUpload MalformedXML"},
		{"a part more", upload, parts(maxItems + 1), "MalformedXML"},
		{"a comment", upload, "<CompleteMultipartUpload><!-- --></CompleteMultipartUpload>", "MalformedXML"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			status, reply := 0, ""
			if tt.target == "" {
				status, reply = deletes(t, s, tt.body)
			} else {
				status, reply = send(t, s, http.MethodPost, tt.target, nil, tt.body)
			}
			runtime.ReadMemStats(&after)
			_, rest, _ := strings.Cut(reply, "<Code>")
			code, _, _ := strings.Cut(rest, "</Code>")
			if status < 400 || status > 501 || status == 500 || !strings.Contains(tt.code, code) {
				t.Errorf("%d %s", status, reply)
			}
			if took := after.TotalAlloc - before.TotalAlloc; took > 40<<20 {
				t.Errorf("it took %d MiB", took>>20)
			}
		})
	}
	for _, key := range []string{"a", "b"} {
		if _, err := store.Head(t.Context(), key); err != nil {
			t.Errorf("%s is gone: %v", key, err)
		}
	}
	if status, reply := deletes(t, s, `<?xml version="1.0"?><Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>a</Key></Object>`+
		`<Object><Key>b</Key><VersionId>null</VersionId></Object></Delete>`); status != 200 || strings.Count(reply, "<Deleted>") != 2 {
		t.Errorf("a list as it should be: %d %s", status, reply)
	}
	for _, key := range []string{"a", "b"} {
		if _, err := store.Head(t.Context(), key); !errors.Is(err, objects.ErrNotFound) {
			t.Errorf("%s is still there: %v", key, err)
		}
	}
}

func FuzzDocuments(f *testing.F) {
	for _, seed := range []string{
		"<Delete><Object><Key>a</Key></Object></Delete>", `<a b=">" c='"'/>`, "<", "<>", "<!x>", "</", "<a", "<?xml?><Delete/>", "<Delete><Object/></Delete>",
		strings.Repeat("<a>", 20), "<Delete><Object><Key>&#x41;&amp;</Key><VersionId>null</VersionId></Object></Delete>",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		if err := checkTags(doc); err != nil {
			if _, ok := errors.AsType[*refusal](err); !ok {
				t.Errorf("an error of another kind: %v", err)
			}
			return
		}
		if err := checkDeletes(doc); err != nil && !strings.HasPrefix(fmt.Sprint(err), "MalformedXML: ") && !strings.HasPrefix(fmt.Sprint(err), "NotImplemented: ") {
			t.Errorf("%v", err)
		}
	})
}
