package glue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"ticklake/internal/local/awsapi"
)

// schemaVersion is the user_version of the file that this program reads and writes.
const schemaVersion = 1

// schema makes an empty file one of schemaVersion. Documents are the inputs of the API as JSON; what is searched or
// sorted by has a column of its own. Times are milliseconds since 1970.
const schema = `
CREATE TABLE databases (
	name    TEXT PRIMARY KEY,
	created INTEGER NOT NULL,
	doc     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE tables (
	id       INTEGER PRIMARY KEY,
	database TEXT NOT NULL REFERENCES databases ON DELETE CASCADE,
	name     TEXT NOT NULL,
	version  INTEGER NOT NULL,
	created  INTEGER NOT NULL,
	updated  INTEGER NOT NULL,
	doc      TEXT NOT NULL,
	UNIQUE (database, name)
) STRICT;
CREATE TABLE table_versions (
	table_id INTEGER NOT NULL REFERENCES tables ON DELETE CASCADE,
	version  INTEGER NOT NULL,
	updated  INTEGER NOT NULL,
	doc      TEXT NOT NULL,
	PRIMARY KEY (table_id, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE partitions (
	table_id INTEGER NOT NULL REFERENCES tables ON DELETE CASCADE,
	key      TEXT NOT NULL, -- the values as a JSON list
	created  INTEGER NOT NULL,
	location TEXT NOT NULL,
	doc      TEXT NOT NULL,
	PRIMARY KEY (table_id, key)
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 1;
`

// Config says where the catalog lies and whose it is.
type Config struct {
	Path      string           // of the SQLite file; its folder must exist
	AccountID string           // twelve digits; default 000000000000
	Now       func() time.Time // default time.Now
	Logger    *slog.Logger     // default none
}

// Catalog is an open Glue Data Catalog. Its methods may be called concurrently.
type Catalog struct {
	account string
	now     func() time.Time
	log     *slog.Logger
	write   *sql.DB // one connection: writers queue here, not in SQLite
	read    *sql.DB
}

// Open opens the catalog, which is made if it is not there.
func Open(ctx context.Context, c Config) (*Catalog, error) {
	if c.Path == "" {
		return nil, errors.New("open catalog: no path")
	}
	if c.AccountID == "" {
		c.AccountID = "000000000000"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	path, err := filepath.Abs(c.Path)
	if err != nil {
		return nil, fmt.Errorf("open catalog: %w", err)
	}
	// SQLite gives its journal the mode of the file: nobody else reads either.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open catalog: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("open catalog: %w", err)
	}
	cat := &Catalog{account: c.AccountID, now: c.Now, log: c.Logger}
	if cat.write, err = openDB(path, "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)"); err != nil {
		return nil, fmt.Errorf("open catalog %s: %w", path, err)
	}
	cat.write.SetMaxOpenConns(1)
	if err := errors.Join(migrate(ctx, cat.write), syncFolder(filepath.Dir(path))); err != nil {
		return nil, errors.Join(fmt.Errorf("open catalog %s: %w%s", path, err, hint(err)), cat.Close())
	}
	if cat.read, err = openDB(path, "query_only(1)"); err != nil {
		return nil, errors.Join(fmt.Errorf("open catalog %s: %w", path, err), cat.Close())
	}
	cat.read.SetMaxOpenConns(8)
	return cat, nil
}

// hint says what to try where the disk is why the catalog cannot be opened.
func hint(err error) string {
	switch awsapi.DiskTrouble(err) {
	case "full":
		return " (hint: free some space on its disk)"
	case "read-only":
		return " (hint: its disk must be writable)"
	}
	return ""
}

// openDB opens a pool whose transactions take the write lock at once, so that none fails half-way for want of it.
func openDB(path string, pragmas ...string) (*sql.DB, error) {
	q := url.Values{"_pragma": append([]string{"busy_timeout(10000)"}, pragmas...)}
	for _, p := range pragmas {
		if p == "synchronous(FULL)" {
			q.Set("_txlock", "immediate")
		}
	}
	dsn := url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}
	return sql.Open("sqlite", dsn.String())
}

// migrate brings the file to schemaVersion.
func migrate(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	var version int
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	switch {
	case version == schemaVersion:
		return nil
	case version > schemaVersion:
		return fmt.Errorf("it has version %d and this program knows %d: hint: use the newer ticklake that wrote it", version, schemaVersion)
	}
	if _, err := tx.ExecContext(ctx, schema); err != nil {
		return fmt.Errorf("create tables: %w", err)
	}
	return tx.Commit()
}

// syncFolder makes the names of new files durable, which SQLite leaves to the rollback journal that we do not use.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Close closes the file. It may be called again.
func (c *Catalog) Close() error {
	var errs []error
	for _, db := range []*sql.DB{c.read, c.write} { // the last connection that closes checkpoints
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// update runs f in one transaction that is durable when update returns nil.
func (c *Catalog) update(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := c.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// querier is what a read needs: a pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}
