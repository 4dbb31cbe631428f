package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

// ErrNotCommitted says that nothing may be deleted, because the lake is not known to have any of the partition.
var ErrNotCommitted = errors.New("not known to be in the lake")

// Trim deletes the records of a partition below upTo, but none that the lake does not have, and never the last.
// It returns where the partition begins now; space is freed by whole segments.
func (s *Server) Trim(ctx context.Context, topic string, partition int32, upTo int64) (start int64, err error) {
	p := kadm.NewClient(s.admin)
	starts, err := p.ListStartOffsets(ctx, topic)
	if err != nil {
		return 0, fmt.Errorf("trim %s/%d: %w", topic, partition, err)
	}
	ends, err := p.ListEndOffsets(ctx, topic)
	if err != nil {
		return 0, fmt.Errorf("trim %s/%d: %w", topic, partition, err)
	}
	first, ok := starts.Lookup(topic, partition)
	last, ok2 := ends.Lookup(topic, partition)
	if err := errors.Join(first.Err, last.Err); err != nil || !ok || !ok2 {
		return 0, fmt.Errorf("trim %s/%d: no such partition: %w", topic, partition, err)
	}
	return s.trim(ctx, topic, partition, upTo, first.Offset, last.Offset)
}

func (s *Server) trim(ctx context.Context, topic string, partition int32, upTo, start, end int64) (int64, error) {
	if s.cfg.Committed == nil {
		return start, fmt.Errorf("trim %s/%d: %w", topic, partition, ErrNotCommitted)
	}
	committed, ok := s.cfg.Committed(topic, partition)
	if !ok {
		return start, fmt.Errorf("trim %s/%d: %w", topic, partition, ErrNotCommitted)
	}
	upTo = min(upTo, committed, end-1)
	if upTo <= start {
		return start, nil
	}
	var offsets kadm.Offsets
	offsets.AddOffset(topic, partition, upTo, -1)
	res, err := kadm.NewClient(s.admin).DeleteRecords(ctx, offsets)
	if err == nil {
		err = res.Error()
	}
	if err != nil {
		return start, fmt.Errorf("trim %s/%d to %d: %w", topic, partition, upTo, err)
	}
	return upTo, nil
}

// retain holds every topic at its share of the disk until ctx ends.
func (s *Server) retain(ctx context.Context) {
	tick := time.NewTicker(s.cfg.TrimEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := s.retainOnce(ctx); err != nil && ctx.Err() == nil {
			s.cfg.Logger.Warn("retention failed, will be tried again", "error", err)
		}
	}
}

func (s *Server) retainOnce(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	p := kadm.NewClient(s.admin)
	dirs, err := p.DescribeAllLogDirs(ctx, nil)
	if err != nil {
		return fmt.Errorf("ask for sizes: %w", err)
	}
	sizes := map[string]map[int32]int64{}
	totals := map[string]int64{}
	for _, broker := range dirs {
		broker.EachPartition(func(d kadm.DescribedLogDirPartition) {
			if sizes[d.Topic] == nil {
				sizes[d.Topic] = map[int32]int64{}
			}
			sizes[d.Topic][d.Partition] += d.Size
			totals[d.Topic] += d.Size
		})
	}
	var errs []error
	for topic, total := range totals {
		if total > s.cfg.RetainBytes {
			errs = append(errs, s.retainTopic(ctx, p, topic, sizes[topic], total))
		}
	}
	return errors.Join(errs...)
}

// retainTopic takes from each partition its share of what is too much.
func (s *Server) retainTopic(ctx context.Context, p *kadm.Client, topic string, sizes map[int32]int64, total int64) error {
	starts, err := p.ListStartOffsets(ctx, topic)
	if err != nil {
		return fmt.Errorf("ask where %s begins: %w", topic, err)
	}
	ends, err := p.ListEndOffsets(ctx, topic)
	if err != nil {
		return fmt.Errorf("ask where %s ends: %w", topic, err)
	}
	share := float64(total-s.cfg.RetainBytes) / float64(total)
	var errs []error
	for partition := range sizes {
		first, ok := starts.Lookup(topic, partition)
		last, ok2 := ends.Lookup(topic, partition)
		if !ok || !ok2 || first.Err != nil || last.Err != nil {
			continue // deleted meanwhile
		}
		upTo := first.Offset + int64(share*float64(last.Offset-first.Offset))
		_, err := s.trim(ctx, topic, partition, upTo, first.Offset, last.Offset)
		if !errors.Is(err, ErrNotCommitted) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
