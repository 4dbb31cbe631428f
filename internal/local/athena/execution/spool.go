package execution

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"ticklake/internal/local/athena/trino"
)

const (
	// spoolMemory is what a result may have in memory, in bytes; a larger one goes to a file.
	spoolMemory = 1 << 20
	spoolBuffer = 256 << 10
)

// spool collects a result before it is stored: its length must be known first.
type spool struct {
	dir    string
	limit  int64
	buffer []byte
	file   *os.File
	size   int64
}

// add takes bytes that format appends to a buffer.
func (s *spool) add(row []*string, format func([]byte, []*string) []byte) error {
	before := len(s.buffer)
	s.buffer = format(s.buffer, row)
	return s.grown(before)
}

// Write implements io.Writer.
func (s *spool) Write(p []byte) (int, error) {
	before := len(s.buffer)
	s.buffer = append(s.buffer, p...)
	return len(p), s.grown(before)
}

// grown bounds what is kept, and sees to it that what is much is in a file.
func (s *spool) grown(before int) error {
	s.size += int64(len(s.buffer) - before)
	if s.size > s.limit {
		return &trino.Error{
			Name:    "EXCEEDED_RESULT_SIZE_LIMIT",
			Message: fmt.Sprintf("the result is larger than %d MiB, the most that is kept here: select fewer rows or columns", s.limit>>20),
		}
	}
	switch {
	case s.file == nil && len(s.buffer) <= spoolMemory, s.file != nil && len(s.buffer) < spoolBuffer:
		return nil
	case s.file == nil:
		if err := s.open(); err != nil {
			return err
		}
	}
	return s.flush()
}

// open makes a file without a name: it is gone with the process.
func (s *spool) open() error {
	f, err := os.CreateTemp(s.dir, "result-")
	if err != nil {
		return fmt.Errorf("make a file for the result: %w", err)
	}
	s.file = f
	if err := os.Remove(f.Name()); err != nil {
		return fmt.Errorf("make a file for the result: %w", err)
	}
	return nil
}

func (s *spool) flush() error {
	if _, err := s.file.Write(s.buffer); err != nil {
		return fmt.Errorf("keep the result until it is stored: %w", err)
	}
	s.buffer = s.buffer[:0]
	return nil
}

// body returns all bytes; they are there until close. A file's are mapped, so that they cost no memory of the process.
func (s *spool) body() (_ []byte, release func() error, err error) {
	if s.file == nil {
		return s.buffer, func() error { return nil }, nil
	}
	if err := s.flush(); err != nil {
		return nil, nil, err
	}
	mapped, err := unix.Mmap(int(s.file.Fd()), 0, int(s.size), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, nil, fmt.Errorf("read the result back: %w", err)
	}
	return mapped, func() error { return unix.Munmap(mapped) }, nil
}

func (s *spool) close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}
