package local

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Ready is where a running ticklake is and what opens it, as written to a ready file. Absent parts are null.
type Ready struct {
	Kafka           *string `json:"kafka"`      // host:port
	KafkaSASL       bool    `json:"kafka_sasl"` // it wants the access key's id and secret, by SASL SCRAM-SHA-512
	S3              *string `json:"s3"`         // URLs, to operations
	Glue            *string `json:"glue"`
	Athena          *string `json:"athena"`
	STS             *string `json:"sts"`
	Web             *string `json:"web"`
	Operations      *string `json:"operations"`
	Region          string  `json:"region"`
	AccessKeyID     string  `json:"access_key_id"`
	SecretAccessKey string  `json:"secret_access_key"`
	Bucket          string  `json:"bucket"`
	Topic           string  `json:"topic"`
	Database        string  `json:"database"`
	Workgroup       string  `json:"workgroup"`
	OutputLocation  string  `json:"output_location"`
	DataDir         string  `json:"data_dir"`
	PID             int     `json:"pid"`
}

// Ready fills in what local knows; the rest is its caller's.
func (e Endpoints) Ready() Ready {
	part := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	return Ready{
		Kafka: part(e.Kafka), KafkaSASL: e.KafkaSASL, S3: part(e.S3), Glue: part(e.Glue), Athena: part(e.Athena), STS: part(e.STS),
		Region: e.Region, AccessKeyID: e.AccessKeyID, SecretAccessKey: e.SecretAccessKey, Bucket: e.Bucket,
		DataDir: e.DataDir, PID: os.Getpid(),
	}
}

// ReadyPath is where `ticklake up` leaves the ready file of a data directory.
func ReadyPath(dataDir string) string { return filepath.Join(dataDir, "ready.json") }

// WriteReady writes or replaces a ready file at once, readable by its owner alone.
func WriteReady(path string, r Ready) error {
	if err := writeJSON(path, r); err != nil {
		return fmt.Errorf("write ready file %s: %w", path, err)
	}
	return nil
}

// RemoveReady removes a ready file; that it is gone is no error.
func RemoveReady(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove ready file: %w", err)
	}
	return nil
}

// ReadReady reads a ready file of this user's. It says nothing about whether its writer lives: see Live.
func ReadReady(path string) (Ready, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return Ready{}, fmt.Errorf("read ready file: %w", err)
	}
	// Somebody else's file could send requests, and what is asked in them, anywhere.
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 || !ok || int(stat.Uid) != os.Geteuid() {
		return Ready{}, fmt.Errorf("read ready file %s: it must be a file that belongs to this user and that nobody else can read", path)
	}
	var r Ready
	if err := readJSON(path, &r); err != nil {
		return Ready{}, fmt.Errorf("read ready file: %w", err)
	}
	if r.DataDir == "" {
		return Ready{}, fmt.Errorf("read ready file %s: it names no data directory", path)
	}
	return r, nil
}

// Live tells whether somebody uses the data directory: its lock is held for as long as its owner lives.
func Live(dataDir string) (bool, error) {
	f, err := os.Open(filepath.Join(dataDir, "lock"))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look at lock: %w", err)
	}
	defer func() { _ = f.Close() }() // only read; closing unlocks
	// Readers hold it shared, and so it is free to them.
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("look at lock: %w", err)
	}
	return false, nil
}

// FindReady returns the ready files of those that live in the data directories below root, such as "data". What
// cannot be read is left out: it is not one of this user's.
func FindReady(root string) ([]Ready, error) {
	paths, err := filepath.Glob(filepath.Join(root, "*", "ready.json"))
	if err != nil {
		return nil, fmt.Errorf("look for ready files in %s: %w", root, err)
	}
	var found []Ready
	for _, path := range paths {
		r, err := ReadReady(path)
		if err != nil {
			continue
		}
		live, err := Live(r.DataDir)
		if err != nil || !live || !sameDir(r.DataDir, filepath.Dir(path)) {
			continue
		}
		found = append(found, r)
	}
	return found, nil
}

// sameDir keeps a copied directory from passing for the one that it was copied from.
func sameDir(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}
