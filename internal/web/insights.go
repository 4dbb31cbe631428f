package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"ticklake/internal/insight"
	"ticklake/internal/query"
)

func (s *Server) listInsights(w http.ResponseWriter, _ *http.Request) error {
	writeJSON(w, http.StatusOK, struct {
		Table    string            `json:"table"`
		Insights []insight.Insight `json:"insights"`
	}{s.table, insight.All()})
	return nil
}

// insightAnswer is an answer as it is told.
type insightAnswer struct {
	Insight *insight.Insight `json:"insight"`
	Values  insight.Values   `json:"values"`
	SQL     string           `json:"sql"`
	Rows    [][]*string      `json:"rows"`
	Missing *string          `json:"missing"`
	Empty   *string          `json:"empty"`
	Elapsed float64          `json:"elapsed_seconds"`
	Bytes   int64            `json:"bytes"`
	Price   float64          `json:"price_usd"`
}

func (s *Server) askInsight(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		Values insight.Values `json:"values"`
	}
	if err := decode(w, r, &body); err != nil {
		return err
	}
	i, err := insight.Find(r.PathValue("name"))
	if err != nil {
		return fail(http.StatusNotFound, shortened(err.Error(), 200), "GET "+api+"/insights lists them")
	}
	if s.config.SQL == nil {
		return errNoSQL
	}
	leave, err := s.place(r.Context())
	if err != nil {
		return err
	}
	defer leave()
	began := time.Now()
	ask := &querier{sql: s.config.SQL, looks: &s.looks}
	a, err := insight.Run(r.Context(), ask, s.table, i, body.Values)
	answer := insightAnswer{Insight: i, Values: body.Values, Rows: [][]*string{}}
	if err != nil {
		missing, err := lacks(err)
		if err != nil {
			return err
		}
		answer.Missing = &missing
	} else {
		answer.Values, answer.SQL, answer.Rows, answer.Missing = a.Values, a.SQL, listOf(a.Rows), maybe(a.Missing)
		if a.Missing == "" && len(a.Rows) == 0 {
			answer.Empty = maybe(i.Empty)
		}
	}
	if answer.Values == nil {
		answer.Values = insight.Values{}
	}
	answer.Elapsed, answer.Bytes, answer.Price = time.Since(began).Seconds(), ask.bytes, ask.price
	writeJSON(w, http.StatusOK, answer)
	return nil
}

// lacks says what the data lack where that is why an insight failed; else it returns the failure.
func lacks(err error) (string, error) {
	var value *insight.ValueError
	var unknown *insight.UnknownError
	var column *insight.ColumnError
	var failed *query.Error
	switch {
	case errors.As(err, &value):
		f := fail(http.StatusBadRequest, value.Error(), "")
		f.parameter = value.Param
		return "", f
	case errors.As(err, &unknown):
		f := fail(http.StatusBadRequest, unknown.Error(), "")
		f.parameter = unknown.Name
		return "", f
	case errors.As(err, &column):
		return column.Error(), nil
	case errors.Is(err, insight.ErrNoTicks):
		return insight.ErrNoTicks.Error(), nil
	case errors.As(err, &failed) && failed.Name == "TABLE_NOT_FOUND":
		return "the table is not in the catalog yet", nil
	}
	return "", err
}

// maxInsightRows bounds what is held of an answer; the questions ask for less.
const maxInsightRows = 100_000

// querier asks for an insight, and sums up what that takes.
type querier struct {
	sql   SQL
	looks *looks
	bytes int64
	price float64
}

// Query implements insight.Querier.
func (q *querier) Query(ctx context.Context, sql string) (columns []string, rows [][]*string, err error) {
	r, err := q.sql.Run(ctx, sql)
	if err != nil {
		return nil, nil, err
	}
	q.bytes += r.Stats.BytesScanned
	q.price += r.Stats.Price()
	for _, c := range r.Columns {
		columns = append(columns, c.Name)
	}
	for row, err := range r.Rows(ctx) {
		if err != nil {
			return nil, nil, err
		}
		if len(rows) == maxInsightRows {
			return nil, nil, errors.New("the answer has more rows than can be shown; hint: open it in SQL")
		}
		rows = append(rows, row)
	}
	return columns, rows, nil
}
