package glue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"ticklake/internal/local/awsapi"
)

// maxPageBytes ends a page early, so that large documents cannot make a huge answer.
const maxPageBytes = 4 << 20

type tableRequest struct {
	CatalogID      string `json:"CatalogId"`
	DatabaseName   string
	Name           string // Get-, Update- and DeleteTable
	TableName      string // the calls on versions
	TableInput     *TableInput
	VersionID      string `json:"VersionId"`
	SkipArchive    bool
	TablesToDelete []string
	Expression     string
	NextToken      string
	MaxResults     *int
	VersionIDs     []string `json:"VersionIds"`

	OpenTableFormatInput       jsontext.Value
	UpdateOpenTableFormatInput jsontext.Value
	PartitionIndexes           jsontext.Value
	TransactionID              jsontext.Value `json:"TransactionId"`
	QueryAsOfTime              jsontext.Value
	ViewUpdateAction           jsontext.Value
}

type tableAnswer struct{ Table *Table }

type tablesAnswer struct {
	TableList []*Table
	NextToken string `json:",omitempty"`
}

type tableError struct {
	TableName   string
	ErrorDetail ErrorDetail
}

type batchTablesAnswer struct{ Errors []tableError }

func (in *TableInput) check() error {
	if in == nil {
		return invalid("TableInput is required")
	}
	name, err := foldName("Table name", in.Name)
	if err != nil {
		return err
	}
	in.Name = name
	if err := checkColumns("partition key", in.PartitionKeys); err != nil {
		return err
	}
	members := map[string]jsontext.Value{"TargetTable": in.TargetTable, "ViewDefinition": in.ViewDefinition, "FederatedTable": in.FederatedTable}
	if err := refuse(members); err != nil {
		return err
	}
	return in.StorageDescriptor.check()
}

func (sd *StorageDescriptor) check() error {
	if sd == nil {
		return nil
	}
	if err := refuse(map[string]jsontext.Value{"SchemaReference": sd.SchemaReference}); err != nil {
		return err
	}
	return checkColumns("column", sd.Columns)
}

// database checks what each call on tables has, and returns the folded name of the database.
func (c *Catalog) database(in *tableRequest) (string, error) {
	if err := c.own(in.CatalogID); err != nil {
		return "", err
	}
	err := refuse(map[string]jsontext.Value{
		"OpenTableFormatInput": in.OpenTableFormatInput, "UpdateOpenTableFormatInput": in.UpdateOpenTableFormatInput,
		"PartitionIndexes": nonEmpty(in.PartitionIndexes), "TransactionId": in.TransactionID, "QueryAsOfTime": in.QueryAsOfTime,
		"ViewUpdateAction": in.ViewUpdateAction,
	})
	if err != nil {
		return "", err
	}
	return foldName("Database name", in.DatabaseName)
}

// nonEmpty drops an empty list, which asks for nothing.
func nonEmpty(list jsontext.Value) jsontext.Value {
	if strings.Trim(string(list), "[] \t\r\n") == "" {
		return nil
	}
	return list
}

func (c *Catalog) createTable(ctx context.Context, in *tableRequest) (*awsapi.Empty, error) {
	db, err := c.database(in)
	if err := errors.Join(err, in.TableInput.check()); err != nil {
		return nil, err
	}
	doc, err := encode("TableInput", in.TableInput, maxTable)
	if err != nil {
		return nil, err
	}
	return &awsapi.Empty{}, c.update(ctx, func(tx *sql.Tx) error {
		if err := requireDatabase(ctx, tx, db); err != nil {
			return err
		}
		now := c.now().UnixMilli()
		res, err := tx.ExecContext(ctx, `INSERT INTO tables (database, name, version, created, updated, doc)
			VALUES (?, ?, 0, ?, ?, ?) ON CONFLICT DO NOTHING`, db, in.TableInput.Name, now, now, doc)
		if err != nil {
			return err
		}
		return changed(res, exists("Table already exists: %s.%s", db, in.TableInput.Name))
	})
}

func (c *Catalog) getTable(ctx context.Context, in *tableRequest) (*tableAnswer, error) {
	db, err := c.database(in)
	if err != nil {
		return nil, err
	}
	name, err := foldName("Table name", in.Name)
	if err != nil {
		return nil, err
	}
	t, err := c.Table(ctx, db, name)
	return &tableAnswer{t}, err
}

func (c *Catalog) getTables(ctx context.Context, in *tableRequest) (*tablesAnswer, error) {
	db, err := c.database(in)
	if err != nil {
		return nil, err
	}
	n, err := page(in.MaxResults, 100)
	if err != nil {
		return nil, err
	}
	match, err := namePattern(in.Expression)
	if err != nil {
		return nil, err
	}
	scope := "GetTables/" + db + "/" + in.Expression
	after, err := position(scope, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &tablesAnswer{TableList: []*Table{}}
	bytes := 0
	err = c.eachTable(ctx, db, after, func(name string, decode func() (*Table, int, error)) (bool, error) {
		if !match.MatchString(name) {
			return true, nil
		}
		if len(out.TableList) == n || bytes > maxPageBytes {
			out.NextToken = awsapi.PageToken(scope, out.TableList[len(out.TableList)-1].Name)
			return false, nil
		}
		t, size, err := decode()
		bytes += size
		out.TableList = append(out.TableList, t)
		return true, err
	})
	return out, err
}

// updateTable replaces a table's document. With a VersionId it is a compare-and-swap; the version replaced is
// archived unless SkipArchive says no.
func (c *Catalog) updateTable(ctx context.Context, in *tableRequest) (*awsapi.Empty, error) {
	db, err := c.database(in)
	if err := errors.Join(err, in.TableInput.check()); err != nil {
		return nil, err
	}
	if in.Name != "" && !strings.EqualFold(in.Name, in.TableInput.Name) {
		return nil, invalid("a table cannot be renamed")
	}
	doc, err := encode("TableInput", in.TableInput, maxTable)
	if err != nil {
		return nil, err
	}
	return &awsapi.Empty{}, c.update(ctx, func(tx *sql.Tx) error {
		row, err := findTable(ctx, tx, db, in.TableInput.Name)
		if err != nil {
			return err
		}
		if in.VersionID != "" && in.VersionID != strconv.FormatInt(row.version, 10) {
			return awsapi.Errorf("ConcurrentModificationException", "Update table failed due to concurrent modifications: "+
				"%s.%s has version %d, not %.32s", db, in.TableInput.Name, row.version, in.VersionID)
		}
		if !in.SkipArchive {
			_, err := tx.ExecContext(ctx, `INSERT INTO table_versions (table_id, version, updated, doc)
				SELECT id, version, updated, doc FROM tables WHERE id = ?`, row.id)
			if err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, "UPDATE tables SET version = version + 1, updated = ?, doc = ? WHERE id = ?",
			c.now().UnixMilli(), doc, row.id)
		return err
	})
}

func (c *Catalog) deleteTable(ctx context.Context, in *tableRequest) (*awsapi.Empty, error) {
	db, err := c.database(in)
	if err != nil {
		return nil, err
	}
	return &awsapi.Empty{}, c.update(ctx, func(tx *sql.Tx) error { return dropTable(ctx, tx, db, in.Name) })
}

func (c *Catalog) batchDeleteTable(ctx context.Context, in *tableRequest) (*batchTablesAnswer, error) {
	db, err := c.database(in)
	if err != nil {
		return nil, err
	}
	if len(in.TablesToDelete) > 100 {
		return nil, invalid("TablesToDelete has more than 100 names")
	}
	out := &batchTablesAnswer{Errors: []tableError{}}
	return out, c.update(ctx, func(tx *sql.Tx) error {
		if err := requireDatabase(ctx, tx, db); err != nil {
			return err
		}
		for _, name := range in.TablesToDelete {
			detail, err := itemError(dropTable(ctx, tx, db, name))
			if err != nil {
				return err
			}
			if detail != nil {
				out.Errors = append(out.Errors, tableError{name, *detail})
			}
		}
		return nil
	})
}

func dropTable(ctx context.Context, tx *sql.Tx, db, name string) error {
	name, err := foldName("Table name", name)
	if err != nil {
		return err
	}
	row, err := findTable(ctx, tx, db, name)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM tables WHERE id = ?", row.id)
	return err
}

// itemError splits what went wrong with one item of a batch from what stops the batch.
func itemError(err error) (*ErrorDetail, error) {
	var e *awsapi.Error
	if errors.As(err, &e) {
		return &ErrorDetail{e.Code, e.Message}, nil
	}
	return nil, err
}

// Table returns one table, or an EntityNotFoundException. Names are lower case.
func (c *Catalog) Table(ctx context.Context, database, name string) (*Table, error) {
	row, err := findTable(ctx, c.read, database, name)
	if err != nil {
		return nil, err
	}
	return c.decodeTable(database, row)
}

// TableNames returns the names of a database's tables in their order, or an EntityNotFoundException.
func (c *Catalog) TableNames(ctx context.Context, database string) ([]string, error) {
	var names []string
	err := c.eachTable(ctx, database, "", func(name string, _ func() (*Table, int, error)) (bool, error) {
		names = append(names, name)
		return true, nil
	})
	return names, err
}

// eachTable calls f for the tables of a database after a name, until it returns false.
func (c *Catalog) eachTable(ctx context.Context, db, after string, f func(name string, decode func() (*Table, int, error)) (bool, error)) (err error) {
	if err := requireDatabase(ctx, c.read, db); err != nil {
		return err
	}
	rows, err := c.read.QueryContext(ctx, `SELECT id, version, created, updated, doc, name FROM tables
		WHERE database = ? AND name > ? ORDER BY name`, db, after)
	if err != nil {
		return err
	}
	defer closeRows(rows, &err)
	for rows.Next() {
		var row tableRow
		var name string
		if err := rows.Scan(&row.id, &row.version, &row.created, &row.updated, &row.doc, &name); err != nil {
			return err
		}
		more, err := f(name, func() (*Table, int, error) {
			t, err := c.decodeTable(db, &row)
			return t, len(row.doc), err
		})
		if err != nil || !more {
			return err
		}
	}
	return nil
}

type tableRow struct {
	id, version, created, updated int64
	doc                           string
}

func findTable(ctx context.Context, q querier, db, name string) (*tableRow, error) {
	row := new(tableRow)
	err := q.QueryRowContext(ctx, "SELECT id, version, created, updated, doc FROM tables WHERE database = ? AND name = ?", db, name).
		Scan(&row.id, &row.version, &row.created, &row.updated, &row.doc)
	if !errors.Is(err, sql.ErrNoRows) {
		return row, err
	}
	if err := requireDatabase(ctx, q, db); err != nil {
		return nil, err
	}
	return nil, notFound("Table %s not found in database %s.", name, db)
}

func (c *Catalog) decodeTable(db string, row *tableRow) (*Table, error) {
	t := &Table{
		DatabaseName: db, CatalogID: c.account, VersionID: strconv.FormatInt(row.version, 10),
		CreateTime: awsapi.At(time.UnixMilli(row.created)), UpdateTime: awsapi.At(time.UnixMilli(row.updated)),
	}
	if err := json.Unmarshal([]byte(row.doc), &t.TableInput); err != nil {
		return nil, fmt.Errorf("read table %s: %w", db, err)
	}
	return t, nil
}
