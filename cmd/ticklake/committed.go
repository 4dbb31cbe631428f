package main

import (
	"context"
	"sync/atomic"
	"time"

	"ticklake/internal/pipeline"
	"ticklake/internal/sink"
	"ticklake/internal/stream"
)

// committed says how far the lake has a partition, so that the broker may delete what lies before. It is asked before
// there is anybody who knows.
type committed struct {
	sink  atomic.Pointer[pipeline.Pipeline]
	group atomic.Pointer[groupOffsets] // where no sink runs here
}

func (c *committed) of(topic string, partition int32) (offset int64, ok bool) {
	if g := c.group.Load(); g != nil {
		return g.committed(topic, partition)
	}
	if p := c.sink.Load(); p != nil {
		return p.Committed(topic, partition)
	}
	return 0, false
}

// groupOffsets asks Kafka what a sink elsewhere has committed, which it does only of what the lake has.
type groupOffsets struct {
	topics *stream.Topics
	topic  string
}

// groupPatience bounds one question; without an answer nothing is deleted.
const groupPatience = 5 * time.Second

func (g *groupOffsets) committed(topic string, partition int32) (int64, bool) {
	if topic != g.topic {
		return 0, false
	}
	ctx, cancel := context.WithTimeout(context.Background(), groupPatience)
	defer cancel()
	offset, err := g.topics.Committed(ctx, sink.GroupOf(topic), topic, partition)
	return offset, err == nil && offset >= 0
}
