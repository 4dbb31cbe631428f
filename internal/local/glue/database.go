package glue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"ticklake/internal/local/awsapi"
)

type databaseRequest struct {
	CatalogID         string `json:"CatalogId"`
	Name              string
	DatabaseInput     *DatabaseInput
	Tags              map[string]string
	NextToken         string
	MaxResults        *int
	ResourceShareType string
}

type databaseAnswer struct{ Database *Database }

type databasesAnswer struct {
	DatabaseList []Database
	NextToken    string `json:",omitempty"`
}

func (in *DatabaseInput) check() error {
	if in == nil {
		return invalid("DatabaseInput is required")
	}
	name, err := foldName("Database name", in.Name)
	if err != nil {
		return err
	}
	in.Name = name
	return refuse(map[string]jsontext.Value{"FederatedDatabase": in.FederatedDatabase, "TargetDatabase": in.TargetDatabase})
}

func (c *Catalog) createDatabase(ctx context.Context, in *databaseRequest) (*awsapi.Empty, error) {
	if err := errors.Join(c.own(in.CatalogID), in.DatabaseInput.check()); err != nil {
		return nil, err
	}
	if len(in.Tags) > 0 {
		return nil, invalid("Tags are not supported by ticklake's embedded Glue endpoint (AWS Glue has them)")
	}
	doc, err := encode("DatabaseInput", in.DatabaseInput, maxDatabase)
	if err != nil {
		return nil, err
	}
	return &awsapi.Empty{}, c.update(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, "INSERT INTO databases (name, created, doc) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
			in.DatabaseInput.Name, c.now().UnixMilli(), doc)
		if err != nil {
			return err
		}
		return changed(res, exists("Database already exists: %s", in.DatabaseInput.Name))
	})
}

func (c *Catalog) getDatabase(ctx context.Context, in *databaseRequest) (*databaseAnswer, error) {
	name, err := foldName("Database name", in.Name)
	if err := errors.Join(c.own(in.CatalogID), err); err != nil {
		return nil, err
	}
	db, err := c.Database(ctx, name)
	return &databaseAnswer{db}, err
}

func (c *Catalog) getDatabases(ctx context.Context, in *databaseRequest) (*databasesAnswer, error) {
	if err := c.own(in.CatalogID); err != nil {
		return nil, err
	}
	n, err := page(in.MaxResults, 100)
	if err != nil {
		return nil, err
	}
	out := &databasesAnswer{DatabaseList: []Database{}}
	if in.ResourceShareType == "FOREIGN" || in.ResourceShareType == "FEDERATED" {
		return out, nil // nobody shares anything here
	}
	const scope = "GetDatabases"
	after, err := position(scope, in.NextToken)
	if err != nil {
		return nil, err
	}
	out.DatabaseList, err = c.databases(ctx, after, n+1)
	if err != nil {
		return nil, err
	}
	if len(out.DatabaseList) > n {
		out.DatabaseList = out.DatabaseList[:n]
		out.NextToken = awsapi.PageToken(scope, out.DatabaseList[n-1].Name)
	}
	return out, nil
}

func (c *Catalog) updateDatabase(ctx context.Context, in *databaseRequest) (*awsapi.Empty, error) {
	name, err := foldName("Database name", in.Name)
	if err := errors.Join(c.own(in.CatalogID), err, in.DatabaseInput.check()); err != nil {
		return nil, err
	}
	if in.DatabaseInput.Name != name {
		return nil, invalid("a database cannot be renamed")
	}
	doc, err := encode("DatabaseInput", in.DatabaseInput, maxDatabase)
	if err != nil {
		return nil, err
	}
	return &awsapi.Empty{}, c.update(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, "UPDATE databases SET doc = ? WHERE name = ?", doc, name)
		if err != nil {
			return err
		}
		return changed(res, notFound("Database %s not found.", name))
	})
}

// deleteDatabase deletes the database with its tables and partitions, as Glue does.
func (c *Catalog) deleteDatabase(ctx context.Context, in *databaseRequest) (*awsapi.Empty, error) {
	name, err := foldName("Database name", in.Name)
	if err := errors.Join(c.own(in.CatalogID), err); err != nil {
		return nil, err
	}
	return &awsapi.Empty{}, c.update(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, "DELETE FROM databases WHERE name = ?", name)
		if err != nil {
			return err
		}
		return changed(res, notFound("Database %s not found.", name))
	})
}

// Databases returns every database in the order of names.
func (c *Catalog) Databases(ctx context.Context) ([]Database, error) {
	return c.databases(ctx, "", -1)
}

// Database returns one database, or an EntityNotFoundException.
func (c *Catalog) Database(ctx context.Context, name string) (*Database, error) {
	var created int64
	var doc string
	err := c.read.QueryRowContext(ctx, "SELECT created, doc FROM databases WHERE name = ?", name).Scan(&created, &doc)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, notFound("Database %s not found.", name)
	}
	if err != nil {
		return nil, err
	}
	return c.decodeDatabase(created, doc)
}

func (c *Catalog) databases(ctx context.Context, after string, limit int) (_ []Database, err error) {
	rows, err := c.read.QueryContext(ctx, "SELECT created, doc FROM databases WHERE name > ? ORDER BY name LIMIT ?", after, limit)
	if err != nil {
		return nil, err
	}
	defer closeRows(rows, &err)
	list := []Database{}
	for rows.Next() {
		var created int64
		var doc string
		if err := rows.Scan(&created, &doc); err != nil {
			return nil, err
		}
		db, err := c.decodeDatabase(created, doc)
		if err != nil {
			return nil, err
		}
		list = append(list, *db)
	}
	return list, nil
}

func (c *Catalog) decodeDatabase(created int64, doc string) (*Database, error) {
	db := &Database{CatalogID: c.account, CreateTime: awsapi.At(time.UnixMilli(created))}
	if err := json.Unmarshal([]byte(doc), &db.DatabaseInput); err != nil {
		return nil, fmt.Errorf("read database: %w", err)
	}
	return db, nil
}

// requireDatabase fails unless the database is there.
func requireDatabase(ctx context.Context, q querier, name string) error {
	var one int
	err := q.QueryRowContext(ctx, "SELECT 1 FROM databases WHERE name = ?", name).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return notFound("Database %s not found.", name)
	}
	return err
}

// own refuses a catalog of another account.
func (c *Catalog) own(catalogID string) error {
	if catalogID == "" || catalogID == c.account {
		return nil
	}
	return notFound("Catalog %.32s not found: this endpoint has the catalog of account %s", catalogID, c.account)
}

// changed returns otherwise if the statement changed nothing.
func changed(res sql.Result, otherwise error) error {
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		return otherwise
	}
	return err
}

// closeRows ends a listing and reports what stopped it early.
func closeRows(rows *sql.Rows, err *error) {
	if *err == nil {
		*err = rows.Err()
	}
	if e := rows.Close(); *err == nil {
		*err = e
	}
}
