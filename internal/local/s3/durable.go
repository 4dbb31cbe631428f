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
	trouble *trouble
	log     *slog.Logger
}

func newDurable(files *posix.Posix, root string, d disk, log *slog.Logger) *durable {
	return &durable{
		files: files, root: root, disk: d, folders: newFolders(root, d), trouble: &trouble{log: log, dir: root}, log: log,
	}
}

// PutObject stages the body, syncs it, links it under its key and syncs the folders.
func (d *durable) PutObject(ctx context.Context, in s3response.PutObjectInput) (s3response.PutObjectOutput, error) {
	bucket, key := *in.Bucket, *in.Key
	err := d.placeable(bucket, key)
	if err == nil {
		err = fits(in.Metadata, in.ContentType, in.ContentEncoding, in.ContentDisposition, in.ContentLanguage, in.CacheControl, in.Expires)
	}
	if err != nil {
		return s3response.PutObjectOutput{}, err
	}
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
	if err := d.placeable(*in.Bucket, *in.Key); err != nil {
		return s3response.CompleteMultipartUploadResult{}, "", err
	}
	release := d.folders.hold()
	defer release()
	var failed error
	out, version, err := d.files.CompleteMultipartUploadWithCopy(ctx, in, func(from, to *os.File) (bool, error) {
		err := failed
		if err == nil {
			err = d.append(from, to)
		}
		if err != nil && failed == nil {
			// versitygw does not look at what comes of this. It can set no attribute of a file that is closed, and so
			// gives up before it links it.
			failed = errors.Join(err, to.Close())
		}
		return true, err
	})
	if failed != nil {
		return s3response.CompleteMultipartUploadResult{}, "", d.refuse("complete", *in.Bucket, *in.Key, failed)
	}
	return out, version, d.settle("complete", *in.Bucket, *in.Key, err)
}

// append copies the whole of a part behind what is in a file, and syncs it.
func (d *durable) append(from, to *os.File) error {
	info, err := from.Stat()
	if err != nil {
		return err
	}
	n, err := io.Copy(to, from)
	if err == nil && n != info.Size() {
		err = io.ErrShortWrite
	}
	if err == nil {
		err = d.disk.syncFile(to)
	}
	return err
}

// CopyObject syncs the copy when it is complete.
func (d *durable) CopyObject(ctx context.Context, in s3response.CopyObjectInput) (s3response.CopyObjectOutput, error) {
	err := errors.Join(d.source(in.CopySource), d.placeable(*in.Bucket, *in.Key))
	if err == nil {
		err = fits(in.Metadata, in.ContentType, in.ContentEncoding, in.ContentDisposition, in.ContentLanguage, in.CacheControl, in.Expires)
	}
	if err != nil {
		return s3response.CopyObjectOutput{}, d.refuse("copy", *in.Bucket, *in.Key, err)
	}
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
		d.trouble.over()
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
	// What has failed there fails here, and says why.
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	probe, err := os.CreateTemp(filepath.Join(d.root, bucket, posix.MetaTmpDir), "probe-")
	if err != nil {
		return err
	}
	return errors.Join(errors.New("the file could not be linked under its key"), probe.Close(), os.Remove(probe.Name()))
}

// refuse turns err into what a client is told. What is not an answer of the protocol is logged, and told
// without a word of this machine. What may pass is told as a failure of the server, so that clients repeat the request.
func (d *durable) refuse(verb, bucket, key string, err error) error {
	var known s3err.S3Error
	switch {
	case err == nil:
		return nil
	case isFull(err):
		d.trouble.met("full", verb, bucket, key)
		return s3err.GetAPIError(s3err.ErrNoSpaceLeftOnDevice)
	case errors.Is(err, syscall.EROFS), errors.Is(err, s3err.GetAPIError(s3err.ErrMethodNotAllowed)):
		// The second is versitygw's name for the first.
		d.trouble.met("read-only", verb, bucket, key)
		return s3err.GetAPIError(s3err.ErrInternalError)
	case errors.As(err, &known):
		return known
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, context.Canceled), strings.Contains(err.Error(), "unexpected EOF"):
		d.log.Debug("client broke off", "operation", verb, "bucket", bucket, "key", key)
		return s3err.GetAPIError(s3err.ErrContentLengthMismatch)
	case (verb == "get" || verb == "head") && errors.Is(err, fs.ErrNotExist):
		return s3err.GetAPIError(s3err.ErrNoSuchKey) // deleted while it was looked at
	}
	d.log.Error("request failed", "operation", verb, "bucket", bucket, "key", key, "error", err)
	return s3err.GetAPIError(s3err.ErrInternalError)
}

// isFull tells whether there is no room, of the disk's or of the user's share of it.
func isFull(err error) bool {
	for _, full := range []error{
		syscall.ENOSPC, syscall.EDQUOT, s3err.GetAPIError(s3err.ErrNoSpaceLeftOnDevice), s3err.GetAPIError(s3err.ErrQuotaExceeded),
	} {
		if errors.Is(err, full) {
			return true
		}
	}
	return false
}
