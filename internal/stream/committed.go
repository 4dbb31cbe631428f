package stream

import (
	"context"
	"fmt"
)

// Committed is the offset up to which a group has committed a partition; -1 if it has not. It is another's word: what the
// lake has is known from its cuts.
func (t *Topics) Committed(ctx context.Context, group, topic string, partition int32) (int64, error) {
	offsets, err := t.admin.FetchOffsets(ctx, group)
	if err != nil {
		return -1, fmt.Errorf("fetch the offsets of group %q: %w", group, t.cluster.explain(err))
	}
	at, ok := offsets.Lookup(topic, partition)
	if !ok {
		return -1, nil
	}
	if at.Err != nil {
		return -1, fmt.Errorf("fetch the offset of group %q in %s/%d: %w", group, topic, partition, t.cluster.explain(at.Err))
	}
	return at.At, nil
}
