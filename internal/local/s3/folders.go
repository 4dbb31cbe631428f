package s3

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
)

// disk is where durability ends: a test counts its calls, or lets them fail.
type disk interface {
	syncFile(f *os.File) error
	syncDir(path string) error
}

type realDisk struct{}

func (realDisk) syncFile(f *os.File) error { return f.Sync() }

func (realDisk) syncDir(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// folders syncs the folders that lead to an object, and remembers those whose own entry is on disk already: most
// objects go where others are.
type folders struct {
	root string
	disk disk

	// gate is held for reading from before an object is linked until its folders are synced, and for
	// writing while folders are removed.
	gate sync.RWMutex

	mu    sync.Mutex
	known map[string]bool // relative to root
}

func newFolders(root string, d disk) *folders {
	return &folders{root: root, disk: d, known: map[string]bool{}}
}

// maxKnown bounds memory; beyond it everything is synced and learned anew.
const maxKnown = 100_000

func (f *folders) hold() (release func()) {
	f.gate.RLock()
	return f.gate.RUnlock
}

func (f *folders) freeze() (release func()) {
	f.gate.Lock()
	return f.gate.Unlock
}

// sync makes the name of an object durable: the entries of new folders first, its own last.
func (f *folders) sync(bucket, key string) error {
	parents := parentsOf(bucket, key)
	for _, dir := range parents {
		if f.isKnown(dir) {
			continue
		}
		if err := f.disk.syncDir(filepath.Join(f.root, filepath.Dir(dir))); err != nil {
			return err
		}
		f.learn(dir)
	}
	return f.disk.syncDir(filepath.Join(f.root, parents[len(parents)-1]))
}

// parentsOf lists bucket/a, bucket/a/b … for a/b/c, outermost first, beginning with the bucket.
func parentsOf(bucket, key string) []string {
	var parents []string
	for dir := filepath.Dir(filepath.Join(bucket, key)); dir != "."; dir = filepath.Dir(dir) {
		parents = append([]string{dir}, parents...)
	}
	return parents
}

func (f *folders) isKnown(dir string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.known[dir]
}

func (f *folders) learn(dir string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.known) >= maxKnown {
		clear(f.known)
	}
	f.known[dir] = true
}

// makeWay removes the empty folders that stand where an object is to be: S3 has no folders.
func (f *folders) makeWay(bucket, key string) error {
	path := filepath.Join(f.root, bucket, key)
	if info, err := os.Lstat(path); err != nil || !info.IsDir() {
		return nil // the usual case, or what the link will find out
	}
	if has, err := hasObject(path); has || err != nil {
		return err
	}
	release := f.freeze()
	defer release()
	return f.prune(filepath.Join(bucket, key))
}

// prune removes dir, relative to root, and the folders in it as far as they are empty. The bucket's own stays. gate is held.
func (f *folders) prune(dir string) error {
	entries, err := os.ReadDir(filepath.Join(f.root, dir))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() && e.Name() != posix.MetaTmpDir {
			if err := f.prune(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	if filepath.Dir(dir) == "." {
		return nil
	}
	if _, err := (meta.XattrMeta{}).RetrieveAttribute(nil, filepath.Join(f.root, dir), "", "etag"); err == nil {
		return nil // somebody put it as such
	}
	f.forget(dir)
	if err := os.Remove(filepath.Join(f.root, dir)); err != nil && !errors.Is(err, syscall.ENOTEMPTY) && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (f *folders) forget(dir string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.known, dir)
}

// syncNearest makes a removal durable; the folder itself may be gone.
func (f *folders) syncNearest(bucket, key string) error {
	for dir := filepath.Dir(filepath.Join(bucket, key)); ; dir = filepath.Dir(dir) {
		err := f.disk.syncDir(filepath.Join(f.root, dir))
		if dir == "." || !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
			return err
		}
	}
}
