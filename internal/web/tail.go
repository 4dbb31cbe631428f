package web

import (
	"context"
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"ticklake/internal/lake"
	"ticklake/internal/stream"
	"ticklake/internal/tick"
	"ticklake/internal/web/market"
)

const (
	// firstLook is how long the tail waits to learn how far the lake is: from there on it reads.
	firstLook = 5 * time.Second
	// backlog is how many records of a partition are read at most that are not in the lake; the market keeps no more either.
	backlog = 1 << 20
	// pollRecords is how many are taken at a time, and pollFor how long they are waited for, before it is looked whether the
	// topic is still the same.
	pollRecords = 10_000
	pollFor     = time.Second
	// tailAgain is how long after a failure the tail begins anew.
	tailAgain = 2 * time.Second
)

// tail reads the topic as it grows, until the end.
func (s *Server) tail() {
	select {
	case <-s.watch.First():
	case <-time.After(firstLook):
	case <-s.ctx.Done():
		return
	}
	id := ""
	for {
		topic := s.watch.Topic()
		if topic != nil {
			if id == "" {
				id = s.watch.LakeTopicID() // it may have been joined while Kafka was away
			}
			if id != "" && id != topic.ID {
				s.market.Forget()
			}
			id = topic.ID
			err := s.tailTopic(topic)
			if s.ctx.Err() != nil {
				return
			}
			s.watch.Tailing(s.watch.Feed(), err)
			if err != nil {
				s.config.Log.Warn("the topic cannot be read on; it is tried again", "topic", s.config.Topic, "in", tailAgain, "error", err)
			}
			if errors.Is(err, stream.ErrMoved) {
				s.market.Forget()
			}
		}
		t := time.NewTimer(tailAgain)
		select {
		case <-t.C:
		case <-s.ctx.Done():
			t.Stop()
			return
		}
	}
}

// tailTopic reads until the topic is another, has more partitions, or cannot be read.
func (s *Server) tailTopic(topic *stream.Topic) error {
	from := s.begin(topic)
	tail, err := stream.OpenTail(*s.config.Cluster, s.config.Topic, from)
	if err != nil {
		return err
	}
	defer tail.Close()
	for id, offset := range from {
		s.market.Assign(id, offset)
	}
	s.watch.Tailing(s.watch.Feed(), nil)
	reader := recordReader{layout: s.watch.Layout(), feed: s.watch.Feed()}
	for {
		ctx, cancel := context.WithTimeout(s.ctx, pollFor)
		batches, err := tail.Poll(ctx, pollRecords)
		cancel()
		for _, b := range batches {
			s.market.Read(b.Partition, reader.read(b.Records))
		}
		if reader.feed != s.watch.Feed() {
			s.watch.Tailing(reader.feed, nil)
		}
		switch {
		case s.ctx.Err() != nil:
			return nil
		case err != nil && !errors.Is(err, context.DeadlineExceeded):
			return err
		}
		if now := s.watch.Topic(); now != nil && (now.ID != topic.ID || len(now.Partitions) != len(from)) {
			return nil
		}
		if layout := s.watch.Layout(); layout != reader.layout {
			reader.layout = layout
		}
	}
}

// begin is where each partition is read from on: one record before what SQL does not see, so that the time of the waterline
// is known; where the tail was there before, it goes on.
func (s *Server) begin(topic *stream.Topic) map[int32]int64 {
	positions := s.market.Positions()
	from := make(map[int32]int64, len(topic.Partitions))
	for _, p := range topic.Partitions {
		pos, known := positions[p.Partition]
		at := int64(0)
		if known {
			at = max(pos.Read, pos.SQL-1)
		}
		if at > p.HighWatermark { // of a log that was longer
			at = p.HighWatermark
		}
		from[p.Partition] = max(at, p.LogStart, p.HighWatermark-backlog)
	}
	return from
}

// recordReader judges records as the lake does.
type recordReader struct {
	layout  *lake.Layout
	feed    string
	headers []lake.Header
	ticks   []tick.Tick
	out     []market.Record
}

// read returns the records, which are good until the next call.
func (r *recordReader) read(records []*kgo.Record) []market.Record {
	r.out = r.out[:0]
	if len(r.ticks) < len(records) {
		r.ticks = make([]tick.Tick, len(records))
	}
	for i, k := range records {
		out := market.Record{Offset: k.Offset, Produced: k.Timestamp.UnixMilli()}
		if !k.Attrs.IsControl() {
			r.headers = r.headers[:0]
			for _, h := range k.Headers {
				r.headers = append(r.headers, lake.Header{Key: h.Key, Value: h.Value})
			}
			record := lake.Record{
				Offset: k.Offset, Timestamp: out.Produced, Epoch: k.LeaderEpoch, Key: k.Key, Value: k.Value, Headers: r.headers,
			}
			t := &r.ticks[i]
			if r.layout.Fate(&record, t) == nil {
				out.Tick = t
				r.mark(k)
			}
		}
		r.out = append(r.out, out)
	}
	return r.out
}

// maxFeedName bounds a name that is kept.
const maxFeedName = 512

// mark notes which feed a tick says it is of.
func (r *recordReader) mark(k *kgo.Record) {
	value, _ := stream.Header(k, tick.HeaderFeed)
	if len(value) <= maxFeedName && string(value) != r.feed {
		r.feed = string(value)
	}
}
