package feed

import (
	"strings"
)

// looksLike are words by which columns of a field often go, the likeliest first. They only make hints, for a person to
// confirm: nothing is ever read by a guess.
func looksLike(to int) []string {
	switch to {
	case toTimestamp:
		return []string{"timestamp", "datetime", "date_time", "date", "time", "ts", "day", "trade_date", "tradedate", "ts_event", "open_time", "period"}
	case toSymbol:
		return []string{"symbol", "ticker", "stock symbol", "instrument", "stock", "index", "name", "code", "ric", "isin", "pair", "asset", "security"}
	case toPrice:
		return []string{"price", "close", "last", "close/last", "last price", "trade_price", "close_price", "px", "value", "adj close", "settle"}
	case toVolume:
		return []string{"volume", "vol", "size", "qty", "quantity", "shares", "amount"}
	case toOpen:
		return []string{"open", "open price", "open_price"}
	case toHigh:
		return []string{"high", "high price", "high_price"}
	case toLow:
		return []string{"low", "low price", "low_price"}
	case toVenue:
		return []string{"venue", "exchange", "mic"}
	case toCurrency:
		return []string{"currency", "ccy"}
	}
	return nil
}

// bare is a column's name without what often stands around the word that matters: AAPL.Close, <CLOSE>, close ($).
func bare(name string) string {
	name = strings.Trim(fold(name), "<>[]\"' ")
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		name = name[i+1:]
	}
	if i := strings.IndexAny(name, "(["); i > 0 {
		name = strings.TrimSpace(name[:i])
	}
	return name
}

// guess returns flags that name the fields which nothing has yet, by columns that look like them. all says whether
// nothing is missing then; where only the symbol was, it is a constant to fill in.
func (s *resolving) guess(columns []int) (flags []string, all bool) {
	used := make(map[int]bool)
	take := func(to int, words ...string) (column string) {
		for _, word := range words {
			for _, i := range columns {
				if !used[i] && bare(s.names[i]) == word {
					used[i] = true
					flags = append(flags, "--map "+mapFlag(s.names[i], fieldNames[to]))
					return word
				}
			}
		}
		return ""
	}
	for to := range toSequence {
		if s.fields[to] != claimNone {
			continue
		}
		switch found := take(to, looksLike(to)...); {
		case found == "date":
			take(to, "time") // the two are read as one
		case found != "" || to >= requiredFields:
		case to == toSymbol:
			flags = append(flags, "--set symbol="+s.prefix())
		default:
			return nil, false
		}
	}
	return flags, true
}

// prefix is AAPL where columns are AAPL.Open, AAPL.High and so on.
func (s *resolving) prefix() string {
	common := ""
	for _, name := range s.names {
		before, _, dotted := strings.Cut(name, ".")
		switch {
		case !dotted:
		case common != "" && common != before:
			return "SYMBOL"
		default:
			common = before
		}
	}
	if common == "" || strings.ContainsAny(common, " '\"\\$`,") {
		return "SYMBOL"
	}
	return common
}

// mapFlag is the value of --map as a shell reads it.
func mapFlag(column, field string) string {
	s := shorten(column) + "=" + field
	if strings.ContainsAny(s, ",\"\n") { // the flag is a list
		s = `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
	}
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-=/+:@%"
	if strings.Trim(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
