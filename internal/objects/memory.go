package objects

import (
	"bytes"
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// MemoryStore is a Store in memory, for tests and for what lives as long as the process.
type MemoryStore struct {
	mu      sync.RWMutex
	objects map[string]memoryObject
}

type memoryObject struct {
	body []byte // never changed
	info Info
}

// Memory returns an empty MemoryStore. It lists in descending order, so that nobody relies on S3's.
func Memory() *MemoryStore {
	return &MemoryStore{objects: map[string]memoryObject{}}
}

// Create implements Store.
func (m *MemoryStore) Create(ctx context.Context, key string, body []byte, meta Meta) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("create %q: %w", key, err)
	}
	if err := checkCreate(key, meta); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.objects[key]; ok {
		return fmt.Errorf("create %q: %w", key, ErrExists)
	}
	info := Info{
		Key:      key,
		Size:     int64(len(body)),
		ETag:     fmt.Sprintf("%08x-%d", crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)), len(body)),
		Modified: time.Now().UTC().Truncate(time.Second),
		Meta:     maps.Clone(meta),
	}
	m.objects[key] = memoryObject{body: bytes.Clone(body), info: info}
	return nil
}

// Get implements Store.
func (m *MemoryStore) Get(ctx context.Context, key string) (io.ReadCloser, Info, error) {
	o, err := m.find(ctx, "get", key)
	if err != nil {
		return nil, Info{}, err
	}
	return io.NopCloser(bytes.NewReader(o.body)), o.info, nil
}

// GetRange implements Store.
func (m *MemoryStore) GetRange(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if err := checkRange(key, offset, length); err != nil {
		return nil, err
	}
	o, err := m.find(ctx, "get range of", key)
	if err != nil {
		return nil, err
	}
	if offset >= o.info.Size {
		return nil, fmt.Errorf("get %q from %d, it has %d bytes: %w", key, offset, o.info.Size, ErrRange)
	}
	end := o.info.Size
	if length < end-offset {
		end = offset + length
	}
	return io.NopCloser(bytes.NewReader(o.body[offset:end])), nil
}

// Head implements Store.
func (m *MemoryStore) Head(ctx context.Context, key string) (Info, error) {
	o, err := m.find(ctx, "head", key)
	return o.info, err
}

func (m *MemoryStore) find(ctx context.Context, verb, key string) (memoryObject, error) {
	if err := ctx.Err(); err != nil {
		return memoryObject{}, fmt.Errorf("%s %q: %w", verb, key, err)
	}
	if err := checkReadKey(key); err != nil {
		return memoryObject{}, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	o, ok := m.objects[key]
	if !ok {
		return memoryObject{}, fmt.Errorf("%s %q: %w", verb, key, ErrNotFound)
	}
	o.info.Meta = maps.Clone(o.info.Meta)
	return o, nil
}

// List implements Store.
func (m *MemoryStore) List(ctx context.Context, prefix string) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		for _, info := range m.below(prefix) {
			if err := ctx.Err(); err != nil {
				yield(Info{}, fmt.Errorf("list %q: %w", prefix, err))
				return
			}
			if !yield(info, nil) {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield(Info{}, fmt.Errorf("list %q: %w", prefix, err))
		}
	}
}

func (m *MemoryStore) below(prefix string) []Info {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var infos []Info
	for key, o := range m.objects {
		if strings.HasPrefix(key, prefix) {
			o.info.Meta = nil
			infos = append(infos, o.info)
		}
	}
	slices.SortFunc(infos, func(a, b Info) int { return strings.Compare(b.Key, a.Key) })
	return infos
}

// Folders implements Store.
func (m *MemoryStore) Folders(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return foldersOf(m.List(ctx, prefix), prefix)
}

// foldersOf derives folders from a listing.
func foldersOf(list iter.Seq2[Info, error], prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		seen := map[string]bool{}
		for info, err := range list {
			if err != nil {
				yield("", err)
				return
			}
			name, _, ok := strings.Cut(strings.TrimPrefix(info.Key, prefix), "/")
			if !ok || seen[name] {
				continue
			}
			seen[name] = true
			if !yield(name, nil) {
				return
			}
		}
	}
}

// Delete implements Store.
func (m *MemoryStore) Delete(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("delete %q: %w", key, err)
	}
	if err := checkReadKey(key); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.objects, key)
	return nil
}
