package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"ticklake/internal/feed"
	"ticklake/internal/tick"
	"ticklake/internal/verify"
)

// runOnce brings a dataset into the lake, says what came of it, and ends.
func (a *app) runOnce(ctx context.Context, s *started, src *source, began time.Time) error {
	if err := s.writeReady(""); err != nil {
		return err
	}
	sum, err := s.pipeline.Once(ctx)
	if err != nil {
		a.printFed(sum.Feed, src)
		return err
	}
	report, err := verify.Run(ctx, s.store, s.ready.Topic, verify.Patience{})
	if err != nil {
		return err
	}
	lake := report.Topics[0].Totals()
	a.printFed(sum.Feed, src)
	_, _ = fmt.Fprintf(a.out, "In lake   %s, %s, in %s of %s\nTook      %s\n", plural(lake.Ticks, "tick"), plural(lake.DeadLetters, "dead letter"),
		plural(lake.Files, "file"), plural(lake.Cuts, "cut"), took(time.Since(began)))
	if sum.Feed.Read != lake.Records || !report.Whole() {
		_, _ = fmt.Fprintf(a.err, "ticklake: %s read, %s in the lake; hint: `ticklake verify --data %s` says more\n",
			plural(sum.Feed.Read, "row"), plural(lake.Records, "record"), a.relative(s.ready.DataDir))
		return &silentError{exitBroken}
	}
	return nil
}

// printFed says what became of the dataset's rows.
func (a *app) printFed(f feed.Summary, src *source) {
	_, _ = fmt.Fprintf(a.out, "Read      %s, sent %s, already in Kafka %s\n", plural(f.Read, "row"), count(f.Sent), count(f.Skipped))
	if src.dataset == nil {
		return
	}
	if lenient := src.dataset.Facts().Lenient; lenient.Blank > 0 || lenient.NoZone > 0 {
		_, _ = fmt.Fprintf(a.out, "          times: %s with a blank for T, %s without a zone, taken for UTC\n", count(lenient.Blank), count(lenient.NoZone))
	}
	for _, reason := range sortedReasons(f.ByReason) {
		_, _ = fmt.Fprintf(a.out, "          not a tick: %s, %s\n", reason, count(f.ByReason[reason]))
	}
}

func sortedReasons(m map[tick.Reason]int64) []tick.Reason {
	reasons := make([]tick.Reason, 0, len(m))
	for r := range m {
		reasons = append(reasons, r)
	}
	slices.Sort(reasons)
	return reasons
}

// runOn runs until it is stopped.
func (a *app) runOn(ctx context.Context, f *upFlags, s *started, src *source) error {
	ended := make(chan error, 1)
	go func() { ended <- s.pipeline.Run(ctx, func(part string, err error) { a.partEnded(src, s, part, err) }) }()
	if err := a.whenReady(ctx, s); err != nil {
		if ctx.Err() != nil {
			return <-ended
		}
		return err
	}
	if err := s.writeReady(f.ready); err != nil {
		return err
	}
	a.printEndpoints(s)
	return <-ended
}

// whenReady returns when every part has begun its work.
func (a *app) whenReady(ctx context.Context, s *started) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		status := s.pipeline.Status()
		if status.Feed != nil && status.Feed.Error != "" {
			return nil // it was told; the servers stay
		}
		if _, ready := status.Ready(); ready {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (a *app) printEndpoints(s *started) {
	r := s.ready
	for _, line := range []struct {
		name string
		url  *string
		more string
	}{
		{"Kafka", r.Kafka, "topic " + r.Topic},
		{"S3", r.S3, "bucket " + r.Bucket},
		{"Glue", r.Glue, "database " + r.Database},
		{"Athena", r.Athena, "workgroup " + r.Workgroup},
		{"Status", r.Operations, "/status, /metrics"},
	} {
		if line.url != nil {
			_, _ = fmt.Fprintf(a.out, "%-9s %-24s %s\n", line.name, *line.url, line.more)
		}
	}
	_, _ = fmt.Fprintf(a.out, "Data      %s\nStop      Ctrl-C\n", a.relative(r.DataDir))
}

// partEnded tells of a part that has ended by itself while the others go on.
func (a *app) partEnded(src *source, s *started, part string, err error) {
	status := s.pipeline.Status()
	switch {
	case part == "feed" && err == nil && status.Feed != nil:
		_, _ = fmt.Fprintf(a.out, "All %s of the dataset are in Kafka; nothing more will come. The servers stay up.\n", plural(status.Feed.Read, "row"))
	case errors.As(err, new(*feed.StrictError)), part == "feed":
		_, _ = fmt.Fprintf(a.err, "ticklake: the feed has stopped: %v\n          The servers stay up.\n", err)
	default:
		_, _ = fmt.Fprintf(a.err, "ticklake: %s has stopped: %v\n", part, err)
	}
}
