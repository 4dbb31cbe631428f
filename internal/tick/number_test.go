package tick

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
)

func TestPriceKeepsEveryDigitOrRefuses(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"whole", "189", "189"},
		{"shortest form", "189.840", "189.84"},
		{"nine decimals", "0.000000001", "0.000000001"},
		{"largest", "999999999.999999999", "999999999.999999999"},
		{"negative", "-37.63", "-37.63"},
		{"minus zero", "-0.00", "0"},
		{"exponent", "1.8984e2", "189.84"},
		{"negative exponent", "18984E-2", "189.84"},
		{"zeros beyond nine decimals", "1.50000000000000000000000", "1.5"},
		{"zero with a vast exponent", "0e999999999999", "0"},
		{"zeros paid for by the exponent", "0.000000000000000000001e20", "0.1"},
		{"digits paid for by the exponent", "1000000000000000000000000e-24", "1"},
		{"ten decimals", "0.0000000001", string(errDecimals)},
		{"ten decimals by exponent", "1e-10", string(errDecimals)},
		{"twenty digits, all decimals", "1.2345678901234567891", string(errDecimals)},
		{"10⁹", "1000000000", string(errMagnitude)},
		{"−10⁹", "-1e9", string(errMagnitude)},
		{"vast", "1e999999999999999999999", string(errMagnitude)},
		{"tiny", "1e-999999999999999999999", string(errDecimals)},
		{"thousands separator", "1,200.5", string(errNotNumber)},
		{"leading zero", "01", string(errNotNumber)},
		{"leading plus", "+1", string(errNotNumber)},
		{"bare point", ".5", string(errNotNumber)},
		{"open point", "5.", string(errNotNumber)},
		{"open exponent", "5e", string(errNotNumber)},
		{"blank", " 5", string(errNotNumber)},
		{"nothing", "", string(errNotNumber)},
		{"sign alone", "-", string(errNotNumber)},
		{"NaN", "NaN", string(errNotNumber)},
		{"hexadecimal", "0x10", string(errNotNumber)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := ParsePrice(tt.in)
			if got := outcome(p, err); got != tt.want {
				t.Errorf("ParsePrice(%q) = %s, want %s", tt.in, got, tt.want)
			}
		})
	}
}

func TestIntegerTakesWholeNumbersOnly(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"plain", "1200", "1200"},
		{"integral decimal", "1200.0", "1200"},
		{"exponent", "1.2e3", "1200"},
		{"negative", "-5", "-5"},
		{"largest", "9223372036854775807", "9223372036854775807"},
		{"smallest", "-9223372036854775808", "-9223372036854775808"},
		{"one too large", "9223372036854775808", string(errIntRange)},
		{"one too small", "-9223372036854775809", string(errIntRange)},
		{"twenty digits", "10000000000000000001", string(errIntRange)},
		{"overflow by exponent", "9e19", string(errIntRange)},
		{"fraction", "0.5", string(errFraction)},
		{"fraction of twenty digits", "1.00000000000000000001", string(errFraction)},
		{"separator", "1,200", string(errNotNumber)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n, err := ParseInteger(tt.in)
			if got := outcome(n, err); got != tt.want {
				t.Errorf("ParseInteger(%q) = %s, want %s", tt.in, got, tt.want)
			}
		})
	}
}

func outcome(v any, err error) string {
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(v)
}

// FuzzNumbers holds both readers against exact rational arithmetic.
func FuzzNumbers(f *testing.F) {
	for _, s := range []string{"0", "-0", "1.5", "1e9", "123456789.123456789", "1e-9", "9223372036854775807", "0.10e1", "1E+2", "00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 40 || strings.ContainsAny(s, "_xXpPbBoO/ ") {
			return // what big.Rat reads and JSON does not
		}
		if i := strings.IndexAny(s, "eE"); i >= 0 && len(s)-i > 5 {
			return // exponents beyond what an exact reader can hold
		}
		exact, isNumber := new(big.Rat).SetString(s)
		p, err := ParsePrice(s)
		if err == nil {
			if !isNumber || exact.Cmp(big.NewRat(int64(p), int64(One))) != 0 {
				t.Fatalf("ParsePrice(%q) = %v", s, p)
			}
			again, err := ParsePrice(p.Append(nil))
			if err != nil || again != p {
				t.Fatalf("%v reads back as %v, %v", p, again, err)
			}
		} else if isNumber && !errors.Is(err, errNotNumber) {
			scaled := new(big.Rat).Mul(exact, big.NewRat(int64(One), 1))
			if limit := big.NewInt(1e18); scaled.IsInt() && new(big.Int).Abs(scaled.Num()).Cmp(limit) < 0 {
				t.Fatalf("ParsePrice(%q) refuses a decimal(18,9): %v", s, err)
			}
		}
		n, err := ParseInteger(s)
		if err == nil && (!isNumber || exact.Cmp(new(big.Rat).SetInt64(n)) != 0) {
			t.Fatalf("ParseInteger(%q) = %d", s, n)
		}
		if err != nil && isNumber && !errors.Is(err, errNotNumber) && exact.IsInt() && exact.Num().IsInt64() {
			t.Fatalf("ParseInteger(%q) refuses an int64: %v", s, err)
		}
	})
}
