package insight

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Querier runs SQL. Rows are text, nil for NULL.
type Querier interface {
	Query(ctx context.Context, sql string) (columns []string, rows [][]*string, err error)
}

// Looker is a Querier that is asked by Look for what an insight looks up before and after it asks: the last day, the busiest
// symbol, whether there is a volume. Many insights look for the same, so it may answer with what it knew seconds ago.
type Looker interface {
	Querier
	Look(ctx context.Context, sql string) (columns []string, rows [][]*string, err error)
}

func look(ctx context.Context, q Querier, sql string) (rows [][]*string, err error) {
	ask := q.Query
	if l, ok := q.(Looker); ok {
		ask = l.Look
	}
	_, rows, err = ask(ctx, sql)
	return rows, err
}

// Answer is what an insight came to.
type Answer struct {
	Insight *Insight    `json:"insight"`
	Values  Values      `json:"values"` // of all parameters
	SQL     string      `json:"sql"`
	Rows    [][]*string `json:"rows"` // as wide as Insight.Columns; nil is NULL
	// Missing says what the data lack for an answer, or is empty. Where neither it nor Rows has anything, Insight.Empty
	// is the answer.
	Missing string `json:"missing,omitempty"`
}

// ErrNoTicks says that the table is empty.
var ErrNoTicks = errors.New("the table holds no tick yet")

// Words that stand for values.
const (
	lastDay    = "last"
	allSymbols = "all"
	busiest    = "busiest"
)

// Prepare is an answer that is not asked for yet: its values and its SQL alone. Parameters that are not given have their
// defaults, for which the table is looked at.
func Prepare(ctx context.Context, q Querier, table string, i *Insight, given Values) (*Answer, error) {
	a, _, err := i.prepare(ctx, q, table, given)
	return a, err
}

func (i *Insight) prepare(ctx context.Context, q Querier, table string, given Values) (*Answer, *renderer, error) {
	values, err := i.resolve(ctx, q, table, given)
	if err != nil {
		return nil, nil, err
	}
	a := &Answer{Insight: i, Values: values}
	r, err := newRenderer(i, table, values)
	if err != nil {
		return nil, nil, err
	}
	if a.SQL, err = r.render(i.sql); err != nil {
		return nil, nil, fmt.Errorf("insight %s: %w", i.Name, err)
	}
	return a, r, nil
}

// Run answers an insight over a table. Parameters that are not given have their defaults.
func Run(ctx context.Context, q Querier, table string, i *Insight, given Values) (*Answer, error) {
	a, r, err := i.prepare(ctx, q, table, given)
	if err != nil {
		return nil, err
	}
	if a.Missing, err = r.missing(ctx, q); err != nil {
		return nil, i.failed(table, "look for what it needs", err)
	}
	if a.Missing != "" {
		return a, nil
	}
	columns, rows, err := q.Query(ctx, a.SQL)
	if err != nil {
		return nil, i.failed(table, "", err)
	}
	if err := i.holds(columns); err != nil {
		return nil, fmt.Errorf("insight %s: %w", i.Name, err)
	}
	a.Rows = rows
	if len(rows) > 0 {
		return a, nil
	}
	if a.Missing, err = r.why(ctx, q); err != nil {
		return nil, i.failed(table, "look for what it lacks", err)
	}
	return a, nil
}

// holds checks that an answer has the columns that the head promises.
func (i *Insight) holds(columns []string) error {
	for n, c := range i.Columns {
		if n >= len(columns) || !strings.EqualFold(columns[n], c.Name) {
			return fmt.Errorf("its answer has no column %s in place %d: %s came", c.Name, n+1, strings.Join(columns, ", "))
		}
	}
	if len(columns) > len(i.Columns) {
		return fmt.Errorf("its answer has %d columns, not %d", len(columns), len(i.Columns))
	}
	return nil
}

// resolve turns given values and defaults into plain ones.
func (i *Insight) resolve(ctx context.Context, q Querier, table string, given Values) (Values, error) {
	if err := checkTable(table); err != nil {
		return nil, err
	}
	if err := i.checkGiven(given); err != nil {
		return nil, err
	}
	values := maps.Clone(given)
	if values == nil {
		values = make(Values)
	}
	for _, p := range i.Params {
		if _, ok := values[p.Name]; !ok {
			values[p.Name] = p.Default
		}
	}
	if i.relative(values) {
		newest, err := i.lastDay(ctx, q, table)
		if errors.Is(err, ErrNoTicks) {
			return nil, err
		}
		if err != nil {
			return nil, i.failed(table, "look for the last day", err)
		}
		i.settle(values, newest)
	}
	for _, p := range i.Params {
		if p.Kind == Symbol && values[p.Name] == busiest {
			symbol, err := i.busiest(ctx, q, table, values)
			if err != nil {
				return nil, i.failed(table, "look for the busiest symbol", err)
			}
			if symbol == "" {
				continue // no tick, which is found out again, with words
			}
			values[p.Name] = symbol
		}
	}
	return values, nil
}

// Dates returns the dates that the insight asks about unless told otherwise, where last is the last day with data. Who asks
// many insights at once finds that day once, by LastDay, and gives each of them its dates. It returns none where the
// insight needs volume: such a one looks for a day that has some.
func (i *Insight) Dates(last time.Time) Values {
	if i.needs(needVolume) {
		return nil
	}
	values := make(Values)
	for _, p := range i.Params {
		if p.Kind == Date {
			values[p.Name] = p.Default
		}
	}
	i.settle(values, last)
	return values
}

// relative says whether a date is given by the last day with data.
func (i *Insight) relative(values Values) bool {
	return slices.ContainsFunc(i.Params, func(p Param) bool {
		_, ok := backFrom(values[p.Name])
		return ok && p.Kind == Date
	})
}

// settle turns such dates into days.
func (i *Insight) settle(values Values, last time.Time) {
	for _, p := range i.Params {
		if back, ok := backFrom(values[p.Name]); ok && p.Kind == Date {
			values[p.Name] = last.AddDate(0, 0, -back).Format(time.DateOnly)
		}
	}
}

// checkGiven checks what needs no look at the table.
func (i *Insight) checkGiven(given Values) error {
	plain := maps.Clone(given)
	maps.DeleteFunc(plain, func(name, value string) bool {
		p := i.param(name)
		_, relative := backFrom(value)
		return p != nil && (p.Kind == Date && relative)
	})
	return i.check(plain)
}

// backFrom reads "last" and "last-30" as days before the last.
func backFrom(text string) (days int, ok bool) {
	rest, ok := strings.CutPrefix(text, lastDay)
	if !ok || rest == "" {
		return 0, ok
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(rest, "-"), 10, 16)
	return int(n), err == nil && rest[0] == '-'
}

// folderForm is the value of dt of a folder of any width: a year, a month, a day or an hour.
var folderForm = regexp.MustCompile(`^\d{4}(-\d\d){0,3}$`)

// LastDay is the UTC day of the newest tick, or ErrNoTicks. The folders of its year are looked into: of several widths side
// by side, the folder that sorts last need not hold it.
func LastDay(ctx context.Context, q Querier, table string) (time.Time, error) {
	if err := checkTable(table); err != nil {
		return time.Time{}, err
	}
	// A folder that somebody else has made may be called anything.
	newest, err := one(ctx, q, "SELECT max(dt) AS dt FROM "+quoted(table)+" WHERE dt >= '1678' AND dt <= '2261-99'")
	if err != nil {
		return time.Time{}, err
	}
	if newest == "" {
		return time.Time{}, ErrNoTicks
	}
	if !folderForm.MatchString(newest) {
		return time.Time{}, fmt.Errorf("table %s has a folder dt=%.80q, which is no year, month, day or hour; hint: move it out of the table", table, newest)
	}
	where := "dt >= '" + newest[:4] + "'"
	if len(newest) >= len(time.DateOnly) { // only these can hold a later day than the newest folder's
		d := newest[:len(time.DateOnly)]
		where = fmt.Sprintf("(dt IN ('%s', '%s') OR dt >= '%s')", d[:4], d[:7], d)
	}
	ns, err := one(ctx, q, "SELECT max(timestamp_ns) AS ns FROM "+quoted(table)+" WHERE "+where)
	if err != nil {
		return time.Time{}, err
	}
	return dayOf(ns)
}

// tradedDays is how many days before the newest tick are looked through for a volume.
const tradedDays = 30

// lastDay is LastDay; where the insight needs volume, the last day with one, if it is not far off.
func (i *Insight) lastDay(ctx context.Context, q Querier, table string) (time.Time, error) {
	newest, err := LastDay(ctx, q, table)
	if err != nil || !i.needs(needVolume) {
		return newest, err
	}
	where := within(newest.AddDate(0, 0, -tradedDays), newest)
	ns, err := one(ctx, q, "SELECT max(timestamp_ns) AS ns FROM "+quoted(table)+" WHERE "+where+" AND volume > 0")
	if err != nil || ns == "" {
		return newest, err
	}
	return dayOf(ns)
}

// dayOf is the UTC day of a timestamp_ns in an answer.
func dayOf(ns string) (time.Time, error) {
	n, err := strconv.ParseInt(ns, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("read timestamp_ns: %w", err)
	}
	return time.Unix(0, n).UTC().Truncate(24 * time.Hour), nil
}

// busiest is the symbol with the most ticks on the day.
func (i *Insight) busiest(ctx context.Context, q Querier, table string, values Values) (string, error) {
	r := &renderer{i, table, values}
	sql, err := r.render("SELECT symbol FROM ${table} WHERE ${on day} GROUP BY symbol ORDER BY count(*) DESC, symbol LIMIT 1")
	if err != nil {
		return "", err
	}
	return one(ctx, q, sql)
}

// one returns the only value of a query, "" for NULL and for no row.
func one(ctx context.Context, q Querier, sql string) (string, error) {
	rows, err := look(ctx, q, sql)
	if err != nil {
		return "", err
	}
	if len(rows) == 0 || len(rows[0]) == 0 || rows[0][0] == nil {
		return "", nil
	}
	return *rows[0][0], nil
}
