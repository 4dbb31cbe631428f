package s3

import (
	"context"
	"os"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/s3response"
)

// What needs no durability of its own goes to versitygw's files as it is.

func (d *durable) String() string { return "ticklake" }

func (d *durable) Shutdown() { d.files.Shutdown() }

func (d *durable) NormalizeObjectKey(bucket, key string) string {
	return d.files.NormalizeObjectKey(bucket, key)
}

func (d *durable) ListBuckets(ctx context.Context, in s3response.ListBucketsInput) (s3response.ListAllMyBucketsResult, error) {
	return d.files.ListBuckets(ctx, in)
}

func (d *durable) HeadBucket(ctx context.Context, in *awss3.HeadBucketInput) (*awss3.HeadBucketOutput, error) {
	return d.files.HeadBucket(ctx, in)
}

func (d *durable) CreateBucket(ctx context.Context, in *awss3.CreateBucketInput, acl []byte) error {
	err := d.files.CreateBucket(ctx, in, acl)
	if err == nil {
		err = d.disk.syncDir(d.root)
	}
	return d.refuse("create bucket", *in.Bucket, "", err)
}

func (d *durable) DeleteBucket(ctx context.Context, bucket string) error {
	release := d.folders.freeze()
	defer release()
	err := d.folders.prune(bucket)
	if err == nil {
		err = d.files.DeleteBucket(ctx, bucket)
	}
	if err == nil {
		err = d.disk.syncDir(d.root)
	}
	return d.refuse("delete bucket", bucket, "", err)
}

// These are asked for with every request, to decide what it may do.

func (d *durable) GetBucketAcl(ctx context.Context, in *awss3.GetBucketAclInput) ([]byte, error) { //nolint:revive // versitygw's name
	return d.files.GetBucketAcl(ctx, in)
}

func (d *durable) GetBucketPolicy(ctx context.Context, bucket string) ([]byte, error) {
	return d.files.GetBucketPolicy(ctx, bucket)
}

func (d *durable) GetBucketOwnershipControls(ctx context.Context, bucket string) (types.ObjectOwnership, error) {
	return d.files.GetBucketOwnershipControls(ctx, bucket)
}

func (d *durable) GetBucketCors(ctx context.Context, bucket string) ([]byte, error) {
	return d.files.GetBucketCors(ctx, bucket)
}

func (d *durable) GetBucketVersioning(ctx context.Context, bucket string) (s3response.GetBucketVersioningOutput, error) {
	return d.files.GetBucketVersioning(ctx, bucket)
}

func (d *durable) GetObjectLockConfiguration(ctx context.Context, bucket string) ([]byte, error) {
	return d.files.GetObjectLockConfiguration(ctx, bucket)
}

func (d *durable) GetObjectRetention(ctx context.Context, bucket, key, version string) ([]byte, error) {
	return d.files.GetObjectRetention(ctx, bucket, key, version)
}

func (d *durable) GetObjectLegalHold(ctx context.Context, bucket, key, version string) (*bool, error) {
	return d.files.GetObjectLegalHold(ctx, bucket, key, version)
}

// Reading.

func (d *durable) HeadObject(ctx context.Context, in *awss3.HeadObjectInput) (*awss3.HeadObjectOutput, error) {
	if err := d.found(*in.Bucket, *in.Key); err != nil {
		return nil, err
	}
	out, err := d.files.HeadObject(ctx, in)
	return out, d.refuse("head", *in.Bucket, *in.Key, err)
}

func (d *durable) GetObject(ctx context.Context, in *awss3.GetObjectInput) (*awss3.GetObjectOutput, error) {
	if err := d.found(*in.Bucket, *in.Key); err != nil {
		return nil, err
	}
	out, err := d.files.GetObject(ctx, in)
	return out, d.refuse("get", *in.Bucket, *in.Key, err)
}

func (d *durable) GetObjectAttributes(ctx context.Context, in *awss3.GetObjectAttributesInput) (s3response.GetObjectAttributesResponse, error) {
	if err := d.found(*in.Bucket, *in.Key); err != nil {
		return s3response.GetObjectAttributesResponse{}, err
	}
	out, err := d.files.GetObjectAttributes(ctx, in)
	return out, d.refuse("get attributes of", *in.Bucket, *in.Key, err)
}

// Uploads under way are not promised to survive a power cut, only what is completed of them.

func (d *durable) CreateMultipartUpload(ctx context.Context, in s3response.CreateMultipartUploadInput) (s3response.InitiateMultipartUploadResult, error) {
	err := d.placeable(*in.Bucket, *in.Key)
	if err == nil {
		err = fits(in.Metadata, in.ContentType, in.ContentEncoding, in.ContentDisposition, in.ContentLanguage, in.CacheControl, in.Expires)
	}
	if err != nil {
		return s3response.InitiateMultipartUploadResult{}, err
	}
	out, err := d.files.CreateMultipartUpload(ctx, in)
	return out, d.refuse("create upload", *in.Bucket, *in.Key, err)
}

func (d *durable) UploadPart(ctx context.Context, in *awss3.UploadPartInput) (*awss3.UploadPartOutput, error) {
	want := in.ContentLength
	out, err := d.files.UploadPartWithPostFunc(ctx, in, func(f *os.File) error { return checkLength(f, want) })
	return out, d.refuse("upload part", *in.Bucket, *in.Key, err)
}

func (d *durable) UploadPartCopy(ctx context.Context, in *awss3.UploadPartCopyInput) (s3response.CopyPartResult, error) {
	if err := d.source(in.CopySource); err != nil {
		return s3response.CopyPartResult{}, err
	}
	out, err := d.files.UploadPartCopy(ctx, in)
	return out, d.refuse("copy part", *in.Bucket, *in.Key, err)
}

func (d *durable) AbortMultipartUpload(ctx context.Context, in *awss3.AbortMultipartUploadInput) error {
	return d.refuse("abort upload", *in.Bucket, *in.Key, d.files.AbortMultipartUpload(ctx, in))
}

func (d *durable) ListMultipartUploads(ctx context.Context, in *awss3.ListMultipartUploadsInput) (s3response.ListMultipartUploadsResult, error) {
	out, err := d.files.ListMultipartUploads(ctx, in)
	return out, d.refuse("list uploads", *in.Bucket, "", err)
}

func (d *durable) ListParts(ctx context.Context, in *awss3.ListPartsInput) (s3response.ListPartsResult, error) {
	out, err := d.files.ListParts(ctx, in)
	return out, d.refuse("list parts", *in.Bucket, *in.Key, err)
}
