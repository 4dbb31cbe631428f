package duck

import (
	"database/sql/driver"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"ticklake/internal/local/athena/trino"
)

func numberFunctions() []*function {
	return []*function{
		fn("go_fail", text, args(text, text), func(v []driver.Value) (any, error) {
			return nil, &udfError{name: v[0].(string), message: v[1].(string)}
		}),
		fn("go_log", double, args(double, double), func(v []driver.Value) (any, error) {
			return math.Log(v[1].(float64)) / math.Log(v[0].(float64)), nil
		}),
		fn("go_cbrt", double, args(double), func(v []driver.Value) (any, error) { return math.Cbrt(v[0].(float64)), nil }),
		fn("go_bit_count", bigint, args(bigint, bigint), func(v []driver.Value) (any, error) {
			x, n := v[0].(int64), v[1].(int64)
			if n < 2 || n > 64 {
				return nil, faultf(trino.InvalidArgument, "Bits specified in bit_count must be between 2 and 64, got %d", n)
			}
			if lo, hi := int64(-1)<<(n-1), int64(1)<<(n-1)-1; n < 64 && (x < lo || x > hi) {
				return nil, faultf(trino.InvalidArgument, "Number must be representable with the bits specified. %d cannot be represented with %d bits", x, n)
			}
			return int64(bits.OnesCount64(uint64(x) << (64 - n))), nil
		}),
		fn("go_shift", bigint, args(bigint, bigint, bigint, bigint), shiftBits),
		fn("go_from_base", bigint, args(text, bigint), func(v []driver.Value) (any, error) {
			s, base := v[0].(string), v[1].(int64)
			if base < 2 || base > 36 {
				return nil, faultf(trino.InvalidArgument, "Radix must be between 2 and 36")
			}
			n, err := strconv.ParseInt(s, int(base), 64)
			if err != nil || strings.Contains(s, "_") {
				return nil, faultf(trino.InvalidArgument, "Not a valid base-%d number: %s", base, s)
			}
			return n, nil
		}),
		fn("go_to_base", text, args(bigint, bigint), func(v []driver.Value) (any, error) {
			base := v[1].(int64)
			if base < 2 || base > 36 {
				return nil, faultf(trino.InvalidArgument, "Radix must be between 2 and 36")
			}
			return strconv.FormatInt(v[0].(int64), int(base)), nil
		}),
		fn("go_width_bucket", bigint, args(double, double, double, bigint), widthBucket),
		fn("go_parse_int", bigint, args(text, text), func(v []driver.Value) (any, error) {
			size := map[string]int{"TINYINT": 8, "SMALLINT": 16, "INT": 32, "BIGINT": 64}[v[1].(string)]
			n, err := strconv.ParseInt(v[0].(string), 10, size)
			if err != nil {
				return nil, faultf(trino.InvalidCast, "Cannot cast '%s' to %s", v[0], v[1])
			}
			return n, nil
		}),
		fn("go_parse_double", double, args(text, text), parseDouble),
		fn("go_parse_decimal", text, args(text, bigint, bigint), func(v []driver.Value) (any, error) {
			p, s := int(v[1].(int64)), int(v[2].(int64))
			out, ok := roundDecimal(strings.TrimSpace(v[0].(string)), p, s)
			if !ok {
				return nil, faultf(trino.InvalidCast, "Cannot cast VARCHAR '%s' to DECIMAL(%d, %d)", v[0], p, s)
			}
			return out, nil
		}),
		fn("go_double_decimal", text, args(double, bigint, bigint), func(v []driver.Value) (any, error) {
			x, p, s := v[0].(float64), int(v[1].(int64)), int(v[2].(int64))
			out, ok := roundDecimal(strconv.FormatFloat(x, 'e', -1, 64), p, s)
			if !ok {
				return nil, faultf(trino.InvalidCast, "Cannot cast DOUBLE '%s' to DECIMAL(%d, %d)", javaDouble(x, 64), p, s)
			}
			return out, nil
		}),
		fn("go_parse_boolean", boolean, args(text), func(v []driver.Value) (any, error) {
			switch strings.ToLower(v[0].(string)) {
			case "t", "true", "1":
				return true, nil
			case "f", "false", "0":
				return false, nil
			}
			return nil, faultf(trino.InvalidCast, "Cannot cast '%s' to BOOLEAN", v[0])
		}),
		fn("go_double_text", text, args(double), func(v []driver.Value) (any, error) { return castText(v[0].(float64), 64), nil }),
		fn("go_real_text", text, args(duckdb.TYPE_FLOAT), func(v []driver.Value) (any, error) {
			return castText(float64(v[0].(float32)), 32), nil
		}),
	}
}

func shiftBits(v []driver.Value) (any, error) {
	x, n, width, kind := v[0].(int64), v[1].(int64), v[2].(int64), v[3].(int64)
	if n < 0 {
		return nil, faultf(trino.InvalidArgument, "shift must be positive")
	}
	u := uint64(x)
	if width == 32 {
		u = uint64(uint32(x))
	}
	switch {
	case kind == 2:
		return x >> min(n, 63), nil
	case n >= width:
		u = 0
	case kind == 0:
		u <<= n
	default:
		u >>= n
	}
	if width == 32 {
		return int64(int32(uint32(u))), nil
	}
	return int64(u), nil
}

func widthBucket(v []driver.Value) (any, error) {
	x, lo, hi, n := v[0].(float64), v[1].(float64), v[2].(float64), v[3].(int64)
	switch {
	case n <= 0:
		return nil, faultf(trino.InvalidArgument, "bucketCount must be greater than 0")
	case math.IsNaN(x):
		return nil, faultf(trino.InvalidArgument, "operand must not be NaN")
	case math.IsInf(lo, 0) || math.IsNaN(lo) || math.IsInf(hi, 0) || math.IsNaN(hi):
		return nil, faultf(trino.InvalidArgument, "bounds must be finite")
	case lo == hi:
		return nil, faultf(trino.InvalidArgument, "bounds cannot equal each other")
	}
	at := func(v, lo, hi float64) int64 {
		switch {
		case v < lo:
			return 0
		case v >= hi:
			return n + 1
		}
		return int64(float64(n)*(v-lo)/(hi-lo)) + 1
	}
	if lo < hi {
		return at(x, lo, hi), nil
	}
	return n - at(x, hi, lo) + 1, nil
}

// parseDouble reads what Java's parser reads, without hexadecimal numbers.
func parseDouble(v []driver.Value) (any, error) {
	s := strings.TrimSpace(v[0].(string))
	fault := faultf(trino.InvalidCast, "Cannot cast '%s' to %s", v[0], v[1])
	switch strings.TrimPrefix(strings.TrimPrefix(s, "+"), "-") {
	case "Infinity":
		if s[0] == '-' {
			return math.Inf(-1), nil
		}
		return math.Inf(1), nil
	case "NaN":
		return math.NaN(), nil
	}
	if n := len(s); n > 1 && strings.ContainsRune("dDfF", rune(s[n-1])) {
		s = s[:n-1]
	}
	if strings.Trim(s, "+-.0123456789eE") != "" {
		return nil, fault
	}
	bits := 64
	if v[1] == "REAL" {
		bits = 32
	}
	x, err := strconv.ParseFloat(s, bits)
	if err != nil && !math.IsInf(x, 0) {
		return nil, fault
	}
	return x, nil
}

// roundDecimal reads a number and rounds it half away from zero; not ok if it is none or does not fit.
func roundDecimal(s string, precision, scale int) (string, bool) {
	if len(s) > 1000 || s == "" || strings.Trim(s, "+-.0123456789eE") != "" {
		return "", false
	}
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		if exp, err := strconv.Atoi(s[i+1:]); err != nil || exp > 500 || exp < -500 {
			return "", false
		}
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return "", false
	}
	scaled := r.Mul(r, new(big.Rat).SetInt(bigPow10(scale)))
	n := divideHalfUp(scaled.Num(), scaled.Denom())
	if new(big.Int).Abs(n).Cmp(bigPow10(precision)) >= 0 {
		return "", false
	}
	return decimalText(n, scale), true
}

func bigPow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// divideHalfUp divides and rounds half away from zero.
func divideHalfUp(n, d *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(n, d, new(big.Int))
	if r.Abs(r).Lsh(r, 1).CmpAbs(d) >= 0 {
		q.Add(q, big.NewInt(int64(n.Sign()*d.Sign())))
	}
	return q
}

// decimalFunction is the division, the remainder or the mean of decimals of given scales.
func decimalFunction(op decimalOp) *function {
	out := op.S
	f := &function{name: op.name(), in: args(decimal, decimal, bigint), decimals: map[int]int{0: op.S1, 1: op.S2}}
	switch {
	case op.Average:
		out = op.S1
		f.in = args(decimal, bigint)
		f.do = func(v []driver.Value) (any, error) {
			n := v[1].(int64)
			if n == 0 {
				return nil, nil
			}
			return duckdb.Decimal{Width: 38, Scale: uint8(out), Value: divideHalfUp(v[0].(duckdb.Decimal).Value, big.NewInt(n))}, nil
		}
	case op.Remainder:
		f.do = func(v []driver.Value) (any, error) { return decimalDivide(v, op, true) }
	default:
		f.do = func(v []driver.Value) (any, error) { return decimalDivide(v, op, false) }
	}
	f.out = decimalInfo(38, out)
	return f
}

func decimalDivide(v []driver.Value, op decimalOp, remainder bool) (any, error) {
	x, y := v[0].(duckdb.Decimal).Value, v[1].(duckdb.Decimal).Value
	if y.Sign() == 0 {
		return nil, faultf(trino.DivisionByZero, "Division by zero")
	}
	var n *big.Int
	if remainder {
		a, b := new(big.Int).Mul(x, bigPow10(op.S-op.S1)), new(big.Int).Mul(y, bigPow10(op.S-op.S2))
		n = new(big.Int).Rem(a, b)
	} else {
		// x·10^-s1 / (y·10^-s2) at scale s.
		n = divideHalfUp(new(big.Int).Mul(x, bigPow10(op.S-op.S1+op.S2)), y)
	}
	if new(big.Int).Abs(n).Cmp(bigPow10(int(v[2].(int64)))) >= 0 {
		return nil, faultf(trino.OutOfRange, "Decimal overflow")
	}
	return duckdb.Decimal{Width: 38, Scale: uint8(op.S), Value: n}, nil
}

// javaDouble prints a number as Java's Double.toString and Float.toString do.
func javaDouble(x float64, bits int) string {
	switch {
	case math.IsNaN(x):
		return "NaN"
	case math.IsInf(x, 1):
		return "Infinity"
	case math.IsInf(x, -1):
		return "-Infinity"
	case x == 0:
		if math.Signbit(x) {
			return "-0.0"
		}
		return "0.0"
	}
	if a := math.Abs(x); a >= 1e-3 && a < 1e7 {
		s := strconv.FormatFloat(x, 'f', -1, bits)
		if !strings.Contains(s, ".") {
			s += ".0"
		}
		return s
	}
	return scientific(x, bits)
}

func scientific(x float64, bits int) string {
	s := strconv.FormatFloat(x, 'e', -1, bits)
	m, e, _ := strings.Cut(s, "e")
	if !strings.Contains(m, ".") {
		m += ".0"
	}
	exp, _ := strconv.Atoi(e)
	return fmt.Sprintf("%sE%d", m, exp)
}

// castText prints a number as Trino's CAST to varchar does: always with an exponent.
func castText(x float64, bits int) string {
	if x == 0 || math.IsNaN(x) || math.IsInf(x, 0) {
		if x == 0 {
			return map[bool]string{false: "0.0E0", true: "-0.0E0"}[math.Signbit(x)]
		}
		return javaDouble(x, bits)
	}
	return scientific(x, bits)
}
