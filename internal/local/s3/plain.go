package s3

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
)

// plain tells whether key leads through nothing but folders to nothing but a file or a folder, as far as they are there.
// Links would lead out of the bucket, and opening a pipe would wait for somebody to write. The bucket itself may be a link:
// that is how its owner keeps it on another disk.
func (d *durable) plain(bucket, key string) bool {
	path := filepath.Join(d.root, bucket)
	for part := range strings.SplitSeq(strings.Trim(key, "/"), "/") {
		path = filepath.Join(path, part)
		info, err := os.Lstat(path)
		if err != nil {
			return true // what is not there leads nowhere
		}
		if !info.IsDir() {
			return info.Mode().IsRegular()
		}
	}
	return true
}

// found returns S3's error for reading what is not plain: no such object.
func (d *durable) found(bucket, key string) error {
	if !d.plain(bucket, key) {
		return s3err.GetAPIError(s3err.ErrNoSuchKey)
	}
	return nil
}

// placeable returns S3's error for writing where something that is not plain stands in the way.
func (d *durable) placeable(bucket, key string) error {
	if !d.plain(bucket, key) {
		return s3err.GetAPIError(s3err.ErrObjectParentIsFile)
	}
	return nil
}

// source checks what is to be copied from.
func (d *durable) source(copySource *string) error {
	bucket, key, _, err := backend.ParseCopySource(deref(copySource))
	if err != nil {
		return err
	}
	if checkBucket(bucket) != nil || checkKey(strings.TrimSuffix(key, "/")) != nil {
		return s3err.GetAPIError(s3err.ErrNoSuchKey)
	}
	return d.found(bucket, key)
}

// plainObjects leaves out of a listing what is not plain. The way there is: the listing does not follow links.
func (d *durable) plainObjects(bucket string, listed []s3response.Object) []s3response.Object {
	return slices.DeleteFunc(listed, func(o s3response.Object) bool {
		info, err := os.Lstat(filepath.Join(d.root, bucket, deref(o.Key)))
		return err == nil && !info.IsDir() && !info.Mode().IsRegular()
	})
}

// plainFolder tells whether nothing but folders lead to the objects that begin with prefix.
func (d *durable) plainFolder(bucket, prefix string) bool {
	folder := prefix[:strings.LastIndexByte(prefix, '/')+1]
	return !fs.ValidPath(strings.Trim(folder, "/")) || d.plain(bucket, folder)
}

// maxAttributes is what a client may have stored beside an object, in bytes. ext4 has one block of 4 KiB for that and for
// what versitygw adds, and calls what goes beyond it a full disk.
const maxAttributes = 3 << 10

// fits returns S3's error for more metadata than can be stored.
func fits(metadata map[string]string, headers ...*string) error {
	size := 0
	if len(metadata) > 0 {
		attr, err := json.Marshal(metadata)
		if err != nil {
			return err
		}
		size = len(attr)
	}
	for _, h := range headers {
		size += len(deref(h))
	}
	if size > maxAttributes {
		return s3err.GetMetadataTooLargeErr(size, maxAttributes)
	}
	return nil
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
