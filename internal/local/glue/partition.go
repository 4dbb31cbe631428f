package glue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"ticklake/internal/local/awsapi"
)

type partitionRequest struct {
	CatalogID           string `json:"CatalogId"`
	DatabaseName        string
	TableName           string
	PartitionInput      *PartitionInput
	PartitionInputList  []PartitionInput
	PartitionValues     []string
	PartitionValueList  []string
	PartitionsToGet     []valueList
	PartitionsToDelete  []valueList
	Entries             []updateEntry
	Expression          string
	Segment             *segment
	ExcludeColumnSchema bool
	NextToken           string
	MaxResults          *int

	TransactionID jsontext.Value `json:"TransactionId"`
	QueryAsOfTime jsontext.Value
}

type valueList struct{ Values []string }

type updateEntry struct {
	PartitionValueList []string
	PartitionInput     *PartitionInput
}

type partitionError struct {
	PartitionValues []string
	ErrorDetail     ErrorDetail
}

type updateError struct {
	PartitionValueList []string
	ErrorDetail        ErrorDetail
}

type partitionAnswer struct{ Partition *Partition }

type batchAnswer struct{ Errors []partitionError }

type batchUpdateAnswer struct{ Errors []updateError }

type batchGetAnswer struct {
	Partitions      []*Partition
	UnprocessedKeys []valueList
}

// tableOf is the table that a call on partitions names.
type tableOf struct {
	id             int64
	database, name string
	keys           []Column
}

// partitioned finds the table of a request.
func (c *Catalog) partitioned(ctx context.Context, q querier, in *partitionRequest) (*tableOf, error) {
	if err := c.own(in.CatalogID); err != nil {
		return nil, err
	}
	if err := refuse(map[string]jsontext.Value{"TransactionId": in.TransactionID, "QueryAsOfTime": in.QueryAsOfTime}); err != nil {
		return nil, err
	}
	db, err := foldName("Database name", in.DatabaseName)
	if err != nil {
		return nil, err
	}
	name, err := foldName("Table name", in.TableName)
	if err != nil {
		return nil, err
	}
	return c.findPartitioned(ctx, q, db, name)
}

func (c *Catalog) findPartitioned(ctx context.Context, q querier, db, name string) (*tableOf, error) {
	row, err := findTable(ctx, q, db, name)
	if err != nil {
		return nil, err
	}
	t, err := c.decodeTable(db, row)
	if err != nil {
		return nil, err
	}
	return &tableOf{row.id, db, name, t.PartitionKeys}, nil
}

// key encodes partition values for storage after checking their number.
func (t *tableOf) key(values []string) (string, error) {
	if len(values) == 0 || len(values) != len(t.keys) {
		return "", invalid("The number of partition keys do not match the number of partition values: table %s.%s has %d keys, %d values are given",
			t.database, t.name, len(t.keys), len(values))
	}
	for i, v := range values {
		if len(v) > 1024 {
			return "", invalid("the value of partition key %s is longer than 1024 bytes", t.keys[i].Name)
		}
	}
	doc, err := json.Marshal(values)
	return string(doc), err
}

func (c *Catalog) createPartition(ctx context.Context, in *partitionRequest) (*awsapi.Empty, error) {
	return &awsapi.Empty{}, c.update(ctx, func(tx *sql.Tx) error {
		t, err := c.partitioned(ctx, tx, in)
		if err != nil {
			return err
		}
		return c.insertPartition(ctx, tx, t, in.PartitionInput)
	})
}

// batchCreatePartition creates what is not there yet and lists the rest under Errors.
func (c *Catalog) batchCreatePartition(ctx context.Context, in *partitionRequest) (*batchAnswer, error) {
	if err := batchSize("PartitionInputList", len(in.PartitionInputList), 100); err != nil {
		return nil, err
	}
	out := &batchAnswer{Errors: []partitionError{}}
	return out, c.update(ctx, func(tx *sql.Tx) error {
		t, err := c.partitioned(ctx, tx, in)
		if err != nil {
			return err
		}
		for i := range in.PartitionInputList {
			p := &in.PartitionInputList[i]
			detail, err := itemError(c.insertPartition(ctx, tx, t, p))
			if err != nil {
				return err
			}
			if detail != nil {
				out.Errors = append(out.Errors, partitionError{p.Values, *detail})
			}
		}
		return nil
	})
}

func (c *Catalog) insertPartition(ctx context.Context, tx *sql.Tx, t *tableOf, in *PartitionInput) error {
	if in == nil {
		return invalid("PartitionInput is required")
	}
	key, err := t.key(in.Values)
	if err := errors.Join(err, in.StorageDescriptor.check()); err != nil {
		return err
	}
	doc, err := encode("PartitionInput", in, maxPartition)
	if err != nil {
		return err
	}
	res, err := tx.ExecContext(ctx, `INSERT INTO partitions (table_id, key, created, location, doc) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING`, t.id, key, c.now().UnixMilli(), in.location(), doc)
	if err != nil {
		return err
	}
	return changed(res, exists("Partition already exists: %.200s of %s.%s", strings.Join(in.Values, "/"), t.database, t.name))
}

func (in *PartitionInput) location() string {
	if in.StorageDescriptor == nil {
		return ""
	}
	return in.StorageDescriptor.Location
}

func (c *Catalog) getPartition(ctx context.Context, in *partitionRequest) (*partitionAnswer, error) {
	t, err := c.partitioned(ctx, c.read, in)
	if err != nil {
		return nil, err
	}
	p, _, err := c.partition(ctx, c.read, t, in.PartitionValues)
	return &partitionAnswer{p}, err
}

// batchGetPartition returns those that are there; what would make the answer huge is left in UnprocessedKeys.
func (c *Catalog) batchGetPartition(ctx context.Context, in *partitionRequest) (*batchGetAnswer, error) {
	if err := batchSize("PartitionsToGet", len(in.PartitionsToGet), 1000); err != nil {
		return nil, err
	}
	t, err := c.partitioned(ctx, c.read, in)
	if err != nil {
		return nil, err
	}
	out := &batchGetAnswer{Partitions: []*Partition{}, UnprocessedKeys: []valueList{}}
	bytes := 0
	for i, want := range in.PartitionsToGet {
		if bytes > maxPageBytes {
			out.UnprocessedKeys = in.PartitionsToGet[i:]
			break
		}
		p, size, err := c.partition(ctx, c.read, t, want.Values)
		if awsapi.Code(err) == "EntityNotFoundException" {
			continue
		}
		if err != nil {
			return nil, err
		}
		bytes += size
		out.Partitions = append(out.Partitions, p)
	}
	return out, nil
}

func (c *Catalog) partition(ctx context.Context, q querier, t *tableOf, values []string) (*Partition, int, error) {
	key, err := t.key(values)
	if err != nil {
		return nil, 0, err
	}
	var created int64
	var doc string
	err = q.QueryRowContext(ctx, "SELECT created, doc FROM partitions WHERE table_id = ? AND key = ?", t.id, key).Scan(&created, &doc)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, 0, t.noPartition(values)
	}
	if err != nil {
		return nil, 0, err
	}
	p, err := c.decodePartition(t, created, doc)
	return p, len(doc), err
}

func (t *tableOf) noPartition(values []string) error {
	return notFound("Cannot find partition: %.200s of %s.%s", strings.Join(values, "/"), t.database, t.name)
}

func (c *Catalog) decodePartition(t *tableOf, created int64, doc string) (*Partition, error) {
	p := &Partition{DatabaseName: t.database, TableName: t.name, CatalogID: c.account, CreationTime: awsapi.At(time.UnixMilli(created))}
	if err := json.Unmarshal([]byte(doc), &p.PartitionInput); err != nil {
		return nil, fmt.Errorf("read partition of %s.%s: %w", t.database, t.name, err)
	}
	return p, nil
}

func (c *Catalog) updatePartition(ctx context.Context, in *partitionRequest) (*awsapi.Empty, error) {
	return &awsapi.Empty{}, c.update(ctx, func(tx *sql.Tx) error {
		t, err := c.partitioned(ctx, tx, in)
		if err != nil {
			return err
		}
		return c.replacePartition(ctx, tx, t, in.PartitionValueList, in.PartitionInput)
	})
}

func (c *Catalog) batchUpdatePartition(ctx context.Context, in *partitionRequest) (*batchUpdateAnswer, error) {
	if err := batchSize("Entries", len(in.Entries), 100); err != nil {
		return nil, err
	}
	out := &batchUpdateAnswer{Errors: []updateError{}}
	return out, c.update(ctx, func(tx *sql.Tx) error {
		t, err := c.partitioned(ctx, tx, in)
		if err != nil {
			return err
		}
		for _, e := range in.Entries {
			detail, err := itemError(c.replacePartition(ctx, tx, t, e.PartitionValueList, e.PartitionInput))
			if err != nil {
				return err
			}
			if detail != nil {
				out.Errors = append(out.Errors, updateError{e.PartitionValueList, *detail})
			}
		}
		return nil
	})
}

// replacePartition gives a partition a new document and perhaps new values.
func (c *Catalog) replacePartition(ctx context.Context, tx *sql.Tx, t *tableOf, values []string, in *PartitionInput) error {
	if in == nil {
		return invalid("PartitionInput is required")
	}
	if len(in.Values) == 0 {
		in.Values = values
	}
	from, err := t.key(values)
	if err != nil {
		return err
	}
	to, err := t.key(in.Values)
	if err := errors.Join(err, in.StorageDescriptor.check()); err != nil {
		return err
	}
	if _, _, err := c.partition(ctx, tx, t, values); err != nil {
		return err
	}
	doc, err := encode("PartitionInput", in, maxPartition)
	if err != nil {
		return err
	}
	res, err := tx.ExecContext(ctx, "UPDATE OR IGNORE partitions SET key = ?, location = ?, doc = ? WHERE table_id = ? AND key = ?",
		to, in.location(), doc, t.id, from)
	if err != nil {
		return err
	}
	return changed(res, exists("Partition already exists: %.200s of %s.%s", strings.Join(in.Values, "/"), t.database, t.name))
}

func (c *Catalog) deletePartition(ctx context.Context, in *partitionRequest) (*awsapi.Empty, error) {
	return &awsapi.Empty{}, c.update(ctx, func(tx *sql.Tx) error {
		t, err := c.partitioned(ctx, tx, in)
		if err != nil {
			return err
		}
		return dropPartition(ctx, tx, t, in.PartitionValues)
	})
}

func (c *Catalog) batchDeletePartition(ctx context.Context, in *partitionRequest) (*batchAnswer, error) {
	if err := batchSize("PartitionsToDelete", len(in.PartitionsToDelete), 25); err != nil {
		return nil, err
	}
	out := &batchAnswer{Errors: []partitionError{}}
	return out, c.update(ctx, func(tx *sql.Tx) error {
		t, err := c.partitioned(ctx, tx, in)
		if err != nil {
			return err
		}
		for _, p := range in.PartitionsToDelete {
			detail, err := itemError(dropPartition(ctx, tx, t, p.Values))
			if err != nil {
				return err
			}
			if detail != nil {
				out.Errors = append(out.Errors, partitionError{p.Values, *detail})
			}
		}
		return nil
	})
}

func dropPartition(ctx context.Context, tx *sql.Tx, t *tableOf, values []string) error {
	key, err := t.key(values)
	if err != nil {
		return err
	}
	res, err := tx.ExecContext(ctx, "DELETE FROM partitions WHERE table_id = ? AND key = ?", t.id, key)
	if err != nil {
		return err
	}
	return changed(res, t.noPartition(values))
}

func batchSize(member string, n, most int) error {
	if n > most {
		return invalid("%s has %d items and may have %d", member, n, most)
	}
	return nil
}
