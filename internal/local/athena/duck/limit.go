//go:build !race

package duck

import "golang.org/x/sys/unix"

// limitMemory bounds the memory that this process may write to, in bytes: what is more than it fails to be allocated.
func limitMemory(bytes int64) error {
	return unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: uint64(bytes), Max: uint64(bytes)})
}
