package local

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// format is the version of the data directory's form that this program writes.
const format = 1

var (
	// ErrInUse says that a data directory is locked; the error is an *InUseError.
	ErrInUse = errors.New("data directory is in use")
	// ErrNewer says that a newer program has written the data directory.
	ErrNewer = errors.New("data directory is of a newer version")
	// ErrNotData says that a directory is none of ours.
	ErrNotData = errors.New("not a ticklake data directory")
)

// Owner is who has a data directory locked.
type Owner struct {
	PID     int       `json:"pid"`
	Command string    `json:"command"`
	Since   time.Time `json:"since"`
}

// InUseError names who has the directory; Owner is zero if it is one or more readers.
type InUseError struct {
	Path  string
	Owner Owner
}

// Error implements error.
func (e *InUseError) Error() string {
	if e.Owner.PID == 0 {
		return fmt.Sprintf("data directory %s is being read (hint: wait until `ticklake verify` on it has ended)", e.Path)
	}
	return fmt.Sprintf("data directory %s is in use by %q, process %d, since %s (hint: stop it, or take another directory with --data)",
		e.Path, e.Owner.Command, e.Owner.PID, e.Owner.Since.Format(time.RFC3339))
}

// Unwrap makes it ErrInUse.
func (e *InUseError) Unwrap() error { return ErrInUse }

// Dir is a locked data directory.
type Dir struct {
	path   string
	lock   *os.File
	shared bool
}

type version struct {
	Format  int       `json:"format"`
	Created time.Time `json:"created"`
}

// OpenDir makes the directory unless it is there, and takes it for command alone.
func OpenDir(path, command string) (*Dir, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open data directory %s: %w", path, err)
	}
	if err := makeDir(path); err != nil {
		return nil, explain(path, err)
	}
	f, err := os.OpenFile(filepath.Join(path, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, explain(path, err)
	}
	d := &Dir{path: path, lock: f}
	if err := d.lockAlone(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if err := d.take(command); err != nil {
		return nil, errors.Join(explain(path, err), f.Close())
	}
	return d, nil
}

// OpenDirRead takes a directory at rest for reading: others may read it meanwhile, nobody may use it. It writes nothing.
func OpenDirRead(path string) (*Dir, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open data directory %s: %w", path, err)
	}
	f, err := os.Open(filepath.Join(path, "lock"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("open data directory %s: %w (hint: it has no lock file; is the path right?)", path, ErrNotData)
	}
	if err != nil {
		return nil, explain(path, err)
	}
	d := &Dir{path: path, lock: f, shared: true}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(d.lockError(err), f.Close())
	}
	if err := checkVersion(path); err != nil {
		return nil, errors.Join(explain(path, err), f.Close())
	}
	return d, nil
}

// Path is the directory's absolute path.
func (d *Dir) Path() string { return d.path }

// Close unlocks the directory.
func (d *Dir) Close() error {
	var err error
	if !d.shared {
		err = d.lock.Truncate(0) // nobody's any more
	}
	return errors.Join(err, d.lock.Close())
}

// makeDir makes a directory that only its owner can enter, or closes one that others could.
func makeDir(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	// A directory of something else is not to be touched before it is known to be ours.
	if err := checkOurs(path); err != nil {
		return err
	}
	return os.Chmod(path, 0o700)
}

// checkOurs returns ErrNotData for a directory that has other things in it and no version.
func checkOurs(path string) error {
	if _, err := os.Stat(filepath.Join(path, "ticklake.json")); err == nil || !errors.Is(err, os.ErrNotExist) {
		return err
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() != "lock" && e.Name() != "lost+found" {
			return fmt.Errorf("%w: it has %q in it (hint: name an empty or a new directory with --data)", ErrNotData, e.Name())
		}
	}
	return nil
}

// take checks or makes the version file, and signs the lock.
func (d *Dir) take(command string) error {
	if err := checkOurs(d.path); err != nil {
		return err
	}
	err := checkVersion(d.path)
	if errors.Is(err, os.ErrNotExist) {
		err = writeJSON(filepath.Join(d.path, "ticklake.json"), version{Format: format, Created: time.Now().UTC().Truncate(time.Second)})
	}
	if err != nil {
		return err
	}
	owner, err := json.Marshal(Owner{PID: os.Getpid(), Command: command, Since: time.Now().UTC().Truncate(time.Second)})
	if err != nil {
		return err
	}
	if err := d.lock.Truncate(0); err != nil {
		return err
	}
	_, err = d.lock.WriteAt(append(owner, '\n'), 0)
	return err
}

func checkVersion(path string) error {
	var v version
	if err := readJSON(filepath.Join(path, "ticklake.json"), &v); err != nil {
		return err
	}
	if v.Format > format {
		return fmt.Errorf("%w: format %d, this program knows %d (hint: upgrade ticklake)", ErrNewer, v.Format, format)
	}
	if v.Format < 1 {
		return fmt.Errorf("ticklake.json has no format: %w", ErrNotData)
	}
	return nil
}

// lockAlone waits a little for those who only look whether somebody lives (Live).
func (d *Dir) lockAlone() error {
	for attempt := 0; ; attempt++ {
		err := syscall.Flock(int(d.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return nil
		}
		err = d.lockError(err)
		var in *InUseError
		if !errors.As(err, &in) || in.Owner.PID != 0 || attempt == 20 {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// lockError says who holds the lock.
func (d *Dir) lockError(err error) error {
	if !errors.Is(err, syscall.EWOULDBLOCK) {
		return fmt.Errorf("lock data directory %s: %w", d.path, err)
	}
	in := &InUseError{Path: d.path}
	p, rerr := io.ReadAll(io.NewSectionReader(d.lock, 0, maxJSON))
	if rerr != nil || json.Unmarshal(p, &in.Owner) != nil || !alive(in.Owner.PID) {
		in.Owner = Owner{} // left by one that was killed, so the lock is a reader's
	}
	return in
}

func alive(pid int) bool {
	if pid < 1 {
		return false
	}
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// explain adds what to try to what the system says.
func explain(path string, err error) error {
	hint := ""
	switch {
	case errors.Is(err, syscall.ENOTDIR):
		hint = " (hint: there is a file where the directory, or one above it, should be)"
	case errors.Is(err, syscall.EROFS), errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		hint = " (hint: it must be writable by this user; take another with --data)"
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		hint = " (hint: free some space, or take a directory on another disk with --data)"
	}
	return fmt.Errorf("open data directory %s: %w%s", path, err, hint)
}
