package s3

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"

	"ticklake/internal/objects"
)

// spy is a disk that writes down what is synced, and can fail.
type spy struct {
	realDisk
	mu     sync.Mutex
	calls  []string
	before func(call string) error
}

func (s *spy) note(call string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, call)
	if s.before != nil {
		return s.before(call)
	}
	return nil
}

// fail has calls that begin with prefix fail from now on; none if err is nil.
func (s *spy) fail(prefix string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = func(call string) error {
		if strings.HasPrefix(call, prefix) {
			return err
		}
		return nil
	}
}

func (s *spy) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := s.calls
	s.calls = nil
	return calls
}

func (s *spy) syncFile(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := s.note(fmt.Sprintf("file of %d bytes", info.Size())); err != nil {
		return err
	}
	return s.realDisk.syncFile(f)
}

func (s *spy) syncDir(path string) error {
	_, rel, _ := strings.Cut(path, "/buckets")
	if err := s.note("folder " + rel); err != nil {
		return err
	}
	return s.realDisk.syncDir(path)
}

func TestAnObjectIsOnDiskBeforeItIsVisibleAndItsFoldersBeforeItIsAcknowledged(t *testing.T) {
	disk := &spy{}
	s := open(t, func(c *Config) { c.disk = disk })
	store := storeOf(t, s.Endpoint(), "lake")
	path, err := s.Path("lake", "raw/ticks/one")
	if err != nil {
		t.Fatal(err)
	}
	visible := map[string]bool{}
	disk.take()
	disk.before = func(call string) error {
		_, err := os.Stat(path)
		visible[call] = err == nil
		return nil
	}
	for _, tt := range []struct {
		key  string
		want []string
	}{
		{"raw/ticks/one", []string{"file of 4 bytes", "folder ", "folder /lake", "folder /lake/raw", "folder /lake/raw/ticks"}},
		{"raw/ticks/two", []string{"file of 4 bytes", "folder /lake/raw/ticks"}}, // the way there is on disk already
		{"raw/other/x", []string{"file of 4 bytes", "folder /lake/raw", "folder /lake/raw/other"}},
	} {
		if err := store.Create(t.Context(), tt.key, []byte("body"), objects.Meta{"cut": "1"}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, disk.take()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.key, diff)
		}
		if tt.key == "raw/ticks/one" && (visible["file of 4 bytes"] || !visible["folder /lake/raw/ticks"]) {
			t.Errorf("visible at each sync: %v", visible)
		}
	}

	// A deletion is on disk when it is acknowledged.
	disk.before = nil
	if err := store.Delete(t.Context(), "raw/other/x"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"folder /lake/raw/other"}, disk.take()); diff != "" {
		t.Errorf("deleting (-want +got):\n%s", diff)
	}
	// An object may take the place of an emptied folder, and a folder that of the object.
	if err := store.Create(t.Context(), "raw/other", []byte("body"), nil); err != nil {
		t.Fatal(err)
	}
	if err := store.Delete(t.Context(), "raw/other"); err != nil {
		t.Fatal(err)
	}
	disk.take()
	if err := store.Create(t.Context(), "raw/other/x", []byte("body"), nil); err != nil {
		t.Fatal(err)
	}
	if got := disk.take(); !slices.Contains(got, "folder /lake/raw") {
		t.Errorf("the folder is new again, synced were %q", got)
	}
}

func TestWhatCannotBeSyncedIsNotAcknowledgedAndCanBeRepeated(t *testing.T) {
	disk := &spy{}
	s := open(t, func(c *Config) { c.disk = disk })
	store := storeOf(t, s.Endpoint(), "lake")
	for _, tt := range []struct {
		call  string
		err   error
		after error // of the same PUT again
	}{
		{"file", syscall.EIO, nil},
		{"file", syscall.ENOSPC, nil},
		{"file", syscall.EDQUOT, nil},
		{"file", syscall.EROFS, nil},
		{"folder", syscall.EIO, objects.ErrExists},
		{"folder", syscall.ENOSPC, objects.ErrExists},
	} {
		key := fmt.Sprintf("%s-%v", tt.call, tt.err)
		disk.fail(tt.call, tt.err)
		err := store.Create(t.Context(), key, []byte("x"), nil)
		if err == nil || objects.Final(err) {
			t.Errorf("%s: create returned %v", key, err)
		}
		full := errors.Is(tt.err, syscall.ENOSPC) || errors.Is(tt.err, syscall.EDQUOT)
		if full != strings.Contains(fmt.Sprint(err), "InsufficientStorage") || strings.Contains(fmt.Sprint(err), s.root) {
			t.Errorf("%s: a full disk is told as %v", key, err)
		}
		if _, err := store.Head(t.Context(), key); errors.Is(err, objects.ErrNotFound) != (tt.call == "file") {
			t.Errorf("%s: head returned %v", key, err)
		}
		disk.fail("", nil)
		if err := store.Create(t.Context(), key, []byte("x"), nil); !errors.Is(err, tt.after) {
			t.Errorf("%s: creating again returned %v", key, err)
		}
	}
}

func TestADiskThatTakesNothingIsToldOnceAndWhenItIsOver(t *testing.T) {
	var log bytes.Buffer
	disk := &spy{}
	s := open(t, func(c *Config) { c.disk, c.Logger = disk, slog.New(slog.NewTextHandler(&log, nil)) })
	store := storeOf(t, s.Endpoint(), "lake")
	for range 3 {
		disk.fail("file", syscall.ENOSPC)
		for range 10 {
			if err := store.Create(t.Context(), "k", []byte("x"), nil); err == nil || objects.Final(err) {
				t.Fatalf("create returned %v", err)
			}
		}
		disk.fail("", nil)
		if err := store.Create(t.Context(), "k", []byte("x"), nil); err != nil {
			t.Fatal(err)
		}
		if err := store.Delete(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
	}
	for text, want := range map[string]int{"the disk is full": 3, "the disk takes objects again": 3, "refused=10": 3} {
		if n := strings.Count(log.String(), text); n != want {
			t.Errorf("%q is told %d times:\n%s", text, n, &log)
		}
	}
}

// TestAnUploadThatCannotBeSyncedIsNotSeen: versitygw would go on with a copy of its own, behind what was copied before.
func TestAnUploadThatCannotBeSyncedIsNotSeen(t *testing.T) {
	disk := &spy{}
	s := open(t, func(c *Config) { c.disk = disk })
	client, store := clientOf(s), storeOf(t, s.Endpoint(), "lake")
	up, err := client.CreateMultipartUpload(t.Context(), &awss3.CreateMultipartUploadInput{Bucket: aws.String("lake"), Key: aws.String("big")})
	if err != nil {
		t.Fatal(err)
	}
	var parts []types.CompletedPart
	for i := range int32(2) {
		p, err := client.UploadPart(t.Context(), &awss3.UploadPartInput{
			Bucket: up.Bucket, Key: up.Key, UploadId: up.UploadId, PartNumber: aws.Int32(i + 1), Body: bytes.NewReader(make([]byte, 5<<20)),
		})
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, types.CompletedPart{ETag: p.ETag, PartNumber: aws.Int32(i + 1), ChecksumCRC32: p.ChecksumCRC32})
	}
	complete := func() error {
		_, err := client.CompleteMultipartUpload(t.Context(), &awss3.CompleteMultipartUploadInput{
			Bucket: up.Bucket, Key: up.Key, UploadId: up.UploadId, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
		})
		return err
	}
	for _, at := range []string{"file of 5242880 bytes", "file of 10485760 bytes"} {
		disk.fail(at, syscall.ENOSPC)
		if err := complete(); err == nil || !strings.Contains(err.Error(), "InsufficientStorage") {
			t.Errorf("%s: completing returned %v", at, err)
		}
		if info, err := store.Head(t.Context(), "big"); !errors.Is(err, objects.ErrNotFound) {
			t.Errorf("%s: %d bytes are seen, %v", at, info.Size, err)
		}
	}
	disk.fail("", nil)
	if err := complete(); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if info, err := store.Head(t.Context(), "big"); err != nil || info.Size != 10<<20 {
		t.Errorf("%d bytes are seen, %v", info.Size, err)
	}
}

func TestAKeyThatIsAlsoAFolderIsRefusedWithoutLoss(t *testing.T) {
	s := open(t, nil)
	store := storeOf(t, s.Endpoint(), "lake")
	for _, key := range []string{"p", "q/r/s"} {
		if err := store.Create(t.Context(), key, []byte(key), nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"p/q", "p/q/r", "q", "q/r"} {
		if err := store.Create(t.Context(), key, []byte("x"), nil); !errors.Is(err, objects.ErrKeyConflict) {
			t.Errorf("create %q returned %v", key, err)
		}
	}
	for _, key := range []string{"p", "q/r/s"} {
		if body, _, err := objects.ReadAll(t.Context(), store, key, 100); err != nil || string(body) != key {
			t.Errorf("%q holds %q, %v", key, body, err)
		}
	}
}

func TestAFolderWithoutObjectsIsNotListed(t *testing.T) {
	s := open(t, nil)
	store := storeOf(t, s.Endpoint(), "lake")
	if err := store.Create(t.Context(), "chain/0000000/001", nil, nil); err != nil {
		t.Fatal(err)
	}
	// As a crash leaves it between making the folder and linking the object.
	if err := os.MkdirAll(filepath.Join(s.root, "lake/chain/0000001/deep"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, err := range store.Folders(t.Context(), "chain/") {
		if err != nil || name != "0000000" {
			t.Errorf("listed %q, %v", name, err)
		}
	}
	if err := store.Create(t.Context(), "chain/0000001/000", nil, nil); err != nil {
		t.Errorf("creating in it: %v", err)
	}
}

func clientOf(s *Server) *awss3.Client {
	cfg := storeConfig(s.Endpoint(), "lake")
	return awss3.NewFromConfig(cfg.AWS, func(o *awss3.Options) {
		o.BaseEndpoint, o.UsePathStyle = aws.String(cfg.Endpoint), true
		o.Retryer = aws.NopRetryer{}
	})
}

func TestMultipartUploadsAreOnDiskAndCreateOnce(t *testing.T) {
	disk := &spy{}
	s := open(t, func(c *Config) { c.disk = disk })
	client := clientOf(s)
	upload := func(condition *string) error {
		up, err := client.CreateMultipartUpload(t.Context(), &awss3.CreateMultipartUploadInput{
			Bucket: aws.String("lake"), Key: aws.String("big/file"), Metadata: map[string]string{"a": "b"},
		})
		if err != nil {
			return err
		}
		var parts []types.CompletedPart
		for i := range int32(2) {
			p, err := client.UploadPart(t.Context(), &awss3.UploadPartInput{
				Bucket: up.Bucket, Key: up.Key, UploadId: up.UploadId, PartNumber: aws.Int32(i + 1),
				Body: bytes.NewReader(bytes.Repeat([]byte{byte('a' + i)}, 5<<20)),
			})
			if err != nil {
				return err
			}
			parts = append(parts, types.CompletedPart{ETag: p.ETag, PartNumber: aws.Int32(i + 1), ChecksumCRC32: p.ChecksumCRC32})
		}
		disk.take()
		_, err = client.CompleteMultipartUpload(t.Context(), &awss3.CompleteMultipartUploadInput{
			Bucket: up.Bucket, Key: up.Key, UploadId: up.UploadId, IfNoneMatch: condition,
			MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
		})
		return err
	}
	if err := upload(aws.String("*")); err != nil {
		t.Fatal(err)
	}
	calls := disk.take()
	if !slices.Contains(calls, "file of 10485760 bytes") || calls[len(calls)-1] != "folder /lake/big" {
		t.Errorf("synced %q", calls)
	}
	store := storeOf(t, s.Endpoint(), "lake")
	body, info, err := objects.ReadAll(t.Context(), store, "big/file", 1<<30)
	if err != nil || len(body) != 10<<20 || body[0] != 'a' || body[len(body)-1] != 'b' || info.Meta["a"] != "b" {
		t.Errorf("it holds %d bytes, %v, %v", len(body), info.Meta, err)
	}
	if err := upload(aws.String("*")); err == nil || !strings.Contains(err.Error(), "PreconditionFailed") {
		t.Errorf("a second upload returned %v", err)
	}
}

func TestCopiesWork(t *testing.T) {
	disk := &spy{}
	s := open(t, func(c *Config) { c.disk = disk })
	store := storeOf(t, s.Endpoint(), "lake")
	if err := store.Create(t.Context(), "from", []byte("body"), objects.Meta{"a": "b"}); err != nil {
		t.Fatal(err)
	}
	disk.take()
	_, err := clientOf(s).CopyObject(t.Context(), &awss3.CopyObjectInput{Bucket: aws.String("lake"), Key: aws.String("to/it"), CopySource: aws.String("lake/from")})
	if err != nil {
		t.Fatal(err)
	}
	if got := disk.take(); !slices.Contains(got, "file of 4 bytes") || !slices.Contains(got, "folder /lake/to") {
		t.Errorf("synced %q", got)
	}
	body, info, err := objects.ReadAll(t.Context(), store, "to/it", 10)
	if err != nil || string(body) != "body" || info.Meta["a"] != "b" {
		t.Errorf("the copy holds %q, %v, %v", body, info.Meta, err)
	}
	// A source out of the bucket.
	for _, source := range []string{"lake/../../etc/passwd", "../secret", "lake/%2e%2e/%2e%2e/x", "/etc/passwd", "lake/.sgwtmp/x"} {
		_, err := clientOf(s).CopyObject(t.Context(), &awss3.CopyObjectInput{Bucket: aws.String("lake"), Key: aws.String("stolen"), CopySource: aws.String(source)})
		if err == nil {
			t.Errorf("copied from %q", source)
		}
	}
}

func TestManyObjectsAreDeletedAtOnce(t *testing.T) {
	s := open(t, nil)
	store := storeOf(t, s.Endpoint(), "lake")
	var ids []types.ObjectIdentifier
	for i := range 50 {
		key := fmt.Sprintf("d/%d/x", i)
		if err := store.Create(t.Context(), key, nil, nil); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, types.ObjectIdentifier{Key: aws.String(key)})
	}
	ids = append(ids, types.ObjectIdentifier{Key: aws.String("absent")})
	out, err := clientOf(s).DeleteObjects(t.Context(), &awss3.DeleteObjectsInput{Bucket: aws.String("lake"), Delete: &types.Delete{Objects: ids}})
	if err != nil || len(out.Deleted) != 51 || len(out.Errors) != 0 {
		t.Errorf("%d deleted, %d errors, %v", len(out.Deleted), len(out.Errors), err)
	}
	for info, err := range store.List(t.Context(), "") {
		t.Errorf("%s is left, %v", info.Key, err)
	}
	// Keys in a list come past the guard.
	outside := filepath.Join(filepath.Dir(s.root), "outside")
	if err := os.WriteFile(outside, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"../../outside", "a/../../../outside", "/outside", ".sgwtmp/x"} {
		out, err := clientOf(s).DeleteObjects(t.Context(), &awss3.DeleteObjectsInput{
			Bucket: aws.String("lake"), Delete: &types.Delete{Objects: []types.ObjectIdentifier{{Key: aws.String(key)}}},
		})
		if err == nil && len(out.Errors) != 1 {
			t.Errorf("deleting %q: %v", key, out.Deleted)
		}
	}
	if _, err := os.Stat(outside); err != nil {
		t.Error(err)
	}
	if _, err := clientOf(s).DeleteBucket(t.Context(), &awss3.DeleteBucketInput{Bucket: aws.String("lake")}); err != nil {
		t.Errorf("deleting the emptied bucket: %v", err)
	}
}

func TestCreatorsAndDeletersOfOneFolderDoNotDisturbEachOther(t *testing.T) {
	s := open(t, nil)
	store := storeOf(t, s.Endpoint(), "lake")
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 50 {
				key := fmt.Sprintf("shared/folder/%d-%d", w, i)
				if err := store.Create(t.Context(), key, []byte("x"), nil); err != nil {
					t.Errorf("create: %v", err)
				}
				r, _, err := store.Get(t.Context(), key)
				if err != nil {
					t.Errorf("get what was acknowledged: %v", err)
					continue
				}
				if _, err := io.Copy(io.Discard, r); err != nil {
					t.Error(err)
				}
				_ = r.Close()
				if err := store.Delete(t.Context(), key); err != nil {
					t.Errorf("delete: %v", err)
				}
			}
		})
	}
	wg.Wait()
}
