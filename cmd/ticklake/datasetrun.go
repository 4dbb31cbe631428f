package main

import (
	"context"

	"ticklake/internal/feed"
	"ticklake/internal/stream"
)

// openRun finds the run of a dataset that is to be sent, and warns where the topic has something else.
func (a *app) openRun(ctx context.Context, f *upFlags, src *source, cluster stream.Cluster) error {
	stranger, err := feed.Stranger(ctx, cluster, f.topic.name, src.dataset.Is)
	if err != nil {
		return err
	}
	if stranger != "" {
		a.note("topic %s has records of another feed (%s) as well: other files, or these read or ordered otherwise; "+
			"hint: another --data or --topic keeps them apart", f.topic.name, stranger)
	}
	if !f.again {
		runs, err := src.dataset.Runs(ctx, cluster, f.topic.name)
		src.others = stranger != "" || runs > 1
		return err
	}
	src.others = stranger != ""
	d, begun, err := src.dataset.Again(ctx, cluster, f.topic.name)
	if err != nil {
		return err
	}
	src.feed, src.dataset = d, d
	switch {
	case begun:
		a.tell("Run       %d of these rows, which was begun and not ended: it goes on", d.Run())
	case d.Run() > 1:
		a.tell("Run       %d of these rows; sequences go on where run %d ended", d.Run(), d.Run()-1)
	}
	return nil
}

// expected is how many records a lake should have when so many rows were read by this feed and all are there.
func (src *source) expected(read int64) int64 {
	if src.dataset == nil {
		return read
	}
	return read + (src.dataset.Run()-1)*src.dataset.Facts().Rows
}
