package verify

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"ticklake/internal/lake"
	"ticklake/internal/tick"
)

// offsets are those that the rows of a cut's files claim.
type offsets struct {
	cut  *lake.Cut
	seen map[int64]bool
}

func newOffsets(cut *lake.Cut) *offsets { return &offsets{cut: cut, seen: make(map[int64]bool)} }

func (o *offsets) add(offset int64) error {
	switch {
	case offset < o.cut.From || offset >= o.cut.To:
		return fmt.Errorf("a row of offset %d: the cut has [%d, %d)", offset, o.cut.From, o.cut.To)
	case o.seen[offset]:
		return fmt.Errorf("offset %d stands twice", offset)
	}
	o.seen[offset] = true
	return nil
}

// missing says what is missing of the cut's records, or nothing.
func (o *offsets) missing() string {
	if n := int64(len(o.seen)); n != o.cut.Records {
		return fmt.Sprintf("%d of its %d records have a row", n, o.cut.Records)
	}
	return ""
}

// rows checks a file's rows against the cut.
func (t *checker) rows(cut *lake.Cut, f lake.File, body []byte, seen *offsets) error {
	var got counted
	var err error
	switch {
	case strings.HasPrefix(f.Key, lake.Raw.Prefix(cut.Topic)):
		err = lake.ReadText(lake.Raw, bytes.NewReader(body), func(row []byte) error {
			var parsed tick.Tick
			got.add(row)
			return tick.ParseRow(row, &parsed)
		})
	case strings.HasPrefix(f.Key, lake.Dead.Prefix(cut.Topic)):
		err = lake.ReadText(lake.Dead, bytes.NewReader(body), func(row []byte) error {
			got.add(row)
			return deadRow(row, cut, seen)
		})
	default:
		err = t.curated(cut, body, &got, seen)
	}
	if err != nil {
		return err
	}
	if got.rows != f.Rows || got.crc != f.CRC {
		return fmt.Errorf("%d rows with crc32c %v; cut %d says %d with %v", got.rows, got.crc, cut.Cut, f.Rows, f.CRC)
	}
	return nil
}

// counted are rows as a cut counts them.
type counted struct {
	rows int64
	crc  lake.CRC
}

func (c *counted) add(row []byte) {
	c.rows++
	c.crc.Update(row)
}

// deadRow checks a dead letter's place.
func deadRow(row []byte, cut *lake.Cut, seen *offsets) error {
	var letter struct {
		Topic     string `json:"topic"`
		Partition int32  `json:"kafka_partition"`
		Offset    int64  `json:"kafka_offset"`
		Reason    string `json:"reason"`
	}
	if err := json.Unmarshal(row, &letter); err != nil {
		return fmt.Errorf("a dead letter that is no JSON: %w", err)
	}
	if letter.Topic != cut.Topic || letter.Partition != cut.Partition || letter.Reason == "" {
		return fmt.Errorf("a dead letter of %s/%d with reason %q", letter.Topic, letter.Partition, letter.Reason)
	}
	return seen.add(letter.Offset)
}

// curated counts a curated file's rows as the raw rows they stand for, in the order of their offsets.
func (t *checker) curated(cut *lake.Cut, body []byte, got *counted, seen *offsets) error {
	type placed struct {
		offset int64
		row    []byte
	}
	var rows []placed
	err := lake.ReadCurated(bytes.NewReader(body), int64(len(body)), func(r *lake.CuratedRow) error {
		if r.Partition != cut.Partition || r.Cut != cut.Cut {
			return fmt.Errorf("a row of partition %d, cut %d", r.Partition, r.Cut)
		}
		rows = append(rows, placed{r.Offset, tick.AppendRow(nil, &r.Tick)})
		if r.Tick.Sequence.Valid {
			t.sequences.add(string(r.Tick.Symbol), r.Tick.Sequence.V)
		}
		return seen.add(r.Offset)
	})
	if err != nil {
		return err
	}
	slices.SortFunc(rows, func(a, b placed) int { return cmp.Compare(a.offset, b.offset) })
	for _, r := range rows {
		got.add(r.row)
	}
	return nil
}
