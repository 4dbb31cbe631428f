package web

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"ticklake/internal/query"
	"ticklake/internal/tick"
	"ticklake/internal/web/bars"
)

// SQL runs statements.
type SQL interface {
	// Run waits for the statement's end. One that failed is a *query.Error; one that ctx has ended, and that was stopped in the
	// engine, a *query.StoppedError.
	Run(ctx context.Context, sql string) (*Result, error)
	// Ping says whether it answers, and runs nothing.
	Ping(ctx context.Context) error
}

// Result is a statement's answer.
type Result struct {
	Columns []query.Column
	Stats   query.Stats
	// Rows yields the rows, and may be called again. An error is the last element.
	Rows func(ctx context.Context) iter.Seq2[query.Row, error]
}

// Athena runs statements on Athena.
func Athena(client *query.Client) SQL { return athena{client} }

type athena struct{ client *query.Client }

func (a athena) Run(ctx context.Context, sql string) (*Result, error) {
	r, err := a.client.Run(ctx, sql)
	if err != nil {
		return nil, err
	}
	return &Result{Columns: r.Columns, Stats: r.Stats, Rows: r.Rows}, nil
}

func (a athena) Ping(ctx context.Context) error { return a.client.Ping(ctx) }

var errNoSQL = errors.New("no SQL is known here; hint: `ticklake config` shows what is known, and from where")

// history is what SQL knows, over the folders that the catalog has.
type history struct{ s *Server }

// maxDayRows bounds what is read of the days of all symbols.
const maxDayRows = 1_000_000

// each runs a statement and gives each row.
func (h history) each(ctx context.Context, sql string, row func(query.Row) error) error {
	r, err := h.s.config.SQL.Run(ctx, sql)
	if err != nil {
		return err
	}
	for values, err := range r.Rows(ctx) {
		if err == nil {
			err = row(values)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Bars implements market.History.
func (h history) Bars(ctx context.Context, symbol string, seconds int64, from, to tick.Timestamp, below map[int32]int64) ([]*bars.Bar, error) {
	folders := bars.Touching(h.s.watch.Folders(), from, to)
	if len(folders) == 0 || !seesAny(below) {
		return nil, nil
	}
	if h.s.config.SQL == nil {
		return nil, errNoSQL
	}
	r := bars.Range{Table: h.s.table, Folders: folders, From: from, To: to, Below: below}
	var found []*bars.Bar
	err := h.each(ctx, r.SQL(symbol, seconds), func(row query.Row) error {
		b, err := bars.Read(row, seconds)
		found = append(found, b)
		return err
	})
	return found, err
}

// seesAny says whether SQL sees anything at all.
func seesAny(below map[int32]int64) bool {
	for _, offset := range below {
		if offset > 0 {
			return true
		}
	}
	return false
}

// Days implements market.History.
func (h history) Days(ctx context.Context, below map[int32]int64, row func(*bars.Bar, *bars.Session)) error {
	folders, from, to := lastDays(h.s.watch.Folders())
	if len(folders) == 0 || !seesAny(below) {
		return nil
	}
	if h.s.config.SQL == nil {
		return errNoSQL
	}
	r := bars.Range{Table: h.s.table, Folders: folders, From: from, To: to, Below: below}
	n := 0
	return h.each(ctx, r.DaySQL(sparkSeconds), func(values query.Row) error {
		if n++; n > maxDayRows {
			return fmt.Errorf("the last days have more than %d rows of symbols", maxDayRows)
		}
		b, session, err := bars.ReadDay(values, sparkSeconds)
		if err == nil {
			row(b, session)
		}
		return err
	})
}

// lastDays are the folders of the last day with data and of the one before it, and their time; where folders are months or
// years, the last two of them.
func lastDays(all []string) (folders []string, from, to tick.Timestamp) {
	last := ""
	for _, dt := range all {
		if _, end, ok := bars.FolderSpan(dt); ok && (last == "" || end >= to) {
			last, to = dt, end
		}
	}
	if last == "" {
		return nil, 0, 0
	}
	begin, _, _ := bars.FolderSpan(last)
	from = begin
	switch day := begin.Time().Truncate(24 * time.Hour); {
	case len(last) >= len(time.DateOnly):
		from = tick.FromTime(day.AddDate(0, 0, -1))
	case len(last) == len("2006-01"):
		from = tick.FromTime(day.AddDate(0, -1, 0))
	case day.Year() > 1678:
		from = tick.FromTime(day.AddDate(-1, 0, 0))
	}
	return bars.Touching(all, from, to), from, to
}

// Before implements market.History.
func (h history) Before(at tick.Timestamp) bool {
	for _, dt := range h.s.watch.Folders() {
		if begin, _, ok := bars.FolderSpan(dt); ok && begin < at {
			return true
		}
	}
	return false
}
