package bars

import (
	"cmp"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"ticklake/internal/tick"
)

// Range is which rows of a curated table are meant: those that lie in some folders, at some time, below an offset in each
// partition. Rows of a partition without an offset are not meant.
type Range struct {
	Table    string // a plain name
	Folders  []string
	From, To tick.Timestamp // [From, To)
	Below    map[int32]int64
}

// maxListed is how many folders are named one by one; of more, the first and the last are.
const maxListed = 100

// Parts of statements: a place as one number, as the insights order by it, and the beginning of a bar.
const (
	placeSQL = `(CAST(timestamp_ns AS decimal(38,0)) * 100000 + kafka_partition) * 100000000000000 + kafka_offset`
	startSQL = `(timestamp_ns - mod(mod(timestamp_ns, %[1]d) + %[1]d, %[1]d)) / %[1]d`
	plainSQL = `min_by(price, at) AS open, max(price) AS high, min(price) AS low, max_by(price, at) AS close, `
	dailySQL = `min_by(coalesce(open, price), at) AS open, max(greatest(price, coalesce(high, price))) AS high,
  min(least(price, coalesce(low, price))) AS low, max_by(price, at) AS close, `
	figureSQL = `
  min(at) AS first, max(at) AS last, sum(CAST(volume AS decimal(38,0))) AS volume,
  sum(CAST(price AS double) * CAST(volume AS double)) AS turnover, count(*) AS ticks`
)

// where is the predicate of a range.
func (r *Range) where() string {
	var b strings.Builder
	folders := slices.Sorted(slices.Values(r.Folders))
	switch {
	case len(folders) == 0:
		b.WriteString("false")
	case len(folders) <= maxListed:
		b.WriteString("dt IN ('" + strings.Join(folders, "', '") + "')")
	default:
		fmt.Fprintf(&b, "dt >= '%s' AND dt <= '%s'", folders[0], folders[len(folders)-1])
	}
	fmt.Fprintf(&b, " AND timestamp_ns >= %d AND timestamp_ns < %d", r.From, r.To)
	b.WriteString(" AND (false")
	for _, p := range slices.Sorted(maps.Keys(r.Below)) {
		fmt.Fprintf(&b, " OR kafka_partition = %d AND kafka_offset < %d", p, r.Below[p])
	}
	b.WriteString(")")
	return b.String()
}

// Literal is text as SQL writes it.
func Literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// SQL asks for the bars of a symbol, in no order. Read reads its rows.
func (r *Range) SQL(symbol string, seconds int64) string {
	prices := plainSQL
	if seconds == Daily {
		prices = dailySQL
	}
	return fmt.Sprintf(`SELECT bar, %s
FROM (SELECT %s AS bar, %s AS at, price, volume, open, high, low
  FROM %q WHERE symbol = %s AND %s) AS rows_of_bars
GROUP BY bar`, prices+figureSQL, fmt.Sprintf(startSQL, seconds*int64(time.Second)), placeSQL, r.Table, Literal(symbol), r.where())
}

// Columns of a row of SQL.
const columns = 10

// Read reads a row of the statement that SQL made.
func Read(row []*string, seconds int64) (*Bar, error) {
	if len(row) != columns {
		return nil, fmt.Errorf("a bar has %d columns, not %d", columns, len(row))
	}
	d := decoder{row: row}
	b := d.bar(seconds)
	return b, d.err
}

// DaySQL asks for every symbol's bars, and for what its newest tick of each says of the session. ReadDay reads its rows.
func (r *Range) DaySQL(seconds int64) string {
	return fmt.Sprintf(`SELECT bar, %s,
  symbol, max_by(open, at) AS session_open, max_by(high, at) AS session_high, max_by(low, at) AS session_low,
  max_by(currency, at) AS currency, max_by(venue, at) AS venue
FROM (SELECT %s AS bar, %s AS at, symbol, price, volume, open, high, low, currency, venue
  FROM %q WHERE %s) AS rows_of_bars
GROUP BY symbol, bar`, plainSQL+figureSQL, fmt.Sprintf(startSQL, seconds*int64(time.Second)), placeSQL, r.Table, r.where())
}

// Session is what a symbol's newest tick of a bar says beside its price.
type Session struct {
	Symbol          string
	Open, High, Low tick.Null[tick.Price]
	Currency, Venue string // "" is NULL
}

// ReadDay reads a row of the statement that DaySQL made.
func ReadDay(row []*string, seconds int64) (*Bar, *Session, error) {
	if len(row) != columns+6 {
		return nil, nil, fmt.Errorf("a symbol's bar has %d columns, not %d", columns+6, len(row))
	}
	d := decoder{row: row}
	b := d.bar(seconds)
	s := &Session{Symbol: d.text(columns)}
	s.Open, s.High, s.Low = d.maybePrice(columns+1), d.maybePrice(columns+2), d.maybePrice(columns+3)
	s.Currency, s.Venue = d.text(columns+4), d.text(columns+5)
	return b, s, d.err
}

// decoder reads columns and keeps the first error.
type decoder struct {
	row []*string
	err error
}

func (d *decoder) bar(seconds int64) *Bar {
	b := &Bar{Time: d.integer(0) * seconds, Ticks: d.integer(9)}
	b.Open, b.High, b.Low, b.Close = d.price(1), d.price(2), d.price(3), d.price(4)
	b.First, b.Last = d.place(5), d.place(6)
	if d.row[7] != nil {
		b.Traded = true
		total, err := ParseTotal(*d.row[7])
		d.fail(err)
		b.Volume = total
	}
	if d.row[8] != nil {
		turnover, err := strconv.ParseFloat(*d.row[8], 64)
		d.fail(err)
		b.Turnover = turnover
	}
	return b
}

func (d *decoder) fail(err error) { d.err = cmp.Or(d.err, err) }

// text is a column's text; that of NULL is empty.
func (d *decoder) text(i int) string {
	if d.row[i] == nil {
		return ""
	}
	return *d.row[i]
}

func (d *decoder) integer(i int) int64 {
	n, err := strconv.ParseInt(d.text(i), 10, 64)
	if err != nil {
		d.fail(fmt.Errorf("column %d of a bar: %w", i+1, err))
	}
	return n
}

func (d *decoder) price(i int) tick.Price {
	p, err := tick.ParsePrice(d.text(i))
	if err != nil {
		d.fail(fmt.Errorf("column %d of a bar, %.40q: %w", i+1, d.text(i), err))
	}
	return p
}

func (d *decoder) maybePrice(i int) tick.Null[tick.Price] {
	if d.row[i] == nil {
		return tick.Null[tick.Price]{}
	}
	return tick.Some(d.price(i))
}

// place takes a place apart that placeSQL has put together.
func (d *decoder) place(i int) Place {
	v, ok := new(big.Int).SetString(d.text(i), 10)
	if !ok {
		d.fail(fmt.Errorf("column %d of a bar, %.60q: not a whole number", i+1, d.text(i)))
		return Place{}
	}
	offset, partition := new(big.Int), new(big.Int)
	v.DivMod(v, big.NewInt(100_000_000_000_000), offset) // Euclid's: what is left is never negative
	v.DivMod(v, big.NewInt(100_000), partition)
	if !v.IsInt64() {
		d.fail(fmt.Errorf("column %d of a bar, %.60q: no place of a tick", i+1, d.text(i)))
		return Place{}
	}
	return Place{tick.Timestamp(v.Int64()), int32(partition.Int64()), offset.Int64()}
}
