// Package objects is the seam to the object store: one bucket of S3, or what stands for it in a test.
//
// An object is created once and never changed. Everything that the lake promises rests on that,
// so the contract has no overwrite, and its conformance suite (objectstest) is run on every implementation.
// Behaviour composes: Retry(Trace(store, …), …).
package objects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"
	"unicode/utf8"
)

var (
	// ErrExists says that Create found the key taken.
	ErrExists = errors.New("object exists")
	// ErrNotFound says that there is no object under the key.
	ErrNotFound = errors.New("object not found")
	// ErrNoBucket says that the bucket itself is not there.
	ErrNoBucket = errors.New("bucket not found")
	// ErrDenied says that the store refuses these credentials, or knows none for this request.
	ErrDenied = errors.New("access denied")
	// ErrInvalid says that the request can never succeed as it stands: a malformed key, metadata or range.
	ErrInvalid = errors.New("invalid request")
	// ErrRange says that a range begins at or behind the object's end.
	ErrRange = errors.New("range not satisfiable")
	// ErrKeyConflict says that a store of folders cannot hold the key because it holds "p" where
	// "p/q" is asked for, or the reverse.
	ErrKeyConflict = errors.New("key conflicts with an object that is also a folder of it")
)

// Limits of the contract. The first two are S3's; a part of a key is a folder's or a file's name where the
// store is a folder.
const (
	MaxKeyBytes     = 1024
	MaxMetaBytes    = 2048
	MaxKeyPartBytes = 255
)

// Store is one bucket. All methods may be called concurrently.
type Store interface {
	// Create writes key once (S3's If-None-Match: *). It returns ErrExists when key is there, also when an
	// earlier request whose reply was lost had written it. ErrInvalid and ErrKeyConflict say that the object was
	// not written; any other error says nothing about whether it exists. The caller may reuse body as soon as Create returns.
	Create(ctx context.Context, key string, body []byte, meta Meta) error

	// Get reads a whole object; ErrNotFound if there is none. The caller closes the reader, which fails
	// with io.ErrUnexpectedEOF rather than end early.
	Get(ctx context.Context, key string) (io.ReadCloser, Info, error)

	// GetRange reads length bytes from offset on, fewer where the object ends before; ErrRange if it begins
	// behind the last byte. length is at least 1.
	GetRange(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error)

	// Head returns what is known of an object without its bytes; ErrNotFound if there is none.
	Head(ctx context.Context, key string) (Info, error)

	// List yields every object whose key begins with prefix, in no promised order and without Meta.
	// An error is yielded once, as the last element.
	List(ctx context.Context, prefix string) iter.Seq2[Info, error]

	// Folders yields once each name that stands between prefix and the next "/" in some key (S3's common
	// prefixes with the delimiter "/", stripped of both), in no promised order.
	Folders(ctx context.Context, prefix string) iter.Seq2[string, error]

	// Delete removes an object; that it is absent already is no error.
	Delete(ctx context.Context, key string) error
}

// Meta is an object's user metadata: names in lower case without the "x-amz-meta-", values of printable ASCII.
type Meta map[string]string

// Info describes an object.
type Info struct {
	Key      string
	Size     int64     // bytes
	ETag     string    // as the store gives it, without quotes
	Modified time.Time // UTC; zero where the store does not say
	Meta     Meta      // nil from List
}

// CheckKey returns ErrInvalid unless key can be created in every implementation: 1 to 1,024 bytes of UTF-8
// without control characters, whose parts between slashes are 1 to 255 bytes and neither "." nor "..".
func CheckKey(key string) error {
	if err := checkReadKey(key); err != nil {
		return err
	}
	for _, r := range key {
		if r < 0x20 || r == 0x7f {
			return fmt.Errorf("key %.80q has a control character: %w", key, ErrInvalid)
		}
	}
	for part := range strings.SplitSeq(key, "/") {
		switch {
		case part == "", part == ".", part == "..":
			return fmt.Errorf("key %.80q has the part %q between slashes: %w", key, part, ErrInvalid)
		case len(part) > MaxKeyPartBytes:
			return fmt.Errorf("key %.80q has a part of %d bytes, at most %d are allowed: %w", key, len(part), MaxKeyPartBytes, ErrInvalid)
		}
	}
	return nil
}

// checkReadKey holds for keys that others may have written: a bucket may have "a//b" or "a/".
func checkReadKey(key string) error {
	switch {
	case key == "":
		return fmt.Errorf("key is empty: %w", ErrInvalid)
	case len(key) > MaxKeyBytes:
		return fmt.Errorf("key %.80q… has %d bytes, at most %d are allowed: %w", key, len(key), MaxKeyBytes, ErrInvalid)
	case !utf8.ValidString(key):
		return fmt.Errorf("key %.80q is not UTF-8: %w", key, ErrInvalid)
	}
	return nil
}

// CheckMeta returns ErrInvalid unless meta survives a round trip through HTTP headers unchanged: names of
// a–z, 0–9, "-" and "_"; values of printable ASCII that neither begin nor end with a space; 2,048 bytes in all.
func CheckMeta(meta Meta) error {
	total := 0
	for name, value := range meta {
		if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return fmt.Errorf("metadata name %.80q is not of a-z, 0-9, - and _: %w", name, ErrInvalid)
		}
		if strings.Trim(value, " ") != value {
			return fmt.Errorf("metadata %s begins or ends with a space: %w", name, ErrInvalid)
		}
		for i := range len(value) {
			if value[i] < 0x20 || value[i] > 0x7e {
				return fmt.Errorf("metadata %s is not printable ASCII: %.80q: %w", name, value, ErrInvalid)
			}
		}
		total += len(name) + len(value)
	}
	if total > MaxMetaBytes {
		return fmt.Errorf("metadata has %d bytes, at most %d are allowed: %w", total, MaxMetaBytes, ErrInvalid)
	}
	return nil
}

func checkRange(key string, offset, length int64) error {
	if offset < 0 || length < 1 {
		return fmt.Errorf("range of %d bytes from %d in %q: %w", length, offset, key, ErrInvalid)
	}
	return nil
}

func checkCreate(key string, meta Meta) error {
	if err := CheckKey(key); err != nil {
		return err
	}
	return CheckMeta(meta)
}

// ReadAll reads a whole object of at most limit bytes into memory; a larger one is ErrInvalid.
func ReadAll(ctx context.Context, s Store, key string, limit int64) (body []byte, info Info, err error) {
	r, info, err := s.Get(ctx, key)
	if err != nil {
		return nil, Info{}, err
	}
	defer func() {
		if cerr := r.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("close %q: %w", key, cerr)
		}
	}()
	if info.Size > limit {
		return nil, info, fmt.Errorf("%q has %d bytes, at most %d are read: %w", key, info.Size, limit, ErrInvalid)
	}
	body = make([]byte, info.Size)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, info, fmt.Errorf("read %q: %w", key, err)
	}
	return body, info, nil
}
