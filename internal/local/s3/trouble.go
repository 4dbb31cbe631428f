package s3

import (
	"log/slog"
	"sync"
	"time"
)

// trouble tells the log of a disk that takes nothing any more, without repeating it for every request.
type trouble struct {
	log *slog.Logger
	dir string

	mu      sync.Mutex
	what    string
	since   time.Time // zero while all is well
	told    time.Time
	refused int
}

// tellEvery is how often the same trouble is told.
const tellEvery = time.Minute

// met counts a request that the disk refused, for a reason such as "full".
func (t *trouble) met(what, verb, bucket, key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if t.since.IsZero() || t.what != what {
		t.what, t.since, t.told, t.refused = what, now, time.Time{}, 0
	}
	t.refused++
	if now.Sub(t.told) < tellEvery {
		return
	}
	t.told = now
	t.log.Error("the disk is "+what+": nothing can be stored until that is mended; clients are told to try again",
		"folder", t.dir, "operation", verb, "bucket", bucket, "key", key, "refused", t.refused, "since", t.since.Format(time.RFC3339))
}

// over says that something was stored.
func (t *trouble) over() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.since.IsZero() {
		return
	}
	t.log.Warn("the disk takes objects again", "folder", t.dir, "was", t.what, "refused", t.refused, "after", time.Since(t.since).Round(time.Second))
	t.since = time.Time{}
}
