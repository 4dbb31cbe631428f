package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"ticklake/internal/local/athena/duck"
	"ticklake/internal/local/athena/trino"
	"ticklake/internal/objects"
)

// maxFiles bounds what one location may hold.
const maxFiles = 1_000_000

// Folders finds objects where each bucket is a folder of root, as the embedded S3 server keeps them.
func Folders(root string) duck.Objects { return folders{root} }

type folders struct{ root string }

// Files implements duck.Objects: the objects whose keys begin with the location's, as one folder and those below.
// What begins with "_" or "." is hidden, as in Hive. A location without objects has none.
func (f folders) Files(ctx context.Context, location string) ([]duck.File, error) {
	dir, err := f.dir(location)
	if err != nil {
		return nil, err
	}
	var files []duck.File
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // it went meanwhile, or never was
		case err != nil:
			return err
		case path != dir && strings.ContainsRune("_.", rune(d.Name()[0])):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return ctx.Err()
		case !d.Type().IsRegular():
			return nil // the server makes none; a link might lead out of the bucket
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if info.Size() == 0 {
			return nil // no format has rows in no bytes; and some tools mark folders so
		}
		if len(files) == maxFiles {
			return &trino.Error{Name: trino.NotSupported, Message: fmt.Sprintf("a location of more than %d objects is not supported", maxFiles)}
		}
		files = append(files, duck.File{Path: path, Size: info.Size(), URI: f.uri(path)})
		return nil
	})
	if err != nil {
		var fault *trino.Error
		if errors.As(err, &fault) || ctx.Err() != nil {
			return nil, err
		}
		return nil, fmt.Errorf("list %s: %w", location, err)
	}
	return files, nil
}

// dir is the folder of a location; a key that no object can have is refused.
func (f folders) dir(location string) (string, error) {
	rest, ok := strings.CutPrefix(location, "s3://")
	bucket, key, _ := strings.Cut(strings.TrimRight(rest, "/"), "/")
	if !ok || bucket == "" {
		return "", &trino.Error{Name: trino.NotSupported, Message: fmt.Sprintf("the location %.200q is not supported", location), Hint: "tables lie in s3://bucket/prefix/"}
	}
	if err := objects.CheckKey(bucket + "/x"); err != nil || strings.HasPrefix(bucket, ".") {
		return "", &trino.Error{Name: trino.NotSupported, Message: fmt.Sprintf("the location %.200q is not supported", location)}
	}
	dir := filepath.Join(f.root, bucket)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return "", &trino.Error{Name: trino.NotSupported, Message: fmt.Sprintf("bucket %.80q, which is not one of this machine's, is not supported", bucket), Hint: "tables are read from the embedded S3 server's buckets"}
	}
	if key == "" {
		return dir, nil
	}
	if err := objects.CheckKey(key); err != nil {
		return "", &trino.Error{Name: trino.NotSupported, Message: fmt.Sprintf("the location %.200q is not supported", location)}
	}
	return filepath.Join(dir, filepath.FromSlash(key)), nil
}

func (f folders) uri(path string) string {
	rel, err := filepath.Rel(f.root, path)
	if err != nil {
		return "s3://" // both are below root
	}
	return "s3://" + filepath.ToSlash(rel)
}
