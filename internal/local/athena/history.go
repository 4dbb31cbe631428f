package athena

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"ticklake/internal/local/athena/execution"
)

// What is kept of executions that have ended.
const (
	historyVersion = 1
	maxExecutions  = 10_000
	maxHistory     = 128 << 20 // bytes of their documents
	trimEvery      = 256       // additions
)

const historySchema = `
CREATE TABLE execution (
	id        TEXT PRIMARY KEY,
	token     TEXT UNIQUE, -- the client's, NULL without one
	workgroup TEXT NOT NULL,
	submitted INTEGER NOT NULL, -- nanoseconds since 1970
	final     INTEGER NOT NULL,
	doc       BLOB NOT NULL
) STRICT;
CREATE INDEX by_time ON execution (workgroup, submitted DESC, id DESC);
CREATE INDEX unfinished ON execution (final) WHERE final = 0;
PRAGMA user_version = 1;`

// history keeps executions in SQLite. A process that is killed loses none; a power cut may lose the last ones
// (synchronous = NORMAL): their results are in the object store all the same.
type history struct {
	db    *sql.DB
	added atomic.Int64
}

func openHistory(ctx context.Context, path string) (_ *history, err error) {
	// SQLite gives its journal the mode of the file: statements may hold secrets.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("open query history: %w", err)
	}
	dsn := url.URL{Scheme: "file", Path: path, RawQuery: "_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)"}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, fmt.Errorf("open query history: %w", err)
	}
	db.SetMaxOpenConns(1) // one writer there is anyway, and no statement here takes long
	h := &history{db: db}
	if err := h.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open query history: %w (hint: %s may be removed: only the list of past queries is lost)", err, path), db.Close())
	}
	return h, nil
}

func (h *history) prepare(ctx context.Context) error {
	var version int
	if err := h.db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	switch version {
	case historyVersion:
	case 0:
		if err := h.create(ctx); err != nil {
			return err
		}
	default:
		return fmt.Errorf("it has version %d, this ticklake reads version %d", version, historyVersion)
	}
	if _, err := h.db.ExecContext(ctx, preparedSchema); err != nil {
		return err
	}
	return h.trim(ctx)
}

func (h *history) create(ctx context.Context) error {
	tx, err := h.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, historySchema); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// Close ends the history.
func (h *history) Close() error { return h.db.Close() }

// Add implements execution.History.
func (h *history) Add(ctx context.Context, e execution.Execution) error {
	doc, err := encodeExecution(e)
	if err != nil {
		return err
	}
	token := sql.NullString{String: e.Token, Valid: e.Token != ""}
	if _, err := h.db.ExecContext(ctx, "INSERT INTO execution (id, token, workgroup, submitted, final, doc) VALUES (?, ?, ?, ?, ?, ?)",
		e.ID, token, e.WorkGroup, e.Submitted.UnixNano(), e.State.Final(), doc); err != nil {
		return fmt.Errorf("add to query history: %w", err)
	}
	if h.added.Add(1)%trimEvery == 0 {
		return h.trim(ctx)
	}
	return nil
}

// Save implements execution.History.
func (h *history) Save(ctx context.Context, e execution.Execution) error {
	doc, err := encodeExecution(e)
	if err != nil {
		return err
	}
	if _, err := h.db.ExecContext(ctx, "UPDATE execution SET final = ?, doc = ? WHERE id = ?", e.State.Final(), doc, e.ID); err != nil {
		return fmt.Errorf("update query history: %w", err)
	}
	return nil
}

// Get implements execution.History.
func (h *history) Get(ctx context.Context, id string) (execution.Execution, error) {
	return h.one(ctx, "SELECT doc FROM execution WHERE id = ?", id)
}

// ByToken implements execution.History.
func (h *history) ByToken(ctx context.Context, token string) (execution.Execution, error) {
	return h.one(ctx, "SELECT doc FROM execution WHERE token = ?", token)
}

func (h *history) one(ctx context.Context, query, key string) (execution.Execution, error) {
	var doc []byte
	err := h.db.QueryRowContext(ctx, query, key).Scan(&doc)
	if errors.Is(err, sql.ErrNoRows) {
		return execution.Execution{}, execution.ErrNotFound
	}
	if err != nil {
		return execution.Execution{}, fmt.Errorf("read query history: %w", err)
	}
	return decodeExecution(doc)
}

// List implements execution.History.
func (h *history) List(ctx context.Context, workGroup string, behind execution.Mark, n int) (_ []execution.Mark, err error) {
	at := int64(1<<63 - 1)
	if behind.ID != "" {
		at = behind.Submitted.UnixNano()
	}
	rows, err := h.db.QueryContext(ctx, `SELECT id, submitted FROM execution
		WHERE workgroup = ? AND (submitted, id) < (?, ?) ORDER BY submitted DESC, id DESC LIMIT ?`, workGroup, at, behind.ID, n)
	if err != nil {
		return nil, fmt.Errorf("read query history: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var marks []execution.Mark
	for rows.Next() {
		var id string
		var submitted int64
		if err := rows.Scan(&id, &submitted); err != nil {
			return nil, fmt.Errorf("read query history: %w", err)
		}
		marks = append(marks, execution.Mark{ID: id, Submitted: time.Unix(0, submitted).UTC()})
	}
	return marks, rows.Err()
}

// Unfinished implements execution.History.
func (h *history) Unfinished(ctx context.Context) (_ []execution.Execution, err error) {
	rows, err := h.db.QueryContext(ctx, "SELECT doc FROM execution WHERE final = 0")
	if err != nil {
		return nil, fmt.Errorf("read query history: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var all []execution.Execution
	for rows.Next() {
		var doc []byte
		if err := rows.Scan(&doc); err != nil {
			return nil, fmt.Errorf("read query history: %w", err)
		}
		e, err := decodeExecution(doc)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, rows.Err()
}

// trim forgets the oldest.
func (h *history) trim(ctx context.Context) error {
	_, err := h.db.ExecContext(ctx, `DELETE FROM execution WHERE final = 1 AND id IN (
		SELECT id FROM (
			SELECT id, row_number() OVER w AS n, sum(length(doc)) OVER w AS bytes
			FROM execution WINDOW w AS (ORDER BY submitted DESC, id DESC)
		) WHERE n > ? OR bytes > ?)`, maxExecutions, maxHistory)
	if err != nil {
		return fmt.Errorf("trim query history: %w", err)
	}
	return nil
}

func encodeExecution(e execution.Execution) ([]byte, error) {
	doc, err := json.Marshal(e, jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return nil, fmt.Errorf("encode query %s: %w", e.ID, err)
	}
	return doc, nil
}

func decodeExecution(doc []byte) (execution.Execution, error) {
	var e execution.Execution
	if err := json.Unmarshal(doc, &e); err != nil {
		return execution.Execution{}, fmt.Errorf("decode a query of the history: %w", err)
	}
	return e, nil
}
