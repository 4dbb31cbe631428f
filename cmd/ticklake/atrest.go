package main

import (
	"context"
	"crypto/rand"
	"errors"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"ticklake/internal/local"
	"ticklake/internal/local/s3"
	"ticklake/internal/objects"
)

// storeAtRest serves the bucket of a data directory that nobody uses, to this process alone.
func storeAtRest(ctx context.Context, dataDir, bucket string) (_ objects.Store, closeStore func(), err error) {
	dir, err := local.OpenDirRead(dataDir)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, dir.Close())
		}
	}()
	id, secret := "TICKLAKE"+rand.Text()[:12], rand.Text()+rand.Text()
	server, err := s3.Open(ctx, s3.Config{
		Dir: filepath.Join(dir.Path(), "s3"), ReadOnly: true, AccessKeyID: id, SecretAccessKey: secret, Listen: "127.0.0.1:0",
	})
	if err != nil {
		return nil, nil, err
	}
	store, err := objects.S3(objects.Config{
		AWS:      aws.Config{Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider(id, secret, "")},
		Endpoint: server.Endpoint(), Bucket: bucket,
	})
	if err != nil {
		return nil, nil, errors.Join(err, server.Close())
	}
	return store, func() {
		_ = errors.Join(store.Close(), server.Close(), dir.Close()) // only read
	}, nil
}
