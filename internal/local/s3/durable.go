package s3

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
)

// durable is versitygw's file backend with every change on disk before it is acknowledged, and an object's
// content before it is visible. What it does not name is not implemented: the embedded type says so.
type durable struct {
	backend.BackendUnsupported
	files   *posix.Posix
	root    string
	disk    disk
	folders *folders
	log     *slog.Logger
}

func newDurable(files *posix.Posix, root string, d disk, log *slog.Logger) *durable {
	return &durable{files: files, root: root, disk: d, folders: newFolders(root, d), log: log}
}

// PutObject stages the body, syncs it, links it under its key and syncs the folders.
func (d *durable) PutObject(ctx context.Context, in s3response.PutObjectInput) (s3response.PutObjectOutput, error) {
	bucket, key := *in.Bucket, *in.Key
	if strings.HasSuffix(key, "/") { // a folder's marker has no content to sync
		release := d.folders.hold()
		defer release()
		out, err := d.files.PutObject(ctx, in)
		return out, d.settle("put folder", bucket, key, err)
	}
	if err := d.folders.makeWay(bucket, key); err != nil {
		return s3response.PutObjectOutput{}, d.refuse("put", bucket, key, err)
	}
	var staged error
	release := func() {}
	defer func() { release() }()
	out, err := d.files.PutObjectWithPostFunc(ctx, in, func(f *os.File) error {
		if staged = d.stage(f, in); staged != nil {
			return staged
		}
		release = d.folders.hold()
		return nil
	})
	if staged != nil {
		return s3response.PutObjectOutput{}, d.refuse("put", bucket, key, staged)
	}
	return out, d.settle("put", bucket, key, err)
}

// stage makes the staged file whole and durable; only its name is missing then.
func (d *durable) stage(f *os.File, in s3response.PutObjectInput) error {
	if err := checkLength(f, in.ContentLength); err != nil {
		return err
	}
	// versitygw sets attributes after this, where a power cut could part them from the object. The user's
	// are what others rely on, so they are set here already, in versitygw's form.
	if len(in.Metadata) > 0 {
		attr, err := json.Marshal(in.Metadata)
		if err != nil {
			return err
		}
		if err := (meta.XattrMeta{}).StoreAttribute(f, *in.Bucket, *in.Key, "metadata", attr); err != nil {
			return err
		}
	}
	return d.disk.syncFile(f)
}

// checkLength finds a body that ended early: a client that dies in the middle need not have sent a checksum.
func checkLength(f *os.File, want *int64) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if want != nil && info.Size() != *want {
		return s3err.GetAPIError(s3err.ErrContentLengthMismatch)
	}
	return nil
}

// CompleteMultipartUpload copies and syncs part after part into the file that is then linked.
func (d *durable) CompleteMultipartUpload(ctx context.Context, in *awss3.CompleteMultipartUploadInput) (s3response.CompleteMultipartUploadResult, string, error) {
	release := d.folders.hold()
	defer release()
	var failed error
	out, version, err := d.files.CompleteMultipartUploadWithCopy(ctx, in, func(from, to *os.File) (bool, error) {
		// versitygw falls back to a copy without a sync when this fails, so the failure is kept.
		if _, err := io.Copy(to, from); err != nil {
			failed = errors.Join(failed, err)
			return true, err
		}
		if err := d.disk.syncFile(to); err != nil {
			failed = errors.Join(failed, err)
		}
		return true, nil
	})
	if err == nil && failed != nil {
		return s3response.CompleteMultipartUploadResult{}, "", d.refuse("complete", *in.Bucket, *in.Key, failed)
	}
	return out, version, d.settle("complete", *in.Bucket, *in.Key, err)
}

// CopyObject syncs the copy when it is complete.
func (d *durable) CopyObject(ctx context.Context, in s3response.CopyObjectInput) (s3response.CopyObjectOutput, error) {
	release := d.folders.hold()
	defer release()
	out, err := d.files.CopyObject(ctx, in)
	if err == nil {
		err = d.syncPath(filepath.Join(d.root, *in.Bucket, *in.Key))
	}
	return out, d.settle("copy", *in.Bucket, *in.Key, err)
}

func (d *durable) syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.disk.syncFile(f), f.Close())
}

// settle ends a change that succeeded by syncing the folders that lead to key; one that failed gets its true name.
func (d *durable) settle(verb, bucket, key string, err error) error {
	if err == nil {
		err = d.folders.sync(bucket, key)
	}
	if err == nil {
		return nil
	}
	if errors.Is(err, s3err.GetAPIError(s3err.ErrExistingObjectIsDirectory)) {
		err = d.conflict(bucket, key)
	}
	return d.refuse(verb, bucket, key, err)
}

// conflict finds out why a file could not be linked: versitygw calls every reason, a full disk too, a directory.
func (d *durable) conflict(bucket, key string) error {
	path := filepath.Join(d.root, bucket, key)
	if info, err := os.Lstat(path); err == nil && info.IsDir() {
		return s3err.GetAPIError(s3err.ErrExistingObjectIsDirectory)
	}
	for dir := filepath.Dir(path); len(dir) > len(d.root); dir = filepath.Dir(dir) {
		if info, err := os.Lstat(dir); err == nil && !info.IsDir() {
			return s3err.GetAPIError(s3err.ErrObjectParentIsFile)
		}
	}
	var st syscall.Statfs_t
	if err := syscall.Statfs(d.root, &st); err == nil && (st.Bavail == 0 || st.Files > 0 && st.Ffree == 0) {
		return syscall.ENOSPC
	}
	return errors.New("the file could not be linked under its key")
}

// refuse turns err into what a client is told. What is not an answer of the protocol is logged, and told
// without a word of this machine.
func (d *durable) refuse(verb, bucket, key string, err error) error {
	var known s3err.S3Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return known
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		d.log.Error("disk is full", "operation", verb, "bucket", bucket, "key", key, "error", err)
		return s3err.GetAPIError(s3err.ErrNoSpaceLeftOnDevice)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, context.Canceled), strings.Contains(err.Error(), "unexpected EOF"):
		d.log.Debug("client broke off", "operation", verb, "bucket", bucket, "key", key)
		return s3err.GetAPIError(s3err.ErrContentLengthMismatch)
	case (verb == "get" || verb == "head") && errors.Is(err, fs.ErrNotExist):
		return s3err.GetAPIError(s3err.ErrNoSuchKey) // deleted while it was looked at
	}
	d.log.Error("request failed", "operation", verb, "bucket", bucket, "key", key, "error", err)
	return s3err.GetAPIError(s3err.ErrInternalError)
}
