package duck

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// pageRows is how many rows of an answer are read at a time.
const pageRows = 20000

// rows are a session's answer: a temporary table of its connection, read page by page.
type rows struct {
	ctx    context.Context
	job    *job
	conn   *sql.Conn
	rows   *sql.Rows
	offset int64
	inPage int64
	values []any
}

// page opens the next rows of the answer, in their order.
func (r *rows) page() error {
	next, err := r.conn.QueryContext(r.ctx, fmt.Sprintf("SELECT * FROM answer WHERE rowid >= %d AND rowid < %d", r.offset, r.offset+pageRows))
	if err != nil {
		return translateError(r.ctx, err)
	}
	r.rows, r.offset, r.inPage = next, r.offset+pageRows, 0
	return nil
}

// advance moves to the next row, over the end of a page that was full; false at the end.
func (r *rows) advance() (bool, error) {
	for {
		if r.rows.Next() {
			r.inPage++
			return true, nil
		}
		if err := errors.Join(r.rows.Err(), r.rows.Close()); err != nil {
			return false, translateError(r.ctx, err)
		}
		if r.inPage < pageRows {
			return false, nil
		}
		if err := r.page(); err != nil {
			return false, err
		}
	}
}

// scan reads the next row into values; false at the end.
func (r *rows) scan() (bool, error) {
	if r.conn == nil {
		return false, nil
	}
	ok, err := r.advance()
	if err != nil || !ok {
		return false, err
	}
	ptrs := make([]any, len(r.values))
	for i := range r.values {
		ptrs[i] = &r.values[i]
	}
	if err := r.rows.Scan(ptrs...); err != nil {
		return false, fmt.Errorf("read row: %w", err)
	}
	return true, nil
}

// text implements source.
func (r *rows) text() ([]*string, error) {
	ok, err := r.scan()
	if err != nil || !ok {
		return nil, err
	}
	row := make([]*string, len(r.values))
	for i, v := range r.values {
		if v == nil {
			continue
		}
		s := render(v, r.job.Types[i])
		row[i] = &s
	}
	return row, nil
}

// close implements source.
func (r *rows) close() error {
	if r.conn == nil {
		return nil
	}
	open, conn := r.rows, r.conn
	r.rows, r.conn = nil, nil
	var errs []error
	if open != nil {
		errs = append(errs, open.Close())
	}
	// The statement may have been cancelled; its table goes all the same.
	_, err := conn.ExecContext(context.WithoutCancel(r.ctx), "DROP TABLE IF EXISTS answer")
	errs = append(errs, err, conn.Close())
	if err := errors.Join(errs...); err != nil && r.ctx.Err() == nil {
		return err
	}
	return nil
}
