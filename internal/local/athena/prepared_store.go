package athena

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// maxPrepared is how many statements a work group may keep, as on Athena.
const maxPrepared = 1000

// preparedSchema stands beside the history. Names are compared without case, as EXECUTE writes them.
const preparedSchema = `
CREATE TABLE IF NOT EXISTS prepared (
	name        TEXT PRIMARY KEY COLLATE NOCASE,
	sql         TEXT NOT NULL,
	description TEXT NOT NULL,
	modified    INTEGER NOT NULL -- milliseconds since 1970
) STRICT;`

var (
	errNoPrepared     = errors.New("no such prepared statement")
	errPreparedExists = errors.New("the prepared statement exists")
	errPreparedMany   = errors.New("too many prepared statements")
)

// preparedStatement is a statement that is kept under a name.
type preparedStatement struct {
	name, sql, description string
	modified               time.Time
}

// prepared keeps statements under names.
type prepared struct{ db *sql.DB }

func (p *prepared) create(ctx context.Context, s preparedStatement) error {
	res, err := p.db.ExecContext(ctx, `INSERT INTO prepared (name, sql, description, modified)
		SELECT ?, ?, ?, ? WHERE (SELECT count(*) FROM prepared) < ? ON CONFLICT DO NOTHING`,
		s.name, s.sql, s.description, s.modified.UnixMilli(), maxPrepared)
	err = changedOne(res, err, errPreparedExists)
	if errors.Is(err, errPreparedExists) {
		if _, missing := p.get(ctx, s.name); errors.Is(missing, errNoPrepared) {
			return errPreparedMany
		}
	}
	return err
}

func (p *prepared) update(ctx context.Context, s preparedStatement) error {
	res, err := p.db.ExecContext(ctx, "UPDATE prepared SET sql = ?, description = ?, modified = ? WHERE name = ?",
		s.sql, s.description, s.modified.UnixMilli(), s.name)
	return changedOne(res, err, errNoPrepared)
}

func (p *prepared) drop(ctx context.Context, name string) error {
	res, err := p.db.ExecContext(ctx, "DELETE FROM prepared WHERE name = ?", name)
	return changedOne(res, err, errNoPrepared)
}

// changedOne returns otherwise where a statement has changed no row.
func changedOne(res sql.Result, err, otherwise error) error {
	if err != nil {
		return fmt.Errorf("keep a prepared statement: %w", err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return fmt.Errorf("keep a prepared statement: %w", err)
	}
	if n == 0 {
		return otherwise
	}
	return nil
}

func (p *prepared) get(ctx context.Context, name string) (preparedStatement, error) {
	found, err := p.find(ctx, "SELECT name, sql, description, modified FROM prepared WHERE name = ?", name)
	if err == nil && len(found) == 0 {
		err = errNoPrepared
	}
	if err != nil {
		return preparedStatement{}, err
	}
	return found[0], nil
}

// list returns all of them in the order of their names' bytes, without the statements.
func (p *prepared) list(ctx context.Context) ([]preparedStatement, error) {
	return p.find(ctx, "SELECT name, '', '', modified FROM prepared ORDER BY name COLLATE BINARY")
}

func (p *prepared) find(ctx context.Context, query string, args ...any) (found []preparedStatement, err error) {
	rows, err := p.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read prepared statements: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var s preparedStatement
		var modified int64
		if err := rows.Scan(&s.name, &s.sql, &s.description, &modified); err != nil {
			return nil, fmt.Errorf("read prepared statements: %w", err)
		}
		s.modified = time.UnixMilli(modified).UTC()
		found = append(found, s)
	}
	return found, rows.Err()
}
