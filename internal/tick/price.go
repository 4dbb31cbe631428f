package tick

import "strconv"

// Price is a decimal(18,9), held as a count of 10⁻⁹.
type Price int64

// One is the price 1.
const One Price = 1_000_000_000

// priceDecimals is how many decimals a Price has; priceDigits is how many digits in all.
const priceDecimals, priceDigits = 9, 18

// ParsePrice reads a JSON number, whole, with or without an exponent. It never rounds: what has more than nine
// decimals, or is 10⁹ or more, is refused. The error is a FieldError.
func ParsePrice[S ~string | ~[]byte](s S) (Price, error) {
	d, ok := parseDecimal(s)
	switch {
	case !ok:
		return 0, errNotNumber
	case d.count == 0:
		return 0, nil
	case d.exp < -priceDecimals:
		return 0, errDecimals
	case d.count+d.exp+priceDecimals > priceDigits:
		return 0, errMagnitude
	}
	v, _ := times10(d.digits, d.exp+priceDecimals) // at most 18 digits: it fits
	if d.negative {
		return -Price(v), nil
	}
	return Price(v), nil
}

// Append appends p in its one form: the shortest decimal, no exponent.
func (p Price) Append(dst []byte) []byte {
	u := uint64(p)
	if p < 0 {
		dst = append(dst, '-')
		u = -u
	}
	dst = strconv.AppendUint(dst, u/uint64(One), 10)
	fraction := u % uint64(One)
	if fraction == 0 {
		return dst
	}
	dst = append(dst, '.')
	for unit := uint64(One) / 10; fraction > 0; unit /= 10 {
		dst = append(dst, byte('0'+fraction/unit))
		fraction %= unit
	}
	return dst
}

func (p Price) String() string { return string(p.Append(nil)) }

// ParseInteger reads a JSON number that is whole (1200, 1200.0, 1.2e3) as a 64-bit integer. The error is a FieldError.
func ParseInteger[S ~string | ~[]byte](s S) (int64, error) {
	d, ok := parseDecimal(s)
	switch {
	case !ok:
		return 0, errNotNumber
	case d.count == 0:
		return 0, nil
	case d.exp < 0:
		return 0, errFraction
	case d.count+d.exp > 19:
		return 0, errIntRange
	}
	v, ok := times10(d.digits, d.exp)
	if d.negative && ok && v <= 1<<63 {
		return -int64(v), nil
	}
	if d.negative || !ok || v > 1<<63-1 {
		return 0, errIntRange
	}
	return int64(v), nil
}
