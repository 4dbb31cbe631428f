package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"ticklake/internal/feed"
	"ticklake/internal/insight"
	"ticklake/internal/lake"
	"ticklake/internal/tick"
)

// runOnce brings a dataset into the lake, says what came of it, and ends.
func (a *app) runOnce(ctx context.Context, s *started, src *source, began time.Time, result io.Writer) error {
	if err := s.writeReady(""); err != nil {
		return err
	}
	stop := a.showLake(s, src)
	sum, err := s.pipeline.Once(ctx)
	stop()
	if err != nil {
		a.printFed(sum.Feed, src)
		return err
	}
	client, err := s.at.query(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	ask := querier{client}
	ticks, dead, err := s.countLake(ctx, ask)
	if err != nil {
		return err
	}
	a.printFed(sum.Feed, src)
	_, _ = fmt.Fprintf(a.out, "In lake   %s, %s; %s in %s written now\n", plural(ticks, "tick"), plural(dead, "dead letter"),
		plural(sum.Sink.Files, "file"), plural(sum.Sink.Cuts, "cut"))
	_, _ = fmt.Fprintf(a.out, "Took      %s from the start until every row could be queried\n\n", took(time.Since(began)))
	if a.flags.output == formJSON {
		if err := printJSON(result, onceResult{
			Feed: sum.Feed.Feed, Topic: s.ready.Topic, Read: sum.Feed.Read, Sent: sum.Feed.Sent, Skipped: sum.Feed.Skipped, Bad: sum.Feed.Bad,
			ByReason: sum.Feed.ByReason, Ticks: ticks, DeadLetters: dead, Files: sum.Sink.Files, Cuts: sum.Sink.Cuts, Seconds: time.Since(began).Round(time.Millisecond).Seconds(),
		}); err != nil {
			return err
		}
	}
	if want := src.expected(sum.Feed.Read); ticks+dead < want || ticks+dead > want && !src.others {
		_, _ = fmt.Fprintf(a.err, "ticklake: %s read, %s in the lake; hint: `ticklake verify --data %s` says more\n",
			plural(want, "row"), plural(ticks+dead, "record"), a.relative(s.ready.DataDir))
		return &silentError{exitBroken}
	}
	if ticks == 0 || a.flags.output == formJSON {
		return nil
	}
	return a.allInsights(ctx, ask, lake.Curated.Table(s.ready.Topic))
}

// onceResult is what `up --once --output json` prints.
type onceResult struct {
	Feed        string                `json:"feed"`
	Topic       string                `json:"topic"`
	Read        int64                 `json:"read"`
	Sent        int64                 `json:"sent"`
	Skipped     int64                 `json:"skipped"`
	Bad         int64                 `json:"bad"`
	ByReason    map[tick.Reason]int64 `json:"bad_by_reason,omitempty"`
	Ticks       int64                 `json:"ticks"`        // in the lake now
	DeadLetters int64                 `json:"dead_letters"` // in the lake now
	Files       int64                 `json:"files"`        // written by this run
	Cuts        int64                 `json:"cuts"`         // made by this run
	Seconds     float64               `json:"seconds"`      // until every row could be queried
}

// countLake counts what can be queried.
func (s *started) countLake(ctx context.Context, ask insight.Querier) (ticks, dead int64, err error) {
	counts := make([]int64, 2)
	for i, zone := range []lake.Zone{lake.Curated, lake.Dead} {
		_, rows, err := ask.Query(ctx, "SELECT count(*) AS n FROM "+zone.Table(s.ready.Topic))
		if err != nil {
			return 0, 0, err
		}
		if len(rows) != 1 || rows[0][0] == nil {
			return 0, 0, fmt.Errorf("count %s: no answer", zone.Table(s.ready.Topic))
		}
		if counts[i], err = strconv.ParseInt(*rows[0][0], 10, 64); err != nil {
			return 0, 0, fmt.Errorf("count %s: %w", zone.Table(s.ready.Topic), err)
		}
	}
	return counts[0], counts[1], nil
}

// printFed says what became of the dataset's rows.
func (a *app) printFed(f feed.Summary, src *source) {
	_, _ = fmt.Fprintf(a.out, "Read      %s, sent %s, already in Kafka %s\n", plural(f.Read, "row"), count(f.Sent), count(f.Skipped))
	if src.dataset == nil {
		return
	}
	for _, line := range lenient(src.dataset.Facts().Lenient) {
		_, _ = fmt.Fprintf(a.out, "          %s\n", line)
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
	a.printEndpoints(f, s)
	stop := a.showSending(ctx, s, src)
	err := <-ended
	stop()
	_, _ = fmt.Fprintln(a.out, "Stopping; started again it goes on from here.")
	return err
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

// printEndpoints says what is where, how to ask, and how to stop.
func (a *app) printEndpoints(f *upFlags, s *started) {
	r := s.ready
	say := func(name, where, more, from string) {
		if from != thisTicklake {
			more += ", from " + from
		}
		_, _ = fmt.Fprintf(a.out, "%-9s %-24s %s\n", name, where, more)
	}
	if s.page != nil {
		_, _ = fmt.Fprintf(a.out, "%-9s %s\n", "Page", s.page.URL())
		a.noteStub()
	}
	if k := &s.at.kafka; k.from != "" {
		say("Kafka", strings.Join(k.cluster.Brokers, ","), "topic "+r.Topic, k.from)
	}
	for _, p := range []struct {
		at   *place
		more string
	}{{&s.at.s3, "bucket " + r.Bucket}, {&s.at.glue, "database " + r.Database}, {&s.at.athena, "workgroup " + r.Workgroup}} {
		if p.at.from != "" {
			say(p.at.service, cmp.Or(p.at.url, "AWS, "+p.at.aws.Region), p.more, p.at.from)
		}
	}
	say("Status", s.operations.URL(), "/status, /metrics", thisTicklake)
	if s.local != nil {
		_, _ = fmt.Fprintf(a.out, "Data      %s\n", a.relative(r.DataDir))
	}
	if addr := s.advertised(f); addr != "" {
		_, _ = fmt.Fprintf(a.out, "Others    find this machine as %s; `%s env` prints the keys that they need\n", addr, os.Args[0])
	}
	if s.at.athena.from != "" {
		_, _ = fmt.Fprintf(a.out, "Query     %[1]s query \"SELECT symbol, sum(volume) AS v FROM %[2]s GROUP BY 1 ORDER BY 2 DESC LIMIT 5\"\n          %[1]s insights\n",
			os.Args[0], lake.Curated.Table(r.Topic))
	}
	_, _ = fmt.Fprintln(a.out, "Stop      Ctrl-C")
}

// partEnded tells of a part that has ended by itself while the others go on.
func (a *app) partEnded(src *source, s *started, part string, err error) {
	status := s.pipeline.Status()
	switch {
	case part == "feed" && err == nil && status.Feed != nil:
		_, _ = fmt.Fprintf(a.out, "The dataset is in Kafka to its last row (%s); nothing more will come. The servers stay up.\n", plural(status.Feed.Read, "row"))
	case errors.As(err, new(*feed.StrictError)), part == "feed":
		_, _ = fmt.Fprintf(a.err, "ticklake: the feed has stopped: %v\n          The servers stay up.\n", err)
	default:
		_, _ = fmt.Fprintf(a.err, "ticklake: %s has stopped: %v\n", part, err)
	}
}
