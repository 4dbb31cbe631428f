package insight_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"ticklake/internal/insight"
	"ticklake/internal/query"
)

// refuses fails with an error, or answers with one row of the columns.
type refuses struct {
	err     error
	columns []string
}

func (r refuses) Query(_ context.Context, sql string) ([]string, [][]*string, error) {
	one := "1"
	if r.err != nil && strings.Contains(sql, "volume") {
		return nil, nil, r.err
	}
	if strings.Contains(sql, "nullif") { // what is needed is there
		return []string{"ticks", "volume"}, [][]*string{{&one, &one}}, nil
	}
	return r.columns, [][]*string{make([]*string, len(r.columns))}, nil
}

func TestAColumnThatIsMissingIsNamed(t *testing.T) {
	i, err := insight.Find("highest_traded")
	if err != nil {
		t.Fatal(err)
	}
	values := insight.Values{"day": "2024-05-17"}
	missing := &query.Error{Name: "COLUMN_NOT_FOUND", Message: "Column 'volume' cannot be resolved", Reason: "COLUMN_NOT_FOUND: line 1:8: Column 'volume' cannot be resolved"}
	_, err = insight.Run(t.Context(), refuses{err: missing}, "ticks", i, values)
	var column *insight.ColumnError
	if !errors.As(err, &column) || column.Column != "volume" || !errors.Is(err, missing) || !strings.HasSuffix(err.Error(), "table ticks has no column volume") {
		t.Errorf("of the table: %v", err)
	}
	_, err = insight.Run(t.Context(), refuses{columns: []string{"symbol", "volume", "trades"}}, "ticks", i, values)
	if err == nil || !strings.Contains(err.Error(), "no column turnover in place 3: symbol, volume, trades came") {
		t.Errorf("of the answer: %v", err)
	}
	_, err = insight.Run(t.Context(), refuses{columns: []string{"symbol", "volume", "turnover", "trades", "more"}}, "ticks", i, values)
	if err == nil || !strings.Contains(err.Error(), "5 columns, not 4") {
		t.Errorf("too many: %v", err)
	}
	other := &query.Error{Name: "SYNTAX_ERROR", Message: "Column 'volume' cannot be resolved"}
	if _, err = insight.Run(t.Context(), refuses{err: other}, "ticks", i, values); errors.As(err, &column) || !errors.Is(err, other) {
		t.Errorf("another failure: %v", err)
	}
}

func TestTheSQLAloneAsksNothing(t *testing.T) {
	i, err := insight.Find("highest_traded")
	if err != nil {
		t.Fatal(err)
	}
	a, err := insight.Prepare(t.Context(), nil, "ticks", i, insight.Values{"day": "2024-05-17"})
	if err != nil || a.Rows != nil || a.Values["limit"] != "10" || !strings.Contains(a.SQL, "LIMIT 10") {
		t.Errorf("%+v, %v", a, err)
	}
}
