package engine

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ticklake/internal/local/athena/duck"
	"ticklake/internal/local/athena/trino"
)

func TestFilesBelowALocationAreFound(t *testing.T) {
	root := t.TempDir()
	for path, body := range map[string]string{
		"lake/t/dt=1/a.csv": "12", "lake/t/dt=1/b.csv": "1", "lake/t/dt=2/deep/c.csv": "123", "lake/t/dt=1/_tmp": "x", "lake/t/.hidden/d": "x",
		"lake/t/_ticklake/e": "x", "lake/t/dt=1/empty": "", "lake/t2/f": "x", "other/g": "x",
	} {
		path = filepath.Join(root, path)
		must(t, os.MkdirAll(filepath.Dir(path), 0o700))
		must(t, os.WriteFile(path, []byte(body), 0o600))
	}
	must(t, os.Symlink(filepath.Join(root, "other", "g"), filepath.Join(root, "lake", "t", "link")))
	must(t, os.Symlink(filepath.Join(root, "other"), filepath.Join(root, "lake", "t", "links")))
	file := func(path string, size int64) duck.File {
		return duck.File{Path: filepath.Join(root, path), Size: size, URI: "s3://" + path}
	}
	for _, tt := range []struct {
		in   string
		want []duck.File
	}{
		{"s3://lake/t/", []duck.File{file("lake/t/dt=1/a.csv", 2), file("lake/t/dt=1/b.csv", 1), file("lake/t/dt=2/deep/c.csv", 3)}},
		{"s3://lake/t/dt=2", []duck.File{file("lake/t/dt=2/deep/c.csv", 3)}},
		{"s3://lake/t/dt=3/", nil},
		{"s3://other", []duck.File{file("other/g", 1)}},
	} {
		got, err := Folders(root).Files(t.Context(), tt.in)
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Error(tt.in, err, diff)
		}
	}
	for _, in := range []string{"", "s3://", "/etc/", "s3://../etc/", "s3://lake/../../etc/", "s3://lake/t/./", "s3://./lake", "s3://lake//t", "s3://elsewhere/t/", "s3://lake/\x00", "s3:///etc"} {
		_, err := Folders(root).Files(t.Context(), in)
		var fault *trino.Error
		if !errors.As(err, &fault) || fault.Name != trino.NotSupported {
			t.Errorf("%q: %v", in, err)
		}
	}
}
