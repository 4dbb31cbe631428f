// Package engine puts DuckDB behind the embedded Athena: the one place where the service and the engine meet.
package engine

import (
	"context"
	"io"

	"ticklake/internal/local/athena/duck"
	"ticklake/internal/local/athena/execution"
	"ticklake/internal/local/athena/trino"
)

// Duck runs statements on DuckDB.
func Duck(e *duck.Engine) execution.Engine { return duckEngine{e} }

type duckEngine struct{ engine *duck.Engine }

// Query implements execution.Engine.
func (d duckEngine) Query(ctx context.Context, catalog trino.Catalog, st execution.Statement) (execution.Answer, error) {
	r, err := d.engine.Query(ctx, catalog, duck.Statement{
		SQL: st.SQL, Database: st.Database, Now: st.Now, User: st.User, QueryID: st.QueryID, Parameters: st.Parameters,
	})
	if err != nil {
		return nil, err
	}
	if r.Write != nil {
		return export{answer{r}}, nil
	}
	return answer{r}, nil
}

// Inspect implements execution.Engine.
func (d duckEngine) Inspect(st execution.Statement) (execution.Kind, string, error) {
	form, err := trino.Inspect(st.SQL, st.Parameters)
	if err != nil {
		return "", "", err
	}
	return execution.Kind(form.Kind), form.Verb, nil
}

// export is an answer whose rows are for a file.
type export struct{ answer }

// Target implements execution.Export.
func (x export) Target() execution.Target {
	w := x.Write
	return execution.Target{
		Database: w.Database, Table: w.Table, Comment: w.Comment, Columns: w.Columns, Compression: w.Compression,
		Location: w.Location, NoData: w.NoData, Exists: w.Exists,
	}
}

// Encode implements execution.Export.
func (x export) Encode(w io.Writer) (int64, error) { return x.WriteParquet(w) }

type answer struct{ *duck.Result }

// Kind implements execution.Answer.
func (a answer) Kind() execution.Kind { return execution.Kind(a.Result.Kind) }

// Verb implements execution.Answer.
func (a answer) Verb() string { return a.Result.Verb }

// Columns implements execution.Answer. The columns of SHOW and DESCRIBE are strings without a size, as on Athena.
func (a answer) Columns() []execution.Column {
	columns := make([]execution.Column, len(a.Result.Columns))
	for i, c := range a.Result.Columns {
		if a.Result.Kind == duck.Utility {
			columns[i] = execution.Column{Name: c.Name, Type: "string"}
			continue
		}
		precision, scale := c.Precision()
		columns[i] = execution.Column{Name: c.Name, Type: c.Athena(), Precision: precision, Scale: scale}
	}
	return columns
}

// Work implements execution.Answer.
func (a answer) Work() execution.Work {
	return execution.Work{BytesScanned: a.Stats.BytesScanned, Planning: a.Stats.Planning}
}
