package execution

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"ticklake/internal/local/athena/trino"
)

// Export is an answer whose rows are to be kept as a file, and for CREATE TABLE AS as a table over it.
type Export interface {
	Answer
	// Target says what is made.
	Target() Target
	// Encode writes the rows as a file, in place of Next, and returns how many they are.
	Encode(w io.Writer) (rows int64, err error)
}

// Target is what a statement makes.
type Target struct {
	// Database and Table name the table; they are empty for UNLOAD.
	Database, Table string
	Comment         string
	Columns         []trino.TableColumn
	Compression     string
	// Location is the folder that was asked for, or empty.
	Location string
	// NoData makes the table alone; Exists says that there is nothing to do.
	NoData, Exists bool
}

// Tables makes tables in the catalog.
type Tables interface {
	// CreateTable makes a table of Parquet files in a folder; ErrTableExists if its name is taken.
	CreateTable(ctx context.Context, t *Target) error
}

// ErrTableExists says that a table's name is taken.
var ErrTableExists = errors.New("the table exists")

// exportColumns are the columns of the answer that a client gets of an export: none of its rows.
var exportColumns = []Column{{Name: "rows", Type: "bigint", Precision: 19}}

// export keeps an answer's rows as a file and makes the table. What was written is taken back if the rest fails.
func (r *Runner) export(ctx context.Context, e *Execution, x Export) (err error) {
	began := r.config.Now()
	t := x.Target()
	if t.Location, err = r.target(ctx, e, &t); err != nil || t.Exists {
		return err
	}
	s := &spool{dir: r.config.SpoolDir, limit: r.config.MaxResult}
	defer func() { err = errors.Join(err, s.close()) }()
	rows, err := x.Encode(s)
	e.Stats.Engine = millis(began, r.config.Now())
	e.Stats.BytesScanned, e.Stats.Planning = x.Work().BytesScanned, x.Work().Planning.Milliseconds()
	if err != nil {
		return err
	}
	published := r.config.Now()
	defer func() { e.Stats.Publish = millis(published, r.config.Now()) }()
	e.Stats.Rows, e.Stats.BytesExported = rows, s.size
	var written []string
	defer func() {
		if err != nil {
			r.takeBack(written)
		}
	}()
	put := func(location string, body []byte) error {
		written = append(written, location) // before it is known to be there: a lost reply looks like a failure
		if err := r.config.Results.Put(ctx, location, body); err != nil {
			return &resultError{err}
		}
		return nil
	}
	manifest := ""
	if rows > 0 {
		file := t.Location + e.ID + ".parquet"
		body, release, err := s.body()
		if err != nil {
			return &resultError{err}
		}
		err = errors.Join(put(file, body), release())
		if err != nil {
			return err
		}
		manifest = file + "\n"
	}
	e.Manifest = e.Location + "-manifest.csv"
	if err := put(e.Manifest, []byte(manifest)); err != nil {
		return err
	}
	if err := put(e.Location+".metadata", metadata(e.ID, exportColumns)); err != nil {
		return err
	}
	return r.createTable(ctx, &t)
}

// target checks where the file is to go, and returns the folder: below the statement's results or the work group's, and
// empty, as Athena wants it.
func (r *Runner) target(ctx context.Context, e *Execution, t *Target) (string, error) {
	if t.Location == "" {
		return e.Location + "/", nil // the id in it is new
	}
	refuse := func(name, format string, args ...any) error {
		return &trino.Error{Name: name, Message: fmt.Sprintf(format, args...)}
	}
	if err := r.config.Results.Check(t.Location); err != nil {
		return "", refuse("INVALID_TABLE_PROPERTY", "the location %.200q cannot be written to: %v", t.Location, err)
	}
	if !below(t.Location, e.Output) && !below(t.Location, r.config.Output) {
		return "", &trino.Error{
			Name: trino.NotSupported, Message: fmt.Sprintf("writing to %.200s is not supported", t.Location),
			Hint: "a folder below the query's result location is: " + e.Output,
		}
	}
	empty, err := r.config.Results.Empty(ctx, t.Location)
	switch {
	case err != nil:
		return "", fmt.Errorf("list %s: %w", t.Location, err)
	case !empty && t.Table != "":
		return "", refuse("HIVE_PATH_ALREADY_EXISTS", "Target directory for table '%s.%s' already exists: %s", t.Database, t.Table, t.Location)
	case !empty:
		return "", refuse("HIVE_PATH_ALREADY_EXISTS", "Target directory for UNLOAD is not empty: %s", t.Location)
	}
	return t.Location, nil
}

// below tells whether a folder lies within another one.
func below(location, folder string) bool {
	return folder != "" && len(location) > len(folder) && strings.HasPrefix(location, folder)
}

func (r *Runner) createTable(ctx context.Context, t *Target) error {
	if t.Table == "" {
		return nil
	}
	err := r.config.Tables.CreateTable(ctx, t)
	if errors.Is(err, ErrTableExists) {
		return &trino.Error{Name: trino.TableAlreadyExists, Message: fmt.Sprintf("Destination table 'awsdatacatalog.%s.%s' already exists", t.Database, t.Table)}
	}
	if err != nil {
		return fmt.Errorf("create table %s.%s: %w", t.Database, t.Table, err)
	}
	return nil
}

// takeBack deletes what a statement that failed has written; what cannot be deleted is told to the log.
func (r *Runner) takeBack(locations []string) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for _, location := range locations {
		if err := r.config.Results.Delete(ctx, location); err != nil {
			r.config.Logger.Error("delete what a failed query has written", "object", location, "error", err)
		}
	}
}
