// Package feed is where ticks come from and how they get into Kafka: each row of a feed once, in order, whatever is
// killed in between.
//
// A Feed is a fixed sequence of rows, named by what determines it; Run sends them. A row's place in the sequence is its
// position, which stands in a header of its record beside the feed's name. A partition keeps the order of what is sent
// to it, and the producer leaves no holes, so the newest record of a feed in a partition says which of its rows the
// partition has: all up to there. Nothing else needs to be remembered anywhere.
package feed

import (
	"context"
	"fmt"
	"time"

	"ticklake/internal/tick"
)

// Feed is a fixed sequence of rows: opened twice, it yields the same.
type Feed interface {
	// Name says what the feed is. Two feeds of one name have the same rows.
	Name() string
	// Open begins to yield rows. Those below position from are not needed, and may be left out or yielded all the same.
	Open(ctx context.Context, from int64) (Rows, error)
}

// Rows yields the rows of a feed in order. It is for one goroutine.
type Rows interface {
	// Next sets row to the next one, or returns io.EOF behind the last. It may reuse the memory of row's slices and
	// keeps none of it.
	Next(row *Row) error
	Close() error
}

// Jumper is Rows that can leave out what is due before an instant, in less time than yielding it would take.
type Jumper interface {
	// Jump goes on with the first row that has its own time at or after t, and returns how many rows are left out.
	Jump(t time.Time) (left int64, err error)
}

// Row is one row of a feed.
type Row struct {
	Position int64     // 0, 1, 2 …, in the order of the feed
	Key      []byte    // the symbol; empty for a bad row
	Value    []byte    // the tick as JSON; of a bad row, its bytes as they stand in the file, without the line's end
	Due      time.Time // when the row comes to pass; zero if it may be sent at once
	Time     time.Time // when it was recorded, never before that of an earlier row; zero where nobody asks for speed
	Bad      *Bad      // why the row cannot be a tick, or nil
}

// Bad is where a row stands that cannot be a tick, and why it cannot.
type Bad struct {
	File string // base name
	Line int64  // the row's first line, from 1
	Fault
	More []Fault // of further columns, a few at most
}

// Fault is one thing that is wrong with a row.
type Fault struct {
	Column int    // from 1; 0 where no single column is at fault
	Name   string // the column's name in the header
	Reason tick.Reason
	Detail string // what is wrong and what would be right
}

func (f *Fault) text() string {
	if f.Column == 0 {
		return f.Detail
	}
	return fmt.Sprintf("column %d (%s): %s", f.Column, f.Name, f.Detail)
}

// Text is all that is wrong with the row.
func (b *Bad) Text() string {
	s := b.Fault.text()
	for i := range b.More {
		s += "; " + b.More[i].text()
	}
	return s
}

func (b *Bad) Error() string { return fmt.Sprintf("%s:%d: %s", b.File, b.Line, b.Text()) }

// header is the text of a bad row's reason header: the word, and the sentence.
func (b *Bad) header() string { return string(b.Reason) + ": " + b.Text() }
