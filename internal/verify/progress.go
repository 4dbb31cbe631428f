package verify

import "sync/atomic"

// Progress is how far a check is. The zero value is ready; it may be read while the check goes on.
type Progress struct{ read, all atomic.Int64 }

// Bytes are those of the objects that were read so far, and of all that were found so far.
func (p *Progress) Bytes() (read, all int64) { return p.read.Load(), p.all.Load() }
