package trino

// decimalOf is the decimal that holds every value of an integer type, or the decimal itself.
func decimalOf(t Type) (Type, bool) {
	switch t.Kind {
	case Tinyint:
		return decimalType(3, 0), true
	case Smallint:
		return decimalType(5, 0), true
	case Integer:
		return decimalType(10, 0), true
	case Bigint:
		return decimalType(19, 0), true
	case Decimal:
		return t, true
	}
	return Type{}, false
}

// commonType is the type that both types convert to without asking, by Trino's TypeCoercion: the one place
// where implicit conversions are decided.
func commonType(a, b Type) (Type, bool) {
	switch {
	case a.Equal(b):
		return a, true
	case a.Kind == Unknown:
		return b, true
	case b.Kind == Unknown:
		return a, true
	case a.Kind == b.Kind:
		return commonSameKind(a, b)
	case a.isNumeric() && b.isNumeric():
		return commonNumber(a, b)
	}
	if a.Kind > b.Kind {
		a, b = b, a
	}
	switch {
	case a.Kind == Varchar && b.Kind == Char:
		if a.Precision == Unbounded {
			return Type{}, false
		}
		return Type{Kind: Char, Precision: max(a.Precision, b.Precision)}, true
	case a.Kind == Date && b.Kind == Timestamp, a.Kind == Date && b.Kind == TimestampTZ:
		return b, true
	case a.Kind == Timestamp && b.Kind == TimestampTZ:
		return zonedType(max(a.Precision, b.Precision), b.Zone), true
	}
	return Type{}, false
}

func commonNumber(a, b Type) (Type, bool) {
	switch {
	case a.Kind == Double || b.Kind == Double:
		return simple(Double), true
	case a.Kind == Real || b.Kind == Real:
		return simple(Real), true
	case a.isInteger() && b.isInteger():
		return simple(max(a.Kind, b.Kind)), true
	}
	x, _ := decimalOf(a)
	y, _ := decimalOf(b)
	return commonDecimal(x, y), true
}

func commonDecimal(x, y Type) Type {
	s := max(x.Scale, y.Scale)
	return decimalType(min(38, max(x.Precision-x.Scale, y.Precision-y.Scale)+s), s)
}

func commonSameKind(a, b Type) (Type, bool) {
	switch a.Kind {
	case Decimal:
		return commonDecimal(a, b), true
	case Varchar:
		if a.Precision == Unbounded || b.Precision == Unbounded {
			return varchar(Unbounded), true
		}
		return varchar(max(a.Precision, b.Precision)), true
	case Char, Time, Timestamp:
		a.Precision = max(a.Precision, b.Precision)
		return a, true
	case TimestampTZ:
		// An open zone ("with time zone" as written in a cast) takes the other's.
		if a.Zone != b.Zone && a.Zone != "" && b.Zone != "" {
			return Type{}, false
		}
		return zonedType(max(a.Precision, b.Precision), max(a.Zone, b.Zone)), true
	case Array, Map, Row:
		if len(a.Elems) != len(b.Elems) {
			return Type{}, false
		}
		t := Type{Kind: a.Kind}
		for i := range a.Elems {
			e, ok := commonType(a.Elems[i], b.Elems[i])
			if !ok {
				return Type{}, false
			}
			t.Elems = append(t.Elems, e)
			if a.Kind == Row {
				name := a.fieldName(i)
				if name != b.fieldName(i) {
					name = ""
				}
				t.Names = append(t.Names, name)
			}
		}
		return t, true
	}
	return Type{}, false
}

// coercible says whether a value of one type is taken where another is wanted.
func coercible(from, to Type) bool {
	t, ok := commonType(from, to)
	return ok && sameShape(t, to)
}

// sameShape is Equal without the names of fields.
func sameShape(a, b Type) bool {
	if a.Kind != b.Kind || a.Precision != b.Precision || a.Scale != b.Scale || a.Zone != b.Zone || len(a.Elems) != len(b.Elems) {
		return false
	}
	for i := range a.Elems {
		if !sameShape(a.Elems[i], b.Elems[i]) {
			return false
		}
	}
	return true
}

// castable says whether CAST(from AS to) exists.
func castable(from, to Type) bool {
	switch {
	case from.Kind == Unknown, coercible(from, to):
		return true
	case from.Kind == to.Kind && (from.Kind == Array || from.Kind == Map || from.Kind == Row):
		if len(from.Elems) != len(to.Elems) {
			return false
		}
		for i := range from.Elems {
			if !castable(from.Elems[i], to.Elems[i]) {
				return false
			}
		}
		return true
	case from.Kind == to.Kind:
		return from.Kind != Func
	case from.isNumeric() && (to.isNumeric() || to.Kind == Boolean):
		return true
	case from.Kind == Boolean && to.isNumeric():
		return true
	case to.Kind == JSON:
		return from.Kind != Varbinary && from.Kind != Char && from.Kind != Func && from.Kind != Time
	case from.Kind == JSON:
		return to.isNumeric() || to.Kind == Boolean || to.Kind == Varchar || to.Kind >= Array && to.Kind <= Row
	case to.isText():
		return from.Kind < Array && from.Kind != Varbinary && (to.Kind == Varchar || from.isText())
	case from.isText():
		return to.isNumeric() || to.Kind == Boolean || to.Kind == Date || to.Kind == Time || to.Kind == Timestamp || to.Kind == TimestampTZ || to.Kind == Varbinary && from.Kind == Varchar
	case from.Kind == Timestamp || from.Kind == TimestampTZ:
		return to.Kind == Date || to.Kind == Time || to.Kind == Timestamp || to.Kind == TimestampTZ
	case from.Kind == Date:
		return to.Kind == Timestamp || to.Kind == TimestampTZ
	case from.Kind == Time:
		return to.Kind == Timestamp || to.Kind == TimestampTZ
	}
	return false
}

// distance ranks implicit conversions: of two functions that fit, the one that converts less is meant.
func distance(from, to Type) int {
	switch {
	case sameShape(from, to):
		return 0
	case from.Kind == Unknown:
		return 1
	case from.Kind == to.Kind:
		return 1
	case from.isNumeric() && to.isNumeric():
		// Trino's order: tinyint, smallint, integer, bigint, decimal, real, double.
		rank := [...]int{Tinyint: 0, Smallint: 1, Integer: 2, Bigint: 3, Decimal: 4, Real: 5, Double: 6}
		return 2 * (rank[to.Kind] - rank[from.Kind])
	}
	return 3 + int(to.Kind) - int(from.Kind)
}
