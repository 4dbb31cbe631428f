package objects

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// EnsureBucket creates cfg.Bucket in cfg's region unless it is there. A bucket that belongs to somebody else is ErrDenied.
func EnsureBucket(ctx context.Context, cfg Config) error {
	if cfg.Bucket == "" {
		return fmt.Errorf("create bucket: no bucket named: %w", ErrInvalid)
	}
	s := newS3(cfg)
	defer s.release()
	_, err := s.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &cfg.Bucket})
	if err == nil {
		return nil
	}
	if err = s.failed("look for bucket", cfg.Bucket, err); !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrNoBucket) {
		return err
	}
	in := &s3.CreateBucketInput{Bucket: &cfg.Bucket}
	// us-east-1 is the one region that must not be named.
	if region := s.client.Options().Region; region != "us-east-1" && region != "" {
		in.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(region)}
	}
	_, err = s.client.CreateBucket(ctx, in)
	var mine *types.BucketAlreadyOwnedByYou
	if err != nil && !errors.As(err, &mine) {
		return s.failed("create bucket", cfg.Bucket, err)
	}
	return nil
}
