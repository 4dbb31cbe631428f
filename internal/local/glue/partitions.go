package glue

import (
	"context"
	"fmt"
	"hash/fnv"

	"github.com/go-json-experiment/json"

	"ticklake/internal/local/awsapi"
	"ticklake/internal/local/glue/predicate"
)

// segment is one of several parts of a listing that a client reads side by side.
type segment struct{ SegmentNumber, TotalSegments int }

type partitionsAnswer struct {
	Partitions []*Partition
	NextToken  string `json:",omitempty"`
}

// has tells whether the partition with this key belongs to the segment: each belongs to one.
func (s *segment) has(key string) bool {
	if s == nil {
		return true
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(key)) // a hash does not fail
	return int(h.Sum32()%uint32(s.TotalSegments)) == s.SegmentNumber
}

func (s *segment) check() error {
	if s != nil && (s.TotalSegments < 1 || s.TotalSegments > 10 || s.SegmentNumber < 0 || s.SegmentNumber >= s.TotalSegments) {
		return invalid("Segment must have 1 to 10 TotalSegments and a SegmentNumber below that")
	}
	return nil
}

// getPartitions lists partitions in the order of their values.
func (c *Catalog) getPartitions(ctx context.Context, in *partitionRequest) (*partitionsAnswer, error) {
	t, err := c.partitioned(ctx, c.read, in)
	if err != nil {
		return nil, err
	}
	if err := in.Segment.check(); err != nil {
		return nil, err
	}
	n, err := page(in.MaxResults, 1000)
	if err != nil {
		return nil, err
	}
	keys := make([]predicate.Key, len(t.keys))
	for i, k := range t.keys {
		keys[i] = predicate.Key{Name: k.Name, Type: k.Type}
	}
	filter, err := predicate.Parse(in.Expression, keys)
	if err != nil {
		return nil, invalid("Unsupported expression %.200q: %s", in.Expression, err)
	}
	scope := fmt.Sprintf("GetPartitions/%d/%s", t.id, in.Expression)
	if in.Segment != nil {
		scope += fmt.Sprintf("/%d of %d", in.Segment.SegmentNumber, in.Segment.TotalSegments)
	}
	after, err := position(scope, in.NextToken)
	if err != nil {
		return nil, err
	}
	wanted := func(key string) (bool, error) {
		if !in.Segment.has(key) {
			return false, nil
		}
		var values []string
		if err := json.Unmarshal([]byte(key), &values); err != nil {
			return false, fmt.Errorf("read partition of %s.%s: %w", t.database, t.name, err)
		}
		return filter.Match(values), nil
	}
	list, last, err := c.partitionPage(ctx, t, after, n, wanted)
	if err != nil {
		return nil, err
	}
	out := &partitionsAnswer{Partitions: list}
	if last != "" {
		out.NextToken = awsapi.PageToken(scope, last)
	}
	if in.ExcludeColumnSchema {
		for _, p := range list {
			if p.StorageDescriptor != nil {
				p.StorageDescriptor.Columns = nil
			}
		}
	}
	return out, nil
}

// partitionPage returns up to n wanted partitions after a key, and the last one's key if more may follow.
func (c *Catalog) partitionPage(ctx context.Context, t *tableOf, after string, n int, wanted func(key string) (bool, error)) (
	list []*Partition, last string, err error,
) {
	rows, err := c.read.QueryContext(ctx, "SELECT key, created, doc FROM partitions WHERE table_id = ? AND key > ? ORDER BY key", t.id, after)
	if err != nil {
		return nil, "", err
	}
	defer closeRows(rows, &err)
	list = []*Partition{}
	bytes, newest := 0, ""
	for rows.Next() {
		var key, doc string
		var created int64
		if err := rows.Scan(&key, &created, &doc); err != nil {
			return nil, "", err
		}
		ok, err := wanted(key)
		if err != nil {
			return nil, "", err
		}
		if !ok {
			continue
		}
		if len(list) == n || bytes > maxPageBytes {
			return list, newest, nil
		}
		p, err := c.decodePartition(t, created, doc)
		if err != nil {
			return nil, "", err
		}
		list, newest = append(list, p), key
		bytes += len(doc)
	}
	return list, "", nil
}

// PartitionLocation is a partition as a reader of its files needs it.
type PartitionLocation struct {
	Values   []string // one for each partition key
	Location string   // may be empty
}

// Locations returns every partition of a table in the order of values, without their schemas.
func (c *Catalog) Locations(ctx context.Context, database, table string) (_ []PartitionLocation, err error) {
	t, err := c.findPartitioned(ctx, c.read, database, table)
	if err != nil {
		return nil, err
	}
	rows, err := c.read.QueryContext(ctx, "SELECT key, location FROM partitions WHERE table_id = ? ORDER BY key", t.id)
	if err != nil {
		return nil, err
	}
	defer closeRows(rows, &err)
	var list []PartitionLocation
	for rows.Next() {
		var key string
		var p PartitionLocation
		if err := rows.Scan(&key, &p.Location); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(key), &p.Values); err != nil {
			return nil, fmt.Errorf("read partition of %s.%s: %w", database, table, err)
		}
		list = append(list, p)
	}
	return list, nil
}
