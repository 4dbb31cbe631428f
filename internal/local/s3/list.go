package s3

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/s3response"
)

// ListObjects lists by marker.
func (d *durable) ListObjects(ctx context.Context, in *awss3.ListObjectsInput) (s3response.ListObjectsResult, error) {
	out, err := d.files.ListObjects(ctx, in)
	if err == nil && !d.plainFolder(*in.Bucket, deref(in.Prefix)) {
		out.Contents, out.CommonPrefixes, out.IsTruncated, out.NextMarker = nil, nil, nil, nil
	}
	if err == nil {
		out.Contents = d.plainObjects(*in.Bucket, out.Contents)
		out.CommonPrefixes, err = d.withObjects(*in.Bucket, in.Delimiter, out.CommonPrefixes)
	}
	return out, d.refuse("list", *in.Bucket, "", err)
}

// ListObjectsV2 lists by continuation token.
func (d *durable) ListObjectsV2(ctx context.Context, in *awss3.ListObjectsV2Input) (s3response.ListObjectsV2Result, error) {
	out, err := d.files.ListObjectsV2(ctx, in)
	if err == nil && !d.plainFolder(*in.Bucket, deref(in.Prefix)) {
		out.Contents, out.CommonPrefixes, out.IsTruncated, out.NextContinuationToken = nil, nil, nil, nil
	}
	if err == nil {
		out.Contents = d.plainObjects(*in.Bucket, out.Contents)
		out.CommonPrefixes, err = d.withObjects(*in.Bucket, in.Delimiter, out.CommonPrefixes)
		if out.KeyCount != nil {
			*out.KeyCount = int32(len(out.Contents) + len(out.CommonPrefixes))
		}
	}
	return out, d.refuse("list", *in.Bucket, "", err)
}

// withObjects drops the prefixes that are folders without an object: a crash leaves such a folder between making it and
// linking the object, and S3 has no folders at all.
func (d *durable) withObjects(bucket string, delimiter *string, prefixes []types.CommonPrefix) ([]types.CommonPrefix, error) {
	if delimiter == nil || *delimiter != "/" {
		return prefixes, nil
	}
	var failed error
	kept := slices.DeleteFunc(prefixes, func(p types.CommonPrefix) bool {
		has, err := hasObject(filepath.Join(d.root, bucket, *p.Prefix))
		failed = errors.Join(failed, err)
		return !has
	})
	return kept, failed
}

// hasObject reads no more of a folder than it takes to find one.
func hasObject(dir string) (bool, error) {
	f, err := os.Open(dir)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil // it went meanwhile
	}
	if err != nil {
		return false, err
	}
	defer func() { _ = f.Close() }() // only read
	if info, err := f.Stat(); err != nil || !info.IsDir() {
		return err == nil, err
	}
	// A folder that was put as such has an ETag.
	if _, err := (meta.XattrMeta{}).RetrieveAttribute(f, "", "", "etag"); err == nil {
		return true, nil
	}
	for {
		entries, err := f.ReadDir(16)
		for _, e := range entries {
			if e.Type().IsRegular() {
				return true, nil
			}
			if !e.IsDir() {
				continue // a link, a pipe: no object
			}
			if has, err := hasObject(filepath.Join(dir, e.Name())); has || err != nil {
				return has, err
			}
		}
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
}
