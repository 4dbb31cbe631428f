package tick

// decimal is a number token taken apart: ±digits × 10^exp, digits without trailing zeros.
type decimal struct {
	negative bool
	digits   uint64 // valid while count ≤ 19
	count    int    // significant digits of the token, 0 for zero
	exp      int
}

// maxExponent bounds what an exponent may say before it stops mattering: no token of a record is as long.
const maxExponent = 1 << 30

// parseDecimal reads s by JSON's number grammar (RFC 8259, section 6); ok is false for anything else.
func parseDecimal[S ~string | ~[]byte](s S) (d decimal, ok bool) {
	i := 0
	if i < len(s) && s[i] == '-' {
		d.negative = true
		i++
	}
	start := i
	zeros := 0 // seen since the last digit that is not 0
	digit := func(c byte) {
		if c == '0' {
			if d.count > 0 {
				zeros++
			}
			return
		}
		d.count += zeros + 1
		if d.count <= 19 { // 19 digits always fit a uint64
			for ; zeros > 0; zeros-- {
				d.digits *= 10
			}
			d.digits = d.digits*10 + uint64(c-'0')
		}
		zeros = 0
	}
	for ; i < len(s) && isDigit(s[i]); i++ {
		digit(s[i])
	}
	if i == start || (s[start] == '0' && i > start+1) {
		return decimal{}, false
	}
	fraction := 0
	if i < len(s) && s[i] == '.' {
		i++
		from := i
		for ; i < len(s) && isDigit(s[i]); i++ {
			digit(s[i])
		}
		if fraction = i - from; fraction == 0 {
			return decimal{}, false
		}
	}
	exponent := 0
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		if exponent, i, ok = parseExponent(s, i+1); !ok {
			return decimal{}, false
		}
	}
	if i != len(s) {
		return decimal{}, false
	}
	if d.count == 0 {
		return decimal{}, true // -0 is 0
	}
	d.exp = exponent - fraction + zeros
	return d, true
}

func parseExponent[S ~string | ~[]byte](s S, i int) (exponent, end int, ok bool) {
	negative := false
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		negative = s[i] == '-'
		i++
	}
	from := i
	for ; i < len(s) && isDigit(s[i]); i++ {
		exponent = min(exponent*10+int(s[i]-'0'), maxExponent)
	}
	if negative {
		exponent = -exponent
	}
	return exponent, i, i > from
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// times10 returns v × 10^n for n in 0..19; ok is false where that overflows.
func times10(v uint64, n int) (_ uint64, ok bool) {
	for ; n > 0; n-- {
		if v > (1<<64-1)/10 {
			return 0, false
		}
		v *= 10
	}
	return v, true
}
