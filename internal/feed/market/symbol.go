package market

import (
	"strconv"

	"ticklake/internal/tick"
)

// Levels are prices in units of 1/256 of the grid's step, so that a level moves smoothly where prices jump.
const (
	stepsALevel = 256
	gridStep    = tick.One / 100
	lowest      = 100 * stepsALevel // no level is below a price of 1.00
)

// symbol is what is drawn for a symbol once and for all.
type symbol struct {
	name  tick.Symbol
	key   []byte
	base  int64  // the level it begins at, and is kept within a factor of 8 of
	share uint64 // of the ticks, in relation to the other symbols'
}

// spelling names symbols: nobody takes them for what is traded in the world.
var spelling = [...]string{
	"ALFA", "BRAVO", "CHARLIE", "DELTA", "ECHO", "FOXTROT", "GOLF", "HOTEL", "INDIA", "JULIETT", "KILO", "LIMA", "MIKE",
	"NOVEMBER", "OSCAR", "PAPA", "QUEBEC", "ROMEO", "SIERRA", "TANGO", "UNIFORM", "VICTOR", "WHISKEY", "XRAY", "YANKEE", "ZULU",
}

func symbolName(i int) string {
	name := spelling[i%len(spelling)]
	if i >= len(spelling) {
		name += strconv.Itoa(i/len(spelling) + 1)
	}
	return name
}

func drawSymbol(seed uint64, i int) symbol {
	var d draw
	d.begin(seed, forSymbol, i, 0, 0)
	name := symbolName(i)
	cents := 1500 + d.below(1<<10)*d.below(1<<10)*45000>>20 // 15 to 465, more of them cheap
	busy := d.below(1 << 10)
	return symbol{
		name: tick.Symbol(name), key: []byte(name),
		base: int64(cents) * stepsALevel, share: 100 + 900*busy*busy>>20,
	}
}

// symbolDay is what is drawn for a day of a symbol.
type symbolDay struct {
	activity uint64 // thousandths of its share of the day's ticks
	gap      int64  // millionths between the close before and this open
	move     int64  // millionths between open and close
	vol      int64  // millionths of deviation over the session
}

func drawDay(seed uint64, i int, of day) symbolDay {
	var d draw
	d.begin(seed, forDay, i, of, 0)
	vol := 6000 + int64(d.below(1<<10)*d.below(1<<10)*24000>>20) // 0.6% to 3%
	return symbolDay{
		activity: 750 + d.below(501), vol: vol, gap: d.normal(vol / 3), move: d.normal(vol),
	}
}

// by moves a level by millionths, back instead where it would leave what is allowed.
func (s *symbol) by(level, millionths int64) int64 {
	to := level + level*millionths/1_000_000
	if to > s.base*8 || to < max(s.base/8, lowest) {
		to = level - level*millionths/1_000_000
	}
	return max(to, lowest)
}
