package stream

import (
	"errors"
	"fmt"
)

var (
	// ErrNoTopic says that the topic does not exist; it is behind every *NoTopicError.
	ErrNoTopic = errors.New("topic does not exist")
	// ErrClosed says that the client was closed.
	ErrClosed = errors.New("client is closed")
	// ErrUnanswered says that records were sent and the connection ended before an answer: they may be in the log or not.
	ErrUnanswered = errors.New("a request was sent and not answered")
	// ErrMoved says that a partition's log no longer goes on from where it was read: it was truncated or made anew.
	ErrMoved = errors.New("the partition's log was truncated or made anew")
)

// NoTopicError says which topic does not exist.
type NoTopicError struct{ Topic string }

func (e *NoTopicError) Error() string {
	return fmt.Sprintf("topic %q does not exist; hint: `ticklake topics create %s` makes it, and so does whoever feeds it", e.Topic, e.Topic)
}

// Is makes it an ErrNoTopic.
func (e *NoTopicError) Is(target error) bool { return target == ErrNoTopic }

// OutOfRangeError says that a partition's log does not reach to an offset: it expired, was truncated, or never was.
type OutOfRangeError struct {
	Topic     string
	Partition int32
	Offset    int64 // asked for
	LogStart  int64 // the log has [LogStart, LogEnd); -1 where that could not be learned
	LogEnd    int64
}

func (e *OutOfRangeError) Error() string {
	return fmt.Sprintf("read %s/%d at offset %d: the log has [%d, %d)", e.Topic, e.Partition, e.Offset, e.LogStart, e.LogEnd)
}

// PartitionsError says that a topic has another number of partitions than was asked for.
type PartitionsError struct {
	Topic      string
	Have, Want int32
}

func (e *PartitionsError) Error() string {
	return fmt.Sprintf("topic %q has %d partitions, not %d; hint: ask for %d, or use another topic: "+
		"adding partitions would move symbols between them and break the order of their ticks", e.Topic, e.Have, e.Want, e.Have)
}
