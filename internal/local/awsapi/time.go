package awsapi

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// maxEpoch is the last second of the year 9999.
const maxEpoch = 253402300799

// Time is a timestamp of AWS JSON: seconds since 1970 as a number, here with milliseconds.
type Time struct{ time.Time }

// At returns t as a Time, cut to the milliseconds that the protocol carries.
func At(t time.Time) Time { return Time{t.UTC().Truncate(time.Millisecond)} }

// MarshalJSONTo writes seconds since 1970, never with an exponent.
func (t Time) MarshalJSONTo(enc *jsontext.Encoder) error {
	ms := t.UnixMilli()
	if ms%1000 == 0 {
		return enc.WriteValue(strconv.AppendInt(nil, ms/1000, 10))
	}
	return enc.WriteValue(strconv.AppendFloat(nil, float64(ms)/1000, 'f', 3, 64))
}

// UnmarshalJSONFrom reads seconds since 1970; null leaves the zero time.
func (t *Time) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	tok, err := dec.ReadToken()
	if err != nil {
		return err
	}
	switch tok.Kind() {
	case 'n':
		*t = Time{}
		return nil
	case '0':
		sec, err := strconv.ParseFloat(tok.String(), 64)
		if err != nil || math.Abs(sec) > maxEpoch {
			return fmt.Errorf("timestamp %.40s is out of range", tok.String())
		}
		*t = At(time.UnixMilli(int64(math.Round(sec * 1000))))
		return nil
	default:
		return fmt.Errorf("timestamp must be a number of seconds since 1970")
	}
}
