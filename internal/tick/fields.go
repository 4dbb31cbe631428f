package tick

// The record's fields by their place in fieldNames.
const (
	fieldTimestamp = iota
	fieldSymbol
	fieldPrice
	fieldVolume
	fieldOpen
	fieldHigh
	fieldLow
	fieldVenue
	fieldCurrency
	fieldSequence
)

// requiredFields is how many of fieldNames, from the first, each record must have.
const requiredFields = fieldPrice + 1

// setField judges one value. Scalar says that text is a number or the content of a string, quoted that it is the latter.
func (t *Tick) setField(field int, text []byte, scalar, quoted bool) error {
	var reason Reason
	var err error
	switch field {
	case fieldTimestamp:
		reason = BadTimestamp
		if !quoted {
			err = errNotString
			break
		}
		t.Timestamp, err = ParseTimestamp(text)
	case fieldSymbol:
		reason = BadSymbol
		if !quoted {
			err = errNotString
			break
		}
		t.Symbol = Symbol(text)
		err = CheckSymbol(string(t.Symbol))
	case fieldVenue:
		reason = BadCode
		t.Venue, err = code(text, quoted)
	case fieldCurrency:
		reason = BadCode
		t.Currency, err = code(text, quoted)
	default:
		reason = BadNumber
		if !scalar {
			err = errNotNumber
			break
		}
		err = t.setNumber(field, text)
	}
	if err != nil {
		return &Reject{Reason: reason, Field: fieldNames[field], Detail: err.Error()}
	}
	return nil
}

func (t *Tick) setNumber(field int, text []byte) (err error) {
	switch field {
	case fieldPrice:
		t.Price, err = ParsePrice(text)
	case fieldVolume:
		t.Volume, err = some(ParseInteger(text))
	case fieldOpen:
		t.Open, err = some(ParsePrice(text))
	case fieldHigh:
		t.High, err = some(ParsePrice(text))
	case fieldLow:
		t.Low, err = some(ParsePrice(text))
	case fieldSequence:
		t.Sequence, err = some(ParseInteger(text))
	}
	return err
}

func some[T any](v T, err error) (Null[T], error) { return Some(v), err }

func code(text []byte, quoted bool) (string, error) {
	if !quoted {
		return "", errNotString
	}
	return string(text), CheckCode(string(text))
}
