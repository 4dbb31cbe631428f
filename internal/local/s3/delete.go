package s3

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
)

// DeleteObject removes an object and leaves its folder: removing that as well, as versitygw does, would pull it away from
// under somebody who is about to create an object in it. Empty folders are not listed.
func (d *durable) DeleteObject(ctx context.Context, in *awss3.DeleteObjectInput) (*awss3.DeleteObjectOutput, error) {
	bucket, key := *in.Bucket, *in.Key
	if err := checkKey(strings.TrimSuffix(key, "/")); err != nil { // in a list of keys nobody has looked at them before
		return nil, s3err.GetAPIError(s3err.ErrInvalidURI)
	}
	if !d.plain(bucket, filepath.Dir(strings.TrimSuffix(key, "/"))) {
		return &awss3.DeleteObjectOutput{}, nil // it is no object
	}
	var err error
	if strings.HasSuffix(key, "/") || in.IfMatch != nil || in.IfMatchSize != nil || in.IfMatchLastModifiedTime != nil {
		err = d.deleteByGateway(ctx, in)
	} else {
		err = d.remove(bucket, key)
	}
	if err != nil {
		return nil, d.refuse("delete", bucket, key, err)
	}
	return &awss3.DeleteObjectOutput{}, nil
}

// remove deletes the file under key. That it is not there, or is a folder, is no error: then there is no such object.
func (d *durable) remove(bucket, key string) error {
	path := filepath.Join(d.root, bucket, key)
	info, err := os.Lstat(path)
	if err == nil && !info.IsDir() {
		err = os.Remove(path)
	}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		err = nil
	}
	if err != nil {
		return err
	}
	return d.folders.syncNearest(bucket, key)
}

// deleteByGateway is for folders' markers and for conditions.
func (d *durable) deleteByGateway(ctx context.Context, in *awss3.DeleteObjectInput) error {
	release := d.folders.freeze()
	defer release()
	_, err := d.files.DeleteObject(ctx, in)
	// Folders may have gone with it.
	for _, dir := range parentsOf(*in.Bucket, *in.Key) {
		d.folders.forget(dir)
	}
	if err != nil && !errors.Is(err, s3err.GetAPIError(s3err.ErrNoSuchKey)) {
		return err
	}
	return d.folders.syncNearest(*in.Bucket, *in.Key)
}

// DeleteObjects deletes up to 1,000 objects one by one.
func (d *durable) DeleteObjects(ctx context.Context, in *awss3.DeleteObjectsInput) (s3response.DeleteResult, error) {
	var res s3response.DeleteResult
	for _, o := range in.Delete.Objects {
		_, err := d.DeleteObject(ctx, &awss3.DeleteObjectInput{Bucket: in.Bucket, Key: o.Key})
		if err != nil {
			code, text := "InternalError", "The object could not be deleted."
			var api s3err.APIError
			if errors.As(err, &api) {
				code, text = api.Code, api.Description
			}
			res.Error = append(res.Error, types.Error{Key: o.Key, Code: &code, Message: &text})
			continue
		}
		if in.Delete.Quiet == nil || !*in.Delete.Quiet {
			res.Deleted = append(res.Deleted, types.DeletedObject{Key: o.Key, VersionId: o.VersionId})
		}
	}
	return res, nil
}
