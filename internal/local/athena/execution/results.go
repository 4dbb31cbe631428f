package execution

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"ticklake/internal/objects"
)

// ErrNoResult says that a result's object is not there any more.
var ErrNoResult = errors.New("result not found")

// Results is where answers are kept.
type Results interface {
	// Check says why nothing can be kept in a folder s3://bucket/prefix/, or nil.
	Check(folder string) error
	// Put writes an object of whose name there is none yet.
	Put(ctx context.Context, location string, body []byte) error
	// Read returns up to length bytes from offset on, which lies within the object; ErrNoResult if there is none.
	Read(ctx context.Context, location string, offset, length int64) (io.ReadCloser, error)
	// Empty tells whether a folder has no object.
	Empty(ctx context.Context, folder string) (bool, error)
	// Delete removes an object; that it is not there is no fault.
	Delete(ctx context.Context, location string) error
}

// InBucket keeps results in the one bucket that store is.
func InBucket(bucket string, store objects.Store) Results { return &bucketResults{bucket, store} }

type bucketResults struct {
	bucket string
	store  objects.Store
}

func (b *bucketResults) Check(folder string) error {
	key, err := b.key(folder)
	if err != nil {
		return err
	}
	// A result's name is an id of 36 characters and its ending.
	return objects.CheckKey(key + strings.Repeat("0", 36) + ".csv.metadata")
}

func (b *bucketResults) key(location string) (string, error) {
	bucket, key, err := splitLocation(location)
	if err != nil {
		return "", err
	}
	if bucket != b.bucket {
		return "", fmt.Errorf("bucket %.80q is not here (hint: results are written to s3://%s/…)", bucket, b.bucket)
	}
	return key, nil
}

// Put implements Results.
func (b *bucketResults) Put(ctx context.Context, location string, body []byte) error {
	key, err := b.key(location)
	if err != nil {
		return err
	}
	err = b.store.Create(ctx, key, body, nil)
	if errors.Is(err, objects.ErrExists) {
		return nil // the id in the name is random: an earlier try of ours, whose reply was lost
	}
	return err
}

// Read implements Results.
func (b *bucketResults) Read(ctx context.Context, location string, offset, length int64) (io.ReadCloser, error) {
	key, err := b.key(location)
	if err != nil {
		return nil, err
	}
	r, err := b.store.GetRange(ctx, key, offset, length)
	if errors.Is(err, objects.ErrNotFound) || errors.Is(err, objects.ErrRange) {
		return nil, fmt.Errorf("%w: %w", ErrNoResult, err)
	}
	return r, err
}

// Empty implements Results.
func (b *bucketResults) Empty(ctx context.Context, folder string) (bool, error) {
	key, err := b.key(folder)
	if err != nil {
		return false, err
	}
	for _, err := range b.store.List(ctx, key) {
		return false, err
	}
	return true, nil
}

// Delete implements Results.
func (b *bucketResults) Delete(ctx context.Context, location string) error {
	key, err := b.key(location)
	if err != nil {
		return err
	}
	return b.store.Delete(ctx, key)
}

// splitLocation takes s3://bucket/key apart; the key may be empty.
func splitLocation(location string) (bucket, key string, err error) {
	rest, ok := strings.CutPrefix(location, "s3://")
	bucket, key, _ = strings.Cut(rest, "/")
	if !ok || bucket == "" {
		return "", "", fmt.Errorf("output location %.200q is not s3://bucket/prefix/", location)
	}
	return bucket, key, nil
}
