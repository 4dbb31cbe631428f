// Package market is the simulator: a feed of ticks that is a function of a few numbers, all of which its name holds.
//
// A symbol's day (how many ticks, opening and closing level, volatility) is drawn from seed, symbol and day alone. The
// day is laid out in minutes, and each minute's ticks are drawn from seed, symbol, day and minute, to fill it in. So the
// state at any step follows from summing the days before and going through the current one; nothing is remembered
// between runs.
//
// All arithmetic is on integers: the rows are the same on every architecture and in every later version of this program.
// A model that draws other numbers is another version in the name.
package market

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Params determine a market. It has a history of weekdays, whose ticks may be sent at once, or a live part, whose ticks
// come to pass in real time, or both; the history then ends on a day before the live part begins.
type Params struct {
	Seed    uint64
	Symbols int // 1 to MaxSymbols

	First time.Time // midnight UTC of the history's first day, a weekday
	Days  int       // weekdays of history; 0 for none
	Ticks int       // of all symbols on a day of history, on average

	Live    time.Time // when the live part begins, a whole minute
	Rate    int       // of all symbols in a second of the live part, on average; 0 for no live part
	Session Session
}

// Session says when the live part trades. History always does in weekday sessions.
type Session string

// The kinds of sessions.
const (
	Always   Session = "always"   // never closes; open, high and low begin anew at midnight UTC
	Weekdays Session = "weekdays" // Monday to Friday, 14:30 to 21:00 UTC
)

// Bounds of Params.
const (
	MaxSymbols = 1000
	MaxDays    = 20_000
	MaxTicks   = 1_000_000_000
	MaxRate    = 1_000_000
)

// prefix is the model and its version.
const prefix = "market:v1"

const (
	dateForm   = time.DateOnly
	minuteForm = "2006-01-02T15:04Z"
)

// Default is what a demonstration begins with: ticks of 20 symbols on the five weekdays before now, and about 500 a
// second from now on.
func Default(now time.Time) Params {
	now = now.UTC()
	first := midnight(now)
	for days := 0; days < 5; {
		first = first.AddDate(0, 0, -1)
		if weekday(dayOf(first)) {
			days++
		}
	}
	return Params{
		Seed: 1, Symbols: 20, First: first, Days: 5, Ticks: 100_000,
		Live: now.Truncate(time.Minute), Rate: 500, Session: Always,
	}
}

// Is says whether a feed of that name is a market of any version.
func Is(name string) bool { return strings.HasPrefix(name, "market:") }

// String is the name of the feed, which Parse reads.
func (p Params) String() string {
	s := fmt.Sprintf("%s;seed=%d;symbols=%d", prefix, p.Seed, p.Symbols)
	if p.Days > 0 {
		s += fmt.Sprintf(";first=%s;days=%d;ticks=%d", p.First.UTC().Format(dateForm), p.Days, p.Ticks)
	}
	if p.Rate > 0 {
		s += fmt.Sprintf(";live=%s;rate=%d;session=%s", p.Live.UTC().Format(minuteForm), p.Rate, p.Session)
	}
	return s
}

// Parse reads a name, strictly: it must be what String makes of the result.
func Parse(name string) (Params, error) {
	fields := strings.Split(name, ";")
	if fields[0] != prefix {
		return Params{}, fmt.Errorf("feed %q is not of this simulator; its model is %q", name, prefix)
	}
	var p Params
	for _, f := range fields[1:] {
		key, value, _ := strings.Cut(f, "=")
		if err := p.set(key, value); err != nil {
			return Params{}, fmt.Errorf("feed %q: %s: %w", name, key, err)
		}
	}
	if err := p.check(); err != nil {
		return Params{}, fmt.Errorf("feed %q: %w", name, err)
	}
	if p.String() != name {
		return Params{}, fmt.Errorf("feed %q is not in the form %q; hint: copy it whole, as `ticklake status --output json` has it", name, p)
	}
	return p, nil
}

func (p *Params) set(key, value string) (err error) {
	switch key {
	case "seed":
		p.Seed, err = strconv.ParseUint(value, 10, 64)
	case "symbols":
		p.Symbols, err = strconv.Atoi(value)
	case "first":
		p.First, err = time.Parse(dateForm, value)
	case "days":
		p.Days, err = strconv.Atoi(value)
	case "ticks":
		p.Ticks, err = strconv.Atoi(value)
	case "live":
		p.Live, err = time.Parse(minuteForm, value)
	case "rate":
		p.Rate, err = strconv.Atoi(value)
	case "session":
		p.Session = Session(value)
	default:
		err = fmt.Errorf("not known")
	}
	return err
}

func within(what string, n, low, high int) error {
	if n < low || n > high {
		return fmt.Errorf("%s must be %d to %d, not %d", what, low, high, n)
	}
	return nil
}

// Years that the days of a market must lie in, well within a timestamp's.
const minYear, maxYear = 1700, 2200

func (p Params) check() error {
	if err := within("symbols", p.Symbols, 1, MaxSymbols); err != nil {
		return err
	}
	if p.Days == 0 && p.Rate == 0 {
		return fmt.Errorf("neither days of history nor a live rate")
	}
	if p.Days != 0 {
		if err := p.checkHistory(); err != nil {
			return err
		}
	}
	if p.Rate == 0 {
		return nil
	}
	if err := within("rate", p.Rate, 1, MaxRate); err != nil {
		return err
	}
	if p.Session != Always && p.Session != Weekdays {
		return fmt.Errorf("session must be %q or %q, not %q", Always, Weekdays, p.Session)
	}
	if !p.Live.Equal(p.Live.Truncate(time.Minute)) {
		return fmt.Errorf("live must begin at a whole minute, not %s", p.Live.Format(time.RFC3339Nano))
	}
	if err := within("year of live", p.Live.UTC().Year(), minYear, maxYear); err != nil {
		return err
	}
	if p.Days > 0 && dayOf(p.Live) <= weekdayAfter(dayOf(p.First), p.Days-1) {
		return fmt.Errorf("live begins at %s, before the history ends", p.Live.UTC().Format(minuteForm))
	}
	return nil
}

func (p Params) checkHistory() error {
	if err := within("days", p.Days, 1, MaxDays); err != nil {
		return err
	}
	if err := within("ticks", p.Ticks, 1, MaxTicks); err != nil {
		return err
	}
	if err := within("year of first", p.First.UTC().Year(), minYear, maxYear); err != nil {
		return err
	}
	if !p.First.Equal(midnight(p.First)) || !weekday(dayOf(p.First)) {
		return fmt.Errorf("first must be midnight UTC of a weekday, not %s", p.First.Format(time.RFC3339Nano))
	}
	return nil
}
