package glue

import (
	"context"
	"database/sql"
	"strconv"

	"ticklake/internal/local/awsapi"
)

type versionAnswer struct{ TableVersion *TableVersion }

type versionsAnswer struct {
	TableVersions []TableVersion
	NextToken     string `json:",omitempty"`
}

type versionError struct {
	TableName   string
	VersionID   string `json:"VersionId"`
	ErrorDetail ErrorDetail
}

type batchVersionsAnswer struct{ Errors []versionError }

// allVersions are a table's archived versions and its current one.
const allVersions = `SELECT t.id, v.version, t.created, v.updated, v.doc FROM table_versions v JOIN tables t ON t.id = v.table_id
	WHERE t.id = ?1 AND v.version < ?2
	UNION ALL SELECT id, version, created, updated, doc FROM tables WHERE id = ?1 AND version < ?2
	ORDER BY 2 DESC LIMIT ?3`

// versioned finds the table that a call on versions names.
func (c *Catalog) versioned(ctx context.Context, q querier, in *tableRequest) (db string, row *tableRow, err error) {
	db, err = c.database(in)
	if err != nil {
		return "", nil, err
	}
	name, err := foldName("Table name", in.TableName)
	if err != nil {
		return "", nil, err
	}
	row, err = findTable(ctx, q, db, name)
	return db, row, err
}

// getTableVersion returns one version, the current one if none is named.
func (c *Catalog) getTableVersion(ctx context.Context, in *tableRequest) (*versionAnswer, error) {
	db, row, err := c.versioned(ctx, c.read, in)
	if err != nil {
		return nil, err
	}
	below := row.version + 1
	if in.VersionID != "" {
		n, err := versionNumber(in.VersionID)
		if err != nil {
			return nil, err
		}
		below = n + 1
	}
	list, _, err := c.versions(ctx, db, row.id, below, 1)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 || in.VersionID != "" && list[0].VersionID != in.VersionID {
		return nil, notFound("Table %s.%s has no version %.32s.", db, in.TableName, in.VersionID)
	}
	return &versionAnswer{&list[0]}, nil
}

// getTableVersions lists versions, the newest first.
func (c *Catalog) getTableVersions(ctx context.Context, in *tableRequest) (*versionsAnswer, error) {
	db, row, err := c.versioned(ctx, c.read, in)
	if err != nil {
		return nil, err
	}
	n, err := page(in.MaxResults, 100)
	if err != nil {
		return nil, err
	}
	scope := "GetTableVersions/" + strconv.FormatInt(row.id, 10)
	after, err := position(scope, in.NextToken)
	if err != nil {
		return nil, err
	}
	below := row.version + 1
	if after != "" {
		if below, err = versionNumber(after); err != nil {
			return nil, err
		}
	}
	list, more, err := c.versions(ctx, db, row.id, below, n)
	if err != nil {
		return nil, err
	}
	out := &versionsAnswer{TableVersions: list}
	if more {
		out.NextToken = awsapi.PageToken(scope, list[len(list)-1].VersionID)
	}
	return out, nil
}

func (c *Catalog) deleteTableVersion(ctx context.Context, in *tableRequest) (*awsapi.Empty, error) {
	return &awsapi.Empty{}, c.update(ctx, func(tx *sql.Tx) error {
		_, row, err := c.versioned(ctx, tx, in)
		if err != nil {
			return err
		}
		return dropVersion(ctx, tx, row, in.VersionID)
	})
}

func (c *Catalog) batchDeleteTableVersion(ctx context.Context, in *tableRequest) (*batchVersionsAnswer, error) {
	if len(in.VersionIDs) > 100 {
		return nil, invalid("VersionIds has more than 100 versions")
	}
	out := &batchVersionsAnswer{Errors: []versionError{}}
	return out, c.update(ctx, func(tx *sql.Tx) error {
		_, row, err := c.versioned(ctx, tx, in)
		if err != nil {
			return err
		}
		for _, id := range in.VersionIDs {
			detail, err := itemError(dropVersion(ctx, tx, row, id))
			if err != nil {
				return err
			}
			if detail != nil {
				out.Errors = append(out.Errors, versionError{in.TableName, id, *detail})
			}
		}
		return nil
	})
}

func dropVersion(ctx context.Context, tx *sql.Tx, row *tableRow, id string) error {
	n, err := versionNumber(id)
	if err != nil {
		return err
	}
	if n == row.version {
		return invalid("the current version of a table cannot be deleted")
	}
	res, err := tx.ExecContext(ctx, "DELETE FROM table_versions WHERE table_id = ? AND version = ?", row.id, n)
	if err != nil {
		return err
	}
	return changed(res, notFound("Version %s not found.", id))
}

// versions returns up to n versions below one, the newest first, fewer where they are large; more tells that others follow.
func (c *Catalog) versions(ctx context.Context, db string, table, below int64, n int) (list []TableVersion, more bool, err error) {
	rows, err := c.read.QueryContext(ctx, allVersions, table, below, n+1)
	if err != nil {
		return nil, false, err
	}
	defer closeRows(rows, &err)
	list = []TableVersion{}
	bytes := 0
	for rows.Next() {
		if len(list) == n || bytes > maxPageBytes {
			return list, true, nil
		}
		var row tableRow
		if err := rows.Scan(&row.id, &row.version, &row.created, &row.updated, &row.doc); err != nil {
			return nil, false, err
		}
		t, err := c.decodeTable(db, &row)
		if err != nil {
			return nil, false, err
		}
		list = append(list, TableVersion{Table: t, VersionID: t.VersionID})
		bytes += len(row.doc)
	}
	return list, false, nil
}

func versionNumber(id string) (int64, error) {
	n, err := strconv.ParseInt(id, 10, 63)
	if err != nil || n < 0 {
		return 0, invalid("VersionId %.32q is not a version", id)
	}
	return n, nil
}
