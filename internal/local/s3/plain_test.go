package s3

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"ticklake/internal/objects"
)

func TestLinksAndPipesInABucketLeadNowhere(t *testing.T) {
	s := open(t, nil)
	store := storeOf(t, s.Endpoint(), "lake")
	if err := store.Create(t.Context(), "real/x", []byte("real"), nil); err != nil {
		t.Fatal(err)
	}
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("SECRET"), 0o600); err != nil {
		t.Fatal(err)
	}
	lake := filepath.Join(s.root, "lake")
	for name, target := range map[string]string{
		"link": filepath.Join(outside, "secret"), "folder": outside, "nowhere": "/does/not/exist", "real/loop": ".", "inside": "real",
	} {
		if err := os.Symlink(target, filepath.Join(lake, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(lake, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}

	for _, key := range []string{"link", "folder/secret", "folder", "nowhere", "real/loop/x", "inside/x", "pipe"} {
		if _, err := store.Head(t.Context(), key); !errors.Is(err, objects.ErrNotFound) {
			t.Errorf("head %s: %v", key, err)
		}
		if _, _, err := objects.ReadAll(t.Context(), store, key, 100); !errors.Is(err, objects.ErrNotFound) {
			t.Errorf("get %s: %v", key, err)
		}
		_, err := clientOf(s).CopyObject(t.Context(), &awss3.CopyObjectInput{Bucket: aws.String("lake"), Key: aws.String("copy"), CopySource: aws.String("lake/" + key)})
		if err == nil || !strings.Contains(err.Error(), "NoSuchKey") {
			t.Errorf("copy %s: %v", key, err)
		}
	}
	for _, key := range []string{"link", "folder/new", "folder/deep/new", "nowhere", "inside/new", "pipe"} {
		if err := store.Create(t.Context(), key, []byte("x"), nil); !errors.Is(err, objects.ErrKeyConflict) {
			t.Errorf("create %s: %v", key, err)
		}
		if _, err := clientOf(s).CreateMultipartUpload(t.Context(), &awss3.CreateMultipartUploadInput{Bucket: aws.String("lake"), Key: aws.String(key)}); err == nil {
			t.Errorf("an upload to %s was begun", key)
		}
	}
	if err := store.Delete(t.Context(), "folder/secret"); err != nil {
		t.Errorf("delete what is no object: %v", err)
	}
	for _, prefix := range []string{"", "folder/", "folder/sec", "real/loop/", "inside/"} {
		for info, err := range store.List(t.Context(), prefix) {
			if err != nil || info.Key != "real/x" {
				t.Errorf("list %q: %s, %v", prefix, info.Key, err)
			}
		}
		for name, err := range store.Folders(t.Context(), prefix) {
			if err != nil || name != "real" {
				t.Errorf("folders of %q: %s, %v", prefix, name, err)
			}
		}
	}
	entries, err := os.ReadDir(outside)
	if err != nil || len(entries) != 1 {
		t.Errorf("outside is now %v, %v", entries, err)
	}
}

// TestAnUploadsNameLeadsNowhere: versitygw would write parts into, and delete, whatever folder an upload ID leads to.
func TestAnUploadsNameLeadsNowhere(t *testing.T) {
	s := open(t, nil)
	store := storeOf(t, s.Endpoint(), "lake")
	if err := store.Create(t.Context(), "kept/x", []byte("x"), nil); err != nil {
		t.Fatal(err)
	}
	victim := filepath.Join(filepath.Dir(s.root), "victim")
	if err := os.MkdirAll(filepath.Join(victim, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	up, err := clientOf(s).CreateMultipartUpload(t.Context(), &awss3.CreateMultipartUploadInput{Bucket: aws.String("lake"), Key: aws.String("k")})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{
		"", ".", "..", "../../../kept", "../../../../../victim", "../../../../../victim/sub", "/", "x", *up.UploadId + "/", *up.UploadId + "/../../../../kept",
		strings.ToUpper(*up.UploadId), *up.UploadId + "\x00", strings.Repeat("a", 5000),
	} {
		query := "uploadId=" + url.QueryEscape(id)
		for _, r := range []struct{ method, target, body string }{
			{http.MethodPut, "/lake/k?partNumber=1&" + query, "part"},
			{http.MethodGet, "/lake/k?" + query, ""},
			{http.MethodPost, "/lake/k?" + query, "<CompleteMultipartUpload><Part><ETag>x</ETag><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>"},
			{http.MethodDelete, "/lake/k?" + query, ""},
		} {
			if status, reply := send(t, s, r.method, r.target, nil, r.body); status != 404 || !strings.Contains(reply, "NoSuchUpload") {
				t.Errorf("%s %.60s: %d %s", r.method, r.target, status, reply)
			}
		}
	}
	if entries, err := os.ReadDir(victim); err != nil || len(entries) != 1 {
		t.Errorf("the folder outside holds %v, %v", entries, err)
	}
	if _, err := store.Head(t.Context(), "kept/x"); err != nil {
		t.Errorf("an object is gone: %v", err)
	}
	if status, reply := send(t, s, http.MethodDelete, "/lake/k?uploadId="+*up.UploadId, nil, ""); status != 204 {
		t.Errorf("aborting the upload itself: %d %s", status, reply)
	}
}

func TestKeysThatAFolderCannotHoldAreNamed(t *testing.T) {
	s := open(t, nil)
	for _, tt := range []struct {
		name, key string
		status    int
		words     []string
	}{
		{"1,024 bytes", strings.Repeat("k/", 511) + "kk", 200, nil},
		{"1,025 bytes", strings.Repeat("k/", 512) + "k", 400, []string{"KeyTooLongError", "1025", "1024"}},
		{"a part of 255 bytes", strings.Repeat("k", 255), 200, nil},
		{"a part of 256 bytes", strings.Repeat("k", 256), 400, []string{"KeyTooLongError", "256", "255", "Amazon S3 takes it"}},
		{"a part of 256 bytes in UTF-8", strings.Repeat("%C3%A9", 128), 400, []string{"KeyTooLongError"}},
		{"dots", "a/%2e%2e/b", 400, []string{"InvalidArgument"}},
		{"a NUL", "a%00b", 400, []string{"InvalidArgument", "control"}},
		{"an empty part", "a//b", 400, []string{"InvalidArgument"}},
		{"a backslash", "a%5C..%5Cb", 200, nil},
		{"a name of ours", ".sgwtmp/x", 400, []string{"InvalidArgument"}},
		{"quotes and markup", "%22%27%3Cscript%3E", 200, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, reply := send(t, s, http.MethodPut, "/lake/"+tt.key, nil, "x")
			if status != tt.status {
				t.Errorf("%d %s", status, reply)
			}
			for _, word := range tt.words {
				if !strings.Contains(reply, word) {
					t.Errorf("no %q in %s", word, reply)
				}
			}
			if strings.Contains(reply, s.root) || strings.Contains(reply, "/tmp") {
				t.Errorf("it carries a path of this machine: %s", reply)
			}
		})
	}
}

func TestMoreMetadataThanCanBeStoredIsNoFullDisk(t *testing.T) {
	s := open(t, nil)
	small := http.Header{}
	for i := range 200 {
		small[fmt.Sprintf("X-Amz-Meta-%d", i)] = []string{"<<"}
	}
	for name, header := range map[string]http.Header{
		"a header": {"Cache-Control": {strings.Repeat("x", 5000)}}, "many names": small, "a value that grows": {"X-Amz-Meta-A": {strings.Repeat("<", 1500)}},
	} {
		status, reply := send(t, s, http.MethodPut, "/lake/k", header, "x")
		if status != 400 || !strings.Contains(reply, "MetadataTooLarge") {
			t.Errorf("%s: %d %s", name, status, reply)
		}
	}
	if status, reply := send(t, s, http.MethodPut, "/lake/k", http.Header{"X-Amz-Meta-A": {strings.Repeat("x", 2000)}}, "x"); status != 200 {
		t.Errorf("two thousand bytes: %d %s", status, reply)
	}
}
