package insight

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Need is data without which an insight has no answer.
type Need struct {
	what  string   // needVolume …
	days  int      // of needDays
	scope []string // "on day", "between from to", "within day 10"
}

// What an insight may need.
const (
	needVolume   = "volume"   // a volume above 0
	needSequence = "sequence" // a sequence
	needHours    = "hours"    // more than one time of day
	needLive     = "live"     // a tick that was produced within a day
	needDays     = "days"     // so many days with data of one symbol
)

// lacks has, for each need that is looked for before the insight is asked, the SQL that is NULL where it is not met, and
// what to say then.
var lacks = map[string]struct{ sql, words string }{
	needVolume:   {"max(CASE WHEN volume > 0 THEN 1 END)", "volume is 0 or NULL in every tick %s"},
	needSequence: {"max(CASE WHEN sequence IS NOT NULL THEN 1 END)", "sequence is NULL in every tick %s"},
	needHours: {
		"nullif(max(mod(timestamp_ns, 86400000000000)) - min(mod(timestamp_ns, 86400000000000)), 0)",
		"all ticks %s stand at one time of day",
	},
	needLive: {
		"max(CASE WHEN kafka_timestamp < timestamp + INTERVAL '1' DAY THEN 1 END)",
		"kafka_timestamp is more than a day after timestamp in every tick %s: they are history, replayed",
	},
}

// needs says whether the insight needs it.
func (i *Insight) needs(what string) bool {
	return slices.ContainsFunc(i.Needs, func(n Need) bool { return n.what == what })
}

// String says in words what is needed.
func (n Need) String() string {
	switch n.what {
	case needVolume:
		return "a volume above 0"
	case needSequence:
		return "a sequence"
	case needHours:
		return "ticks at more than one time of day"
	case needLive:
		return "ticks that reached Kafka less than a day late"
	}
	if n.days == 1 {
		return "ticks"
	}
	return strconv.Itoa(n.days) + " days with data of one symbol"
}

// MarshalText is String: in JSON a need is its words.
func (n Need) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// missing looks, before the insight is asked, for what it needs of single ticks. It says what there is not, or "".
func (r *renderer) missing(ctx context.Context, q Querier) (string, error) {
	var needs []Need
	columns := []string{"nullif(count(*), 0) AS ticks"}
	for _, n := range r.insight.Needs {
		if lack, ok := lacks[n.what]; ok {
			needs = append(needs, n)
			columns = append(columns, lack.sql+" AS "+n.what)
		}
	}
	if len(needs) == 0 {
		return "", nil
	}
	scope := needs[0].scope // parse has seen to it that they are alike
	row, err := r.check(ctx, q, "SELECT "+strings.Join(columns, ", ")+" FROM ${table} WHERE "+r.where(scope), len(columns))
	if err != nil {
		return "", err
	}
	if row[0] == nil {
		return r.noTick(scope), nil
	}
	var words []string
	for i, n := range needs {
		if row[i+1] == nil {
			words = append(words, fmt.Sprintf(lacks[n.what].words, r.words(scope)))
		}
	}
	return strings.Join(words, "; "), nil
}

// why looks for the reason of an answer without rows. It returns "" where that is an answer.
func (r *renderer) why(ctx context.Context, q Querier) (string, error) {
	scope := r.insight.scope()
	row, err := r.check(ctx, q, "SELECT nullif(count(*), 0) AS ticks FROM ${table} WHERE "+r.where(scope), 1)
	if err != nil {
		return "", err
	}
	if row[0] == nil {
		return r.noTick(scope), nil
	}
	for _, n := range r.insight.Needs {
		if n.what != needDays {
			continue
		}
		row, err := r.check(ctx, q, "SELECT max(days) AS days FROM (SELECT count(DISTINCT ${date}) AS days FROM ${table} WHERE "+r.where(n.scope)+" GROUP BY symbol) AS counted", 1)
		if err != nil {
			return "", err
		}
		days := 0
		if row[0] != nil {
			if days, err = strconv.Atoi(*row[0]); err != nil {
				return "", fmt.Errorf("count days with data: %w", err)
			}
		}
		if days < n.days {
			return fmt.Sprintf("no symbol has %d days with data %s; the most is %d", n.days, r.words(n.scope), days), nil
		}
	}
	return "", nil
}

// check runs a statement that answers with one row.
func (r *renderer) check(ctx context.Context, q Querier, template string, columns int) ([]*string, error) {
	sql, err := r.render(template)
	if err != nil {
		return nil, err
	}
	rows, err := look(ctx, q, sql)
	if err != nil {
		return nil, err
	}
	if len(rows) != 1 || len(rows[0]) != columns {
		return nil, fmt.Errorf("%d rows came, not one of %d columns", len(rows), columns)
	}
	return rows[0], nil
}

// scope is which ticks the insight is about.
func (i *Insight) scope() []string {
	if i.param("day") != nil {
		return []string{"on", "day"}
	}
	return []string{"between", "from", "to"}
}

// where is the predicate of a scope, with that of the insight's symbol.
func (r *renderer) where(scope []string) string {
	where := "${" + strings.Join(scope, " ") + "}"
	if p := r.symbol(); p != nil {
		where += " AND ${" + p.Name + "}"
	}
	return where
}

// symbol is the parameter that names the insight's symbol, or nil.
func (r *renderer) symbol() *Param {
	for n := range r.insight.Params {
		if r.insight.Params[n].Kind == Symbol {
			return &r.insight.Params[n]
		}
	}
	return nil
}

// words says which days are meant.
func (r *renderer) words(scope []string) string {
	switch scope[0] {
	case "on":
		return "on " + r.values[scope[1]]
	case "within":
		return "in the " + scope[2] + " days up to " + r.values[scope[1]]
	}
	return "from " + r.values[scope[1]] + " to " + r.values[scope[2]]
}

func (r *renderer) noTick(scope []string) string {
	if p := r.symbol(); p != nil && r.values[p.Name] != p.Default {
		return fmt.Sprintf("there is no tick of %s %s", r.values[p.Name], r.words(scope))
	}
	return "there is no tick " + r.words(scope)
}
