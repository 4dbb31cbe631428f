package tick

// Reason is a short stable word for why bytes cannot be a tick.
type Reason string

// The reasons of version 1 of the rules.
const (
	EmptyValue   Reason = "empty_value"   // no bytes at all
	InvalidUTF8  Reason = "invalid_utf8"  // bytes that are not UTF-8
	InvalidJSON  Reason = "invalid_json"  // not exactly one JSON object
	DuplicateKey Reason = "duplicate_key" // one name twice in an object
	TooDeep      Reason = "too_deep"      // nested beyond MaxDepth
	MissingField Reason = "missing_field" // no timestamp, symbol or price
	BadTimestamp Reason = "bad_timestamp"
	BadSymbol    Reason = "bad_symbol"
	BadNumber    Reason = "bad_number" // price, volume, open, high, low or sequence
	BadCode      Reason = "bad_code"   // venue or currency
	BadRow       Reason = "bad_row"    // a row of raw CSV that has not the canonical form
)

// Reject says why bytes cannot be a tick. Its words are part of the rules: they are filed with the dead letter.
type Reject struct {
	Reason Reason
	Field  string // the record's field at fault, or ""
	Detail string // what is wrong and what would be right
}

func (r *Reject) Error() string {
	if r.Field == "" {
		return string(r.Reason) + ": " + r.Detail
	}
	return string(r.Reason) + ": " + r.Field + ": " + r.Detail
}

// Text is Field and Detail as they stand in a dead letter.
func (r *Reject) Text() string {
	if r.Field == "" {
		return r.Detail
	}
	return r.Field + ": " + r.Detail
}

// FieldError is what is wrong with one value; whoever knows the field makes a Reject of it.
type FieldError string

func (e FieldError) Error() string { return string(e) }

// What can be wrong with a value, in the words of the rules.
const (
	errNotNumber   FieldError = "not a number; write 1234.5, without separators, signs of currency or blanks"
	errDecimals    FieldError = "more than nine decimals; prices are decimal(18,9) and never rounded"
	errMagnitude   FieldError = "too large; a price stays below 1000000000"
	errFraction    FieldError = "not a whole number"
	errIntRange    FieldError = "too large for a 64-bit integer"
	errTimeForm    FieldError = "not RFC 3339; write 2024-05-17T14:30:00.123Z, or 2024-05-17 for midnight UTC"
	errTimeFrac    FieldError = "more than nine decimals of a second"
	errTimeDay     FieldError = "no such day"
	errTimeClock   FieldError = "no such time of day; a leap second cannot be held"
	errTimeZone    FieldError = "no such offset from UTC"
	errTimeYear    FieldError = "outside the years 1678 to 2261, which nanoseconds since 1970 can hold"
	errNotString   FieldError = "not a string"
	errEmpty       FieldError = "empty; leave it out where it is not known"
	errSymbolLong  FieldError = "longer than 64 bytes"
	errCodeLong    FieldError = "longer than 32 bytes"
	errUnprintable FieldError = "has an unprintable character"
	errMissing     FieldError = "required, and not there"
)
