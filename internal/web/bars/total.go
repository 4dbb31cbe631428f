package bars

import (
	"fmt"
	"math/big"
	"math/bits"
	"strconv"
)

// Total is a sum of 64-bit integers, exact: shares of as many ticks as there may be.
type Total struct {
	hi int64
	lo uint64
}

// Add adds v.
func (t *Total) Add(v int64) {
	lo, carry := bits.Add64(t.lo, uint64(v), 0)
	t.lo = lo
	t.hi += v>>63 + int64(carry)
}

// AddTotal adds what another has summed.
func (t *Total) AddTotal(u Total) {
	lo, carry := bits.Add64(t.lo, u.lo, 0)
	t.lo = lo
	t.hi += u.hi + int64(carry)
}

// Append appends t as a decimal.
func (t Total) Append(dst []byte) []byte {
	if t.hi == int64(t.lo)>>63 { // it is a 64-bit integer
		return strconv.AppendInt(dst, int64(t.lo), 10)
	}
	return t.big().Append(dst, 10)
}

func (t Total) String() string { return string(t.Append(nil)) }

func (t Total) big() *big.Int {
	v := new(big.Int).Lsh(big.NewInt(t.hi), 64)
	return v.Add(v, new(big.Int).SetUint64(t.lo))
}

// ParseTotal reads a whole number of at most 38 digits, as decimal(38,0) is told.
func ParseTotal(s string) (Total, error) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return Total{n >> 63, uint64(n)}, nil
	}
	v, ok := new(big.Int).SetString(s, 10)
	if !ok || v.BitLen() > 127 {
		return Total{}, fmt.Errorf("%.60q is no whole number of 38 digits", s)
	}
	lo := new(big.Int).And(v, new(big.Int).SetUint64(1<<64-1)).Uint64() // two's complement, as And has it
	return Total{new(big.Int).Rsh(v, 64).Int64(), lo}, nil
}
