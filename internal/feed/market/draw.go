package market

import (
	"math/bits"
	"math/rand/v2"
)

// draw is a stream of chance of its own, from a seed and what the draw is for.
type draw struct{ pcg rand.PCG }

// What draws are for, so that no two share a stream.
const (
	forSymbol = iota + 1
	forDay
	forMinutes
	forTicks
)

func (d *draw) begin(seed uint64, purpose, symbol int, of day, minute int) {
	a := mix(seed ^ mix(uint64(purpose)<<32|uint64(symbol)))
	b := mix(a ^ mix(uint64(of)<<16|uint64(minute)))
	d.pcg.Seed(a, b)
}

// mix is the finalizer of SplitMix64: every bit of its argument bears on every bit of its result.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func (d *draw) bits() uint64 { return d.pcg.Uint64() }

// below is a number from 0 to n−1.
func (d *draw) below(n uint64) uint64 { return scale(d.pcg.Uint64(), n) }

// scale maps 64 random bits to 0 … n−1.
func scale(random, n uint64) uint64 {
	hi, _ := bits.Mul64(random, n)
	return hi
}

// normal is a number from about a normal distribution with mean 0 and the given deviation, never beyond 3.5 of it: the
// sum of four even ones.
func (d *draw) normal(deviation int64) int64 { return normal(d.pcg.Uint64(), deviation) }

func normal(random uint64, deviation int64) int64 {
	const sum, unit = 2 * (1<<16 - 1), 37837 // the sum's mean, and its standard deviation
	z := int64(random&0xffff) + int64(random>>16&0xffff) + int64(random>>32&0xffff) + int64(random>>48) - sum
	return z * deviation / unit
}
