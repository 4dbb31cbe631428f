package feed

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"ticklake/internal/stream"
	"ticklake/internal/tick"
)

// A mark is what a feed's record says of itself in its headers.
type mark struct {
	feed       string
	position   int64
	partitions int32
	since      int64     // rows below it were sent before it or never shall be
	time       time.Time // when it was produced
}

// readMark is false for a record that no feed has produced.
func readMark(r *kgo.Record) (m mark, ok bool) {
	if r.Attrs.IsControl() {
		return mark{}, false
	}
	name, ok1 := stream.Header(r, tick.HeaderFeed)
	position, ok2 := stream.Header(r, tick.HeaderPosition)
	partitions, ok3 := stream.Header(r, tick.HeaderPartitions)
	if !ok1 || !ok2 || !ok3 {
		return mark{}, false
	}
	pos, err1 := strconv.ParseInt(string(position), 10, 64)
	count, err2 := strconv.ParseInt(string(partitions), 10, 32)
	if err1 != nil || err2 != nil || pos < 0 || count < 1 {
		return mark{}, false
	}
	m = mark{feed: string(name), position: pos, partitions: int32(count), time: r.Timestamp}
	if since, has := stream.Header(r, tick.HeaderSince); has {
		m.since, err1 = strconv.ParseInt(string(since), 10, 64)
		if err1 != nil || m.since < 0 || m.since > pos {
			return mark{}, false
		}
	}
	return m, true
}

var (
	// ErrForgotten says that a partition's oldest records have expired and none of the rest is the feed's, so that
	// nobody can tell which rows it had.
	ErrForgotten = errors.New("what the feed has sent is no longer in Kafka's log")
	// ErrPartitions says that the topic's number of partitions has changed since the feed began.
	ErrPartitions = errors.New("the topic's number of partitions has changed")
)

// windows are how many records from a log's end are searched: first a few, then all if need be.
const firstWindow, windowGrowth = 1 << 10, 8

// newest finds the newest record of a partition whose feed is accepted. It also counts records whose transaction has not
// ended: a stranger's open transaction must not hide what was sent after it began.
func newest(ctx context.Context, r *stream.Reader, topic string, p stream.Partition, accept func(name string) bool) (found mark, ok bool, err error) {
	for end, window := p.HighWatermark, int64(firstWindow); end > p.LogStart && !ok; window *= windowGrowth {
		from := max(p.LogStart, end-window)
		err := r.ReadUncommitted(ctx, topic, p.Partition, from, end, func(records []*kgo.Record) error {
			for _, rec := range records {
				if m, is := readMark(rec); is && accept(m.feed) {
					found, ok = m, true
				}
			}
			return nil
		})
		if err != nil {
			return mark{}, false, err
		}
		end = from
	}
	return found, ok, nil
}

// follower is a feed that is begun only when others have been sent to their ends: what comes before one of theirs in a
// partition cannot be its own.
type follower interface {
	follows(name string) bool
}

// positions finds for each partition up to where it has the feed's rows, -1 for none; and since when none was left out.
func positions(ctx context.Context, c stream.Cluster, topic string, feed Feed) (done []int64, since int64, err error) {
	name := feed.Name()
	f, follows := feed.(follower)
	t, r, closeAll, err := search(ctx, c, topic)
	if err != nil {
		return nil, 0, err
	}
	defer closeAll()
	done = make([]int64, len(t.Partitions))
	for i, p := range t.Partitions {
		before := false // a feed that this one follows is there
		m, ok, err := newest(ctx, r, topic, p, func(n string) bool {
			before = before || follows && f.follows(n)
			return n == name
		})
		switch {
		case err != nil:
			return nil, 0, fmt.Errorf("find what feed %q has sent: %w", name, err)
		case ok && int(m.partitions) != len(t.Partitions):
			return nil, 0, fmt.Errorf("resume feed %q in %s/%d: it began with %d partitions and there are %d: %w; "+
				"hint: send it to a new topic", name, topic, p.Partition, m.partitions, len(t.Partitions), ErrPartitions)
		case ok:
			done[i], since = m.position, max(since, m.since)
		case p.LogStart > 0 && !before:
			return nil, 0, fmt.Errorf("resume feed %q in %s/%d: the log begins at offset %d and has no record of it: %w; "+
				"hint: send it to a new topic", name, topic, p.Partition, p.LogStart, ErrForgotten)
		default:
			done[i] = -1
		}
	}
	for i := range done {
		done[i] = max(done[i], since-1)
	}
	return done, since, nil
}

// settled looks for positions until two looks, some time apart, agree.
func settled(ctx context.Context, c stream.Cluster, topic string, feed Feed, apart time.Duration) (done []int64, since int64, err error) {
	done, since, err = positions(ctx, c, topic, feed)
	for err == nil && apart > 0 {
		if !sleep(ctx, apart) {
			return nil, 0, ctx.Err()
		}
		before := done
		if done, since, err = positions(ctx, c, topic, feed); slices.Equal(before, done) {
			break
		}
	}
	return done, since, err
}

// Find returns the name of the feed that has last produced to topic, of those that are accepted; "" if there is none.
func Find(ctx context.Context, c stream.Cluster, topic string, accept func(name string) bool) (string, error) {
	t, r, closeAll, err := search(ctx, c, topic)
	if err != nil {
		return "", err
	}
	defer closeAll()
	var last mark
	for _, p := range t.Partitions {
		m, ok, err := newest(ctx, r, topic, p, accept)
		if err != nil {
			return "", fmt.Errorf("find the feeds of topic %q: %w", topic, err)
		}
		if ok && (last.feed == "" || m.time.After(last.time)) {
			last = m
		}
	}
	return last.feed, nil
}

func search(ctx context.Context, c stream.Cluster, topic string) (stream.Topic, *stream.Reader, func(), error) {
	topics, err := stream.OpenTopics(c)
	if err != nil {
		return stream.Topic{}, nil, nil, err
	}
	t, err := topics.Describe(ctx, topic)
	if err != nil {
		topics.Close()
		return stream.Topic{}, nil, nil, err
	}
	r, err := stream.OpenReader(c)
	if err != nil {
		topics.Close()
		return stream.Topic{}, nil, nil, err
	}
	return t, r, func() { r.Close(); topics.Close() }, nil
}
