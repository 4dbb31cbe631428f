package stream

import (
	"context"
	"fmt"
)

// Names lists the topics that there are, in order; the cluster's own are left out.
func (t *Topics) Names(ctx context.Context) ([]string, error) {
	if err := t.meet(ctx); err != nil {
		return nil, err
	}
	listed, err := t.admin.ListTopics(ctx)
	if err != nil {
		return nil, t.cluster.explain(fmt.Errorf("list topics: %w", err))
	}
	return listed.Names(), nil
}
