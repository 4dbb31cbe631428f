package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"ticklake/internal/stream"
)

// A dataset can be sent again: the same rows under another name, in runs that follow each other. Each symbol's sequence
// goes on where the run before ended. A run is begun only when the one before it is whole, so the newest run that a topic
// has is the only one that may be unfinished.

// Run is the number of the run, from 1.
func (d *Dataset) Run() int64 { return d.run + 1 }

// runOf returns the run of the dataset that a feed's name tells of, from 0.
func (d *Dataset) runOf(name string) (run int64, ok bool) {
	number, ok := strings.CutPrefix(name, d.first)
	if !ok || number == "" {
		return 0, ok
	}
	if number, ok = strings.CutPrefix(number, "/"); !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(number, 10, 32)
	if err != nil || n < 2 || strconv.FormatInt(n, 10) != number {
		return 0, false
	}
	return n - 1, true
}

// Is says whether a feed's name is that of a run of this dataset.
func (d *Dataset) Is(name string) bool {
	_, ok := d.runOf(name)
	return ok
}

func (d *Dataset) follows(name string) bool {
	run, ok := d.runOf(name)
	return ok && run < d.run
}

// ErrNumbered says that a dataset has sequences of its own, which would stand twice if it were sent again.
var ErrNumbered = errors.New("the files have sequences of their own, which would come twice; " +
	"hint: with --map COLUMN=extra.NAME the rows are numbered anew, and numbers go on")

// Again returns the run that is to be sent next to a topic: the newest that was begun, where the topic has not all of it,
// else the one after it. Nobody may be sending the dataset meanwhile.
func (d *Dataset) Again(ctx context.Context, c stream.Cluster, topic string) (_ *Dataset, begun bool, err error) {
	if !d.facts.Numbered {
		return nil, false, ErrNumbered
	}
	runs, err := d.Runs(ctx, c, topic)
	if err != nil || runs == 0 {
		return d, false, err
	}
	again := *d
	again.run = runs - 1
	whole, err := again.whole(ctx, c, topic)
	if err != nil {
		return nil, false, fmt.Errorf("look how far run %d of the dataset is: %w", again.Run(), err)
	}
	if whole {
		again.run++
	}
	return &again, !whole, nil
}

// Runs says how many runs of the dataset a topic has any row of, the newest perhaps not all; 0 where there is no such topic.
func (d *Dataset) Runs(ctx context.Context, c stream.Cluster, topic string) (runs int64, err error) {
	t, r, closeAll, err := search(ctx, c, topic)
	if errors.Is(err, stream.ErrNoTopic) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer closeAll()
	for _, p := range t.Partitions {
		m, ok, err := newest(ctx, r, topic, p, d.Is)
		if err != nil {
			return 0, fmt.Errorf("find the runs of the dataset in topic %q: %w", topic, err)
		}
		if run, is := d.runOf(m.feed); ok && is {
			runs = max(runs, run+1)
		}
	}
	return runs, nil
}

// whole says whether a topic has every row of this run.
func (d *Dataset) whole(ctx context.Context, c stream.Cluster, topic string) (bool, error) {
	done, _, err := positions(ctx, c, topic, d)
	if err != nil {
		return false, err
	}
	rows, err := d.Open(ctx, 0)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	m := newMaker(d.Name(), len(done))
	var row Row
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return false, ctx.Err()
		}
		switch err := rows.Next(&row); {
		case errors.Is(err, io.EOF):
			return true, nil
		case err != nil:
			return false, err
		case row.Position > done[m.partition(&row)]:
			return false, nil
		}
	}
}

// Stranger returns the name of a feed whose records stand at the beginning of a topic and that is not accepted, "" if
// there is none. It reads a little of each partition only.
func Stranger(ctx context.Context, c stream.Cluster, topic string, accept func(name string) bool) (name string, err error) {
	t, r, closeAll, err := search(ctx, c, topic)
	if errors.Is(err, stream.ErrNoTopic) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer closeAll()
	for _, p := range t.Partitions {
		to := min(p.LogStart+firstWindow, p.HighWatermark)
		if to <= p.LogStart {
			continue
		}
		err := r.ReadUncommitted(ctx, topic, p.Partition, p.LogStart, to, func(records []*kgo.Record) error {
			for _, rec := range records {
				if m, is := readMark(rec); is && name == "" && !accept(m.feed) {
					name = m.feed
				}
			}
			return nil
		})
		if err != nil || name != "" {
			return name, err
		}
	}
	return name, nil
}
