package execution

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ticklake/internal/local/athena/trino"
	"ticklake/internal/objects"
)

// file is an export of bytes that are known beforehand.
type file struct {
	rows
	target Target
	body   string
	err    error
}

func (f *file) Target() Target { return f.target }

func (f *file) Encode(w io.Writer) (int64, error) {
	if _, err := io.WriteString(w, f.body); err != nil {
		return 0, err
	}
	return int64(len(f.body)), f.err
}

func table(body string) *file {
	return &file{rows: rows{kind: DDL}, target: Target{Database: "market", Table: "x"}, body: body}
}

// madeTables remembers what was made.
type madeTables struct {
	made []Target
	err  error
}

func (m *madeTables) CreateTable(_ context.Context, t *Target) error {
	m.made = append(m.made, *t)
	return m.err
}

// failing is a store that fails to create objects whose names end so; the object may be there all the same.
type failing struct {
	objects.Store
	ending string
	after  bool
}

func (f failing) Create(ctx context.Context, key string, body []byte, meta objects.Meta) error {
	if !strings.HasSuffix(key, f.ending) {
		return f.Store.Create(ctx, key, body, meta)
	}
	if f.after {
		if err := f.Store.Create(ctx, key, body, meta); err != nil {
			return err
		}
	}
	return errors.New("the disk of /secret/place is full")
}

// keys are a bucket's.
func (r *runner) keys() []string {
	r.t.Helper()
	var keys []string
	for info, err := range r.store.List(r.t.Context(), "") {
		if err != nil {
			r.t.Fatal(err)
		}
		keys = append(keys, info.Key)
	}
	slices.Sort(keys)
	return keys
}

func TestAnExportIsAFileAManifestAndATable(t *testing.T) {
	tables := &madeTables{}
	r := newRunner(t, func(context.Context, Statement) (Answer, error) { return table("PAR1"), nil }, func(c *Config) { c.Tables = tables })
	e := r.ended(r.start("CREATE TABLE x AS SELECT 1"))
	if e.State != Succeeded || e.Stats.Rows != 4 || e.Stats.BytesExported != 4 || e.Stats.BytesWritten != 0 || e.Manifest != e.Location+"-manifest.csv" {
		t.Errorf("%+v", e)
	}
	if diff := cmp.Diff([]Column{{Name: "rows", Type: "bigint", Precision: 19}}, e.Columns); diff != "" {
		t.Error(diff)
	}
	key := strings.TrimPrefix(e.Location, "s3://lake/")
	if diff := cmp.Diff([]string{key + "-manifest.csv", key + ".metadata", key + "/" + e.ID + ".parquet"}, r.keys()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Target{{Database: "market", Table: "x", Location: e.Location + "/"}}, tables.made); diff != "" {
		t.Error(diff)
	}
	page, err := r.Page(t.Context(), e, 0, 10)
	if len(page.Rows) != 0 || page.Next != 0 || err != nil {
		t.Error(page, err)
	}
}

func TestAnExportThatFailsLeavesNothing(t *testing.T) {
	broken := &trino.Error{Name: trino.DivisionByZero, Message: "Division by zero"}
	for _, tt := range []struct {
		name   string
		change func(*Config, *file)
		want   string
	}{
		{"in a row", func(_ *Config, f *file) { f.err = broken }, "DIVISION_BY_ZERO: Division by zero"},
		{"writing the file", func(c *Config, _ *file) { c.Results = full(".parquet", false) }, "the query result could not be written: the log of ticklake has the reason"},
		{"with the reply to the file", func(c *Config, _ *file) { c.Results = full(".parquet", true) }, "the query result could not be written: the log of ticklake has the reason"},
		{"writing the manifest", func(c *Config, _ *file) { c.Results = full("-manifest.csv", true) }, "the query result could not be written: the log of ticklake has the reason"},
		{"writing the description", func(c *Config, _ *file) { c.Results = full(".metadata", false) }, "the query result could not be written: the log of ticklake has the reason"},
		{"at a table that came meanwhile", func(c *Config, _ *file) { c.Tables = &madeTables{err: ErrTableExists} }, "TABLE_ALREADY_EXISTS: Destination table 'awsdatacatalog.market.x' already exists"},
		{"in the catalog", func(c *Config, _ *file) { c.Tables = &madeTables{err: errors.New("/secret/place is full")} }, "GENERIC_INTERNAL_ERROR: internal failure; the log of ticklake has the reason under this query's id"},
		{"being too large", func(c *Config, _ *file) { c.MaxResult = 3 }, "EXCEEDED_RESULT_SIZE_LIMIT: the result is larger than 0 MiB, the most that is kept here: select fewer rows or columns"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := table("PAR1")
			var store objects.Store
			r := newRunner(t, func(context.Context, Statement) (Answer, error) { return f, nil }, func(c *Config) {
				tt.change(c, f)
				if b, ok := c.Results.(*bucketResults); ok {
					store = b.store
				}
			})
			r.store = store
			e := r.ended(r.start("CREATE TABLE x AS SELECT 1"))
			if e.State != Failed || e.Reason != tt.want || e.Manifest != "" {
				t.Errorf("%s %q %q", e.State, e.Reason, e.Manifest)
			}
			if keys := r.keys(); len(keys) != 0 {
				t.Error(keys)
			}
		})
	}
}

func full(ending string, after bool) Results {
	return InBucket("lake", failing{objects.Memory(), ending, after})
}

func TestARequestWithOtherParametersIsAnother(t *testing.T) {
	r := newRunner(t, func(context.Context, Statement) (Answer, error) { return oneRow("x"), nil }, nil)
	request := Request{SQL: "SELECT ?", WorkGroup: "primary", Output: "s3://lake/results/", Token: strings.Repeat("t", 32), Parameters: []string{"1"}}
	first, err := r.Start(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	r.ended(first)
	if again, err := r.Start(t.Context(), request); again != first || err != nil {
		t.Error(again, err)
	}
	request.Parameters = []string{"2"}
	if _, err := r.Start(t.Context(), request); !errors.Is(err, ErrToken) {
		t.Error(err)
	}
}
