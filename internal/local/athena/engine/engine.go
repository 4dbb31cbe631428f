// Package engine puts DuckDB behind the embedded Athena: the one place where the service and the engine meet.
package engine

import (
	"context"

	"ticklake/internal/local/athena/duck"
	"ticklake/internal/local/athena/execution"
	"ticklake/internal/local/athena/trino"
)

// Duck runs statements on DuckDB.
func Duck(e *duck.Engine) execution.Engine { return duckEngine{e} }

type duckEngine struct{ engine *duck.Engine }

// Query implements execution.Engine.
func (d duckEngine) Query(ctx context.Context, catalog trino.Catalog, st execution.Statement) (execution.Answer, error) {
	r, err := d.engine.Query(ctx, catalog, duck.Statement{SQL: st.SQL, Database: st.Database, Now: st.Now, User: st.User, QueryID: st.QueryID})
	if err != nil {
		return nil, err
	}
	return answer{r}, nil
}

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
