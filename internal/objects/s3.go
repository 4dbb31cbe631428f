package objects

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"ticklake/internal/awsclient"
)

// Config is where a bucket is and who asks.
type Config struct {
	// AWS has the region and the credentials, and an endpoint if it was loaded with one (AWS_ENDPOINT_URL_S3).
	// Its HTTP client, if any, is used as it is.
	AWS aws.Config
	// Endpoint, if not empty, is the URL of an S3 server other than AWS's own; buckets are then path parts.
	Endpoint string
	Bucket   string
}

// S3Store is a bucket of Amazon S3 or of another server that speaks its protocol.
type S3Store struct {
	client  *s3.Client
	release func()
	bucket  string
	where   string // as messages name it
}

// S3 returns the store of one bucket. It asks nothing of the server yet. Requests are sent once: repeating is Retry's.
func S3(cfg Config) (*S3Store, error) {
	if cfg.Bucket == "" {
		return nil, fmt.Errorf("open object store: no bucket named: %w", ErrInvalid)
	}
	return newS3(cfg), nil
}

func newS3(cfg Config) *S3Store {
	client, release := newClient(cfg)
	o := client.Options()
	return &S3Store{client: client, release: release, bucket: cfg.Bucket, where: awsclient.Where(aws.ToString(o.BaseEndpoint), o.Region)}
}

// newClient also returns what releases the client's idle connections.
func newClient(cfg Config) (*s3.Client, func()) {
	var transport aws.HTTPClient
	release := func() {}
	if cfg.AWS.HTTPClient == nil {
		transport = awshttp.NewBuildableClient().
			WithDialerOptions(func(d *net.Dialer) { d.Timeout = 5 * time.Second }).
			WithTransportOptions(func(t *http.Transport) { t.MaxIdleConnsPerHost = 64 }).
			WithReadTimeout(2 * time.Minute). // silence, not duration
			Freeze()
		if c, ok := transport.(interface{ CloseIdleConnections() }); ok {
			release = c.CloseIdleConnections
		}
	}
	return s3.NewFromConfig(cfg.AWS, func(o *s3.Options) {
		if cfg.Endpoint != "" {
			o.BaseEndpoint = aws.String(cfg.Endpoint)
		}
		o.UsePathStyle = o.BaseEndpoint != nil
		o.Retryer = aws.NopRetryer{}
		if transport != nil {
			o.HTTPClient = transport
		}
	}), release
}

// Close releases idle connections. The store is not to be used afterwards.
func (s *S3Store) Close() error {
	s.release()
	return nil
}

// Create implements Store. Length and CRC32C go ahead of the body, so that a server never keeps a part of it.
func (s *S3Store) Create(ctx context.Context, key string, body []byte, meta Meta) error {
	if err := checkCreate(key, meta); err != nil {
		return err
	}
	loan := lend(body)
	defer loan.end()
	_, err := s.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket:            &s.bucket,
		Key:               &key,
		Body:              loan,
		ContentLength:     aws.Int64(int64(len(body))),
		ContentType:       aws.String(contentType(key)),
		ChecksumAlgorithm: types.ChecksumAlgorithmCrc32c,
		ChecksumCRC32C:    aws.String(crc32c(body)),
		IfNoneMatch:       aws.String("*"),
		Metadata:          meta,
	})
	if err != nil {
		return s.failed("create", key, err)
	}
	return nil
}

func crc32c(body []byte) string {
	sum := crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli))
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, sum))
}

// contentType says what a browser or another tool should take an object for. Compressed files are named as such
// and not as a Content-Encoding, which some clients would silently undo.
func contentType(key string) string {
	switch ext := key[strings.LastIndexAny(key, "./")+1:]; ext {
	case "gz":
		return "application/gzip"
	case "csv":
		return "text/csv; charset=utf-8"
	case "json":
		return "application/json"
	case "jsonl":
		return "application/x-ndjson"
	case "parquet":
		return "application/vnd.apache.parquet"
	}
	return "application/octet-stream"
}

// Get implements Store.
func (s *S3Store) Get(ctx context.Context, key string) (io.ReadCloser, Info, error) {
	if err := checkReadKey(key); err != nil {
		return nil, Info{}, err
	}
	out, err := s.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.bucket, Key: &key})
	if err != nil {
		return nil, Info{}, s.failed("get", key, err)
	}
	return out.Body, Info{
		Key:      key,
		Size:     aws.ToInt64(out.ContentLength),
		ETag:     strings.Trim(aws.ToString(out.ETag), `"`),
		Modified: aws.ToTime(out.LastModified).UTC(),
		Meta:     lowerNames(out.Metadata),
	}, nil
}

// GetRange implements Store.
func (s *S3Store) GetRange(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if err := checkReadKey(key); err != nil {
		return nil, err
	}
	if err := checkRange(key, offset, length); err != nil {
		return nil, err
	}
	last := offset + length - 1
	if last < offset {
		last = 1<<63 - 1
	}
	out, err := s.client.GetObject(ctx, &s3.GetObjectInput{
		Bucket: &s.bucket, Key: &key,
		Range: aws.String(fmt.Sprintf("bytes=%d-%d", offset, last)),
	})
	if err != nil {
		return nil, s.failed("get range of", key, err)
	}
	return out.Body, nil
}

// Head implements Store.
func (s *S3Store) Head(ctx context.Context, key string) (Info, error) {
	if err := checkReadKey(key); err != nil {
		return Info{}, err
	}
	out, err := s.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &s.bucket, Key: &key})
	if err != nil {
		return Info{}, s.failed("head", key, err)
	}
	return Info{
		Key:      key,
		Size:     aws.ToInt64(out.ContentLength),
		ETag:     strings.Trim(aws.ToString(out.ETag), `"`),
		Modified: aws.ToTime(out.LastModified).UTC(),
		Meta:     lowerNames(out.Metadata),
	}, nil
}

// lowerNames undoes what servers do to the case of header names.
func lowerNames(meta map[string]string) Meta {
	if len(meta) == 0 {
		return nil
	}
	lower := make(Meta, len(meta))
	for name, value := range meta {
		lower[strings.ToLower(name)] = value
	}
	return lower
}

// List implements Store.
func (s *S3Store) List(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		for page, err := range s.pages(ctx, prefix, "") {
			if err != nil {
				yield(Info{}, err)
				return
			}
			for _, o := range page.Contents {
				info := Info{
					Key:      aws.ToString(o.Key),
					Size:     aws.ToInt64(o.Size),
					ETag:     strings.Trim(aws.ToString(o.ETag), `"`),
					Modified: aws.ToTime(o.LastModified).UTC(),
				}
				if !yield(info, nil) {
					return
				}
			}
		}
	}
}

// Folders implements Store.
func (s *S3Store) Folders(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for page, err := range s.pages(ctx, prefix, "/") {
			if err != nil {
				yield("", err)
				return
			}
			for _, p := range page.CommonPrefixes {
				name := strings.TrimSuffix(strings.TrimPrefix(aws.ToString(p.Prefix), prefix), "/")
				if !yield(name, nil) {
					return
				}
			}
		}
	}
}

func (s *S3Store) pages(ctx context.Context, prefix, delimiter string) iter.Seq2[*s3.ListObjectsV2Output, error] {
	in := &s3.ListObjectsV2Input{Bucket: &s.bucket, Prefix: &prefix}
	if delimiter != "" {
		in.Delimiter = &delimiter
	}
	return func(yield func(*s3.ListObjectsV2Output, error) bool) {
		for pages := s3.NewListObjectsV2Paginator(s.client, in); pages.HasMorePages(); {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(nil, s.failed("list", prefix, err))
				return
			}
			if !yield(page, nil) {
				return
			}
		}
	}
}

// Delete implements Store.
func (s *S3Store) Delete(ctx context.Context, key string) error {
	if err := checkReadKey(key); err != nil {
		return err
	}
	_, err := s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.bucket, Key: &key})
	if err != nil {
		return s.failed("delete", key, err)
	}
	return nil
}
