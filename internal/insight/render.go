package insight

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"ticklake/internal/tick"
)

// Values are the values of parameters by name, as text.
type Values map[string]string

// day is the nanoseconds of one.
const day = int64(24 * time.Hour)

// SQL returns the statement for a table, which must be a plain name, and values, which must be complete and plain:
// days, numbers and symbols, or "all". Everything that is put into the text is rendered here from a checked value.
func (i *Insight) SQL(table string, values Values) (string, error) {
	r, err := newRenderer(i, table, values)
	if err != nil {
		return "", err
	}
	return r.render(i.sql)
}

type renderer struct {
	insight *Insight
	table   string
	values  Values
}

var plainName = regexp.MustCompile(`^[a-z0-9_]{1,250}$`)

func checkTable(name string) error {
	if !plainName.MatchString(name) {
		return fmt.Errorf("table %.80q: not a plain name of a table", name)
	}
	return nil
}

// quoted is a table in SQL, also where its name begins with a digit or is a word of SQL.
func quoted(table string) string { return `"` + table + `"` }

func newRenderer(i *Insight, table string, values Values) (*renderer, error) {
	if err := checkTable(table); err != nil {
		return nil, err
	}
	for _, p := range i.Params {
		if _, ok := values[p.Name]; !ok {
			return nil, fmt.Errorf("insight %s: parameter %s has no value", i.Name, p.Name)
		}
	}
	if err := i.check(values); err != nil {
		return nil, err
	}
	return &renderer{i, table, values}, nil
}

// check says whether all values are plain ones of parameters.
func (i *Insight) check(values Values) error {
	var names []string
	for _, p := range i.Params {
		names = append(names, p.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		p := i.param(name)
		if p == nil {
			return fmt.Errorf("insight %s: %w", i.Name, &UnknownError{"parameter", name, names})
		}
		if err := p.check(values[name]); err != nil {
			return fmt.Errorf("insight %s: %w", i.Name, err)
		}
	}
	return nil
}

func (i *Insight) param(name string) *Param {
	for n := range i.Params {
		if i.Params[n].Name == name {
			return &i.Params[n]
		}
	}
	return nil
}

// check says whether text is a plain value of the parameter.
func (p *Param) check(text string) error {
	switch p.Kind {
	case Date:
		if _, err := parseDay(text); err != nil {
			return &ValueError{p.Name, text, "a day from 1678 to 2261: write 2021-05-28, last or last-30"}
		}
	case Integer:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < p.Min || n > p.Max {
			return &ValueError{p.Name, text, fmt.Sprintf("a whole number from %d to %d", p.Min, p.Max)}
		}
	case Symbol:
		if err := tick.CheckSymbol(text); err != nil {
			return &ValueError{p.Name, text, "a symbol: " + err.Error()}
		}
	}
	return nil
}

// parseDay reads a day that a timestamp can stand in.
func parseDay(text string) (time.Time, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err == nil && (t.Year() < 1678 || t.Year() > 2261) {
		err = fmt.Errorf("year %d", t.Year())
	}
	return t, err
}

var placeholder = regexp.MustCompile(`\$\{([^}]*)\}`)

// render replaces the placeholders of a text.
func (r *renderer) render(text string) (string, error) {
	var failed error
	out := placeholder.ReplaceAllStringFunc(text, func(m string) string {
		s, err := r.replace(strings.Fields(m[2 : len(m)-1]))
		if err != nil && failed == nil {
			failed = err
		}
		return s
	})
	return out, failed
}

// The UTC day of a tick, rounded down also before 1970; and an order of ticks by time that leaves no two alike, as their
// places in Kafka differ.
const (
	dateSQL  = `date_add('day', (timestamp_ns - mod(mod(timestamp_ns, 86400000000000) + 86400000000000, 86400000000000)) / 86400000000000, DATE '1970-01-01')`
	orderSQL = `(CAST(timestamp_ns AS decimal(38,0)) * 100000 + kafka_partition) * 100000000000000 + kafka_offset`
)

func (r *renderer) replace(words []string) (string, error) {
	switch {
	case len(words) == 1 && words[0] == "table":
		return quoted(r.table), nil
	case len(words) == 1 && words[0] == "date":
		return dateSQL, nil
	case len(words) == 1 && words[0] == "order":
		return orderSQL, nil
	case len(words) == 1:
		return r.value(words[0])
	case len(words) == 2 && words[0] == "on":
		return r.between(words[1], words[1], 0)
	case len(words) == 3 && words[0] == "between":
		return r.between(words[1], words[2], 0)
	case len(words) == 3 && words[0] == "within": // so many days before a day, and the day
		days, err := strconv.Atoi(words[2])
		if err != nil {
			return "", err
		}
		return r.between(words[1], words[1], days)
	case len(words) == 2 && words[0] == "nanos": // of seconds
		n, err := strconv.ParseInt(r.values[words[1]], 10, 64)
		return strconv.FormatInt(n*int64(time.Second), 10), err
	case len(words) == 2 && words[0] == "start":
		d, err := r.day(words[1])
		return strconv.FormatInt(d.UnixNano(), 10), err
	case len(words) == 2 && words[0] == "time":
		d, err := r.day(words[1])
		return "TIMESTAMP '" + d.Format(time.DateOnly) + " 00:00:00.000'", err
	}
	return "", fmt.Errorf("${%s} is no placeholder", strings.Join(words, " "))
}

func (r *renderer) value(name string) (string, error) {
	p := r.insight.param(name)
	if p == nil {
		return "", &UnknownError{What: "parameter", Name: name}
	}
	v := r.values[name]
	switch p.Kind {
	case Date:
		return "DATE '" + v + "'", nil
	case Integer:
		return v, nil
	default:
		if v == allSymbols && p.Default == allSymbols {
			return "true", nil
		}
		return "symbol = '" + strings.ReplaceAll(v, "'", "''") + "'", nil
	}
}

func (r *renderer) day(name string) (time.Time, error) { return parseDay(r.values[name]) }

// between selects the ticks of the days [from less earlier, to].
func (r *renderer) between(from, to string, earlier int) (string, error) {
	first, err := r.day(from)
	if err != nil {
		return "", err
	}
	last, err := r.day(to)
	if err != nil {
		return "", err
	}
	first = first.AddDate(0, 0, -earlier)
	if last.Before(first) {
		return "", &ValueError{to, last.Format(time.DateOnly), "on or after " + first.Format(time.DateOnly)}
	}
	return within(first, last), nil
}

// within selects the ticks of the days [first, last]. The predicate on timestamp_ns is exact.
func within(first, last time.Time) string {
	return fmt.Sprintf("%s AND timestamp_ns >= %d AND timestamp_ns < %d", folders(first, last), first.UnixNano(), last.UnixNano()+day)
}

// folders is a predicate on dt that holds for every folder that may have ticks of the days [first, last], whatever its
// width: '2024', '2024-05', '2024-05-17' and '2024-05-17-14' all lie between '2024' and '2024-05-17-99'.
func folders(first, last time.Time) string {
	if first.Equal(last) {
		d := first.Format(time.DateOnly)
		return fmt.Sprintf("(dt IN ('%s', '%s', '%s') OR dt LIKE '%s-%%')", d[:4], d[:7], d, d)
	}
	return fmt.Sprintf("dt >= '%s' AND dt <= '%s-99'", first.Format("2006"), last.Format(time.DateOnly))
}
