package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"ticklake/internal/feed"
	"ticklake/internal/feed/market"
	"ticklake/internal/stream"
)

// marketFlags determine a simulated market.
type marketFlags struct {
	seed    uint64
	symbols int
	days    int
	ticks   int
	session string
}

func (f *marketFlags) register(flags *pflag.FlagSet) {
	d := market.Default(time.Now())
	flags.Uint64Var(&f.seed, "seed", d.Seed, "market: the number from which all chance comes")
	flags.IntVar(&f.symbols, "symbols", d.Symbols, "market: how many symbols")
	flags.IntVar(&f.days, "days", d.Days, "market: weekdays of history before today, sent at once")
	flags.IntVar(&f.ticks, "day-ticks", d.Ticks, "market: ticks of all symbols on a day of history")
	flags.StringVar(&f.session, "session", string(d.Session), "market: when it trades live: always or weekdays")
}

// asksFor names the flags that were given and want another market than p; rate is --rate's.
func (f *marketFlags) asksFor(flags *pflag.FlagSet, p *market.Params, rate int) (other []string) {
	for name, differs := range map[string]bool{
		"seed": f.seed != p.Seed, "symbols": f.symbols != p.Symbols, "days": f.days != p.Days, "day-ticks": f.ticks != p.Ticks,
		"session": market.Session(f.session) != p.Session, "rate": rate != p.Rate,
	} {
		if differs && flags.Changed(name) {
			other = append(other, "--"+name)
		}
	}
	slices.Sort(other)
	return other
}

// params is the market that the flags ask for, its history ending before now and its live part beginning then.
func (f *marketFlags) params(now time.Time, rate int) (market.Params, error) {
	p := market.Default(now)
	p.Seed, p.Symbols, p.Ticks, p.Session = f.seed, f.symbols, f.ticks, market.Session(f.session)
	if rate > 0 {
		p.Rate = rate
	}
	if f.days < 0 || f.days > market.MaxDays {
		return p, usage("--days %d: it is 0 to %d", f.days, market.MaxDays)
	}
	p.Days, p.First = f.days, firstDay(now, f.days)
	return p, nil
}

// firstDay is the earliest of so many weekdays before now's day.
func firstDay(now time.Time, weekdays int) time.Time {
	day := now.UTC().Truncate(24 * time.Hour)
	for weekdays > 0 {
		day = day.AddDate(0, 0, -1)
		if wd := day.Weekday(); wd != time.Saturday && wd != time.Sunday {
			weekdays--
		}
	}
	return day
}

// openMarket goes on with the market that the topic has, unless flags ask for another; adopted says that it does, other
// which flags do not let it.
func (f *marketFlags) openMarket(ctx context.Context, flags *pflag.FlagSet, cluster stream.Cluster, topic string, rate int) (m *market.Market, adopted bool, other []string, err error) {
	name, err := feed.Find(ctx, cluster, topic, market.Is)
	if err != nil && !errors.Is(err, stream.ErrNoTopic) {
		return nil, false, nil, err
	}
	if name != "" {
		p, err := market.Parse(name)
		if err != nil {
			return nil, false, nil, fmt.Errorf("go on with the market of topic %q: %w", topic, err)
		}
		if other = f.asksFor(flags, &p, rate); len(other) == 0 {
			m, err := market.New(p)
			return m, true, nil, err
		}
	}
	p, err := f.params(time.Now(), rate)
	if err != nil {
		return nil, false, nil, err
	}
	m, err = market.New(p)
	return m, false, other, err
}

// describeMarket says in a line what is simulated.
func describeMarket(p market.Params, adopted bool) string {
	word := "simulated"
	if adopted {
		word = "simulated, goes on where it was"
	}
	s := fmt.Sprintf("Market    %s: %s, seed %d", word, plural(int64(p.Symbols), "symbol"), p.Seed)
	if p.Days > 0 {
		s += fmt.Sprintf("; about %s ticks over %s from %s", count(int64(p.Days)*int64(p.Ticks)), plural(int64(p.Days), "weekday"), p.First.Format(time.DateOnly))
	}
	if p.Rate > 0 {
		s += fmt.Sprintf("; then live, about %s a second", count(int64(p.Rate)))
	}
	return s
}
