package trino

const (
	integers = "tinyint smallint integer bigint"
	floats   = "real double"
)

// sig2 writes a signature whose result Text cannot say.
func sig2(text, low string, result func([]Type) Type) []Signature {
	return []Signature{{Text: text, Lower: low, Result: result}}
}

func wholeDecimal(a []Type) Type {
	return decimalType(min(38, a[0].Precision-a[0].Scale+min(a[0].Scale, 1)), 0)
}

func mathFunctions() []Function {
	num := integers + " " + floats
	unary := func(name, low, meaning string, ex ...Example) Function {
		return Function{name, Scalar, meaning, one("(double) -> double", low), ex}
	}
	ceil := func(name, engine, meaning, example string) Function {
		return Function{name, Scalar, meaning, join(
			each(integers, "(%) -> %", "$1"), each(floats, "(%) -> %", engine+"($1)"),
			sig2("(decimal(p,s)) -> decimal(p,s)", engine+"($1)", wholeDecimal),
		), []Example{{name + "(1.2)", example}, {name + "(-1.5e0)", "-1.0"}}}
	}
	ceiling := ceil("ceiling", "ceil", "Rounds up to a whole number.", "2")
	floor := ceil("floor", "floor", "Rounds down to a whole number.", "1")
	floor.Examples[1].Want = "-2.0"
	return []Function{
		{"abs", Scalar, "The absolute value.", join(each(num, "(%) -> %", "abs($1)"), one("(decimal(p,s)) -> decimal(p,s)", "abs($1)")), []Example{{"abs(-5.5)", "5.5"}, {"abs(-3)", "3"}}},
		{"sign", Scalar, "-1, 0 or 1 by the sign.", join(each(integers, "(%) -> %", "sign($1)"),
			each(floats, "(%) -> %", "CASE WHEN isnan($1) THEN $1 ELSE sign($1) END"), one("(decimal(p,s)) -> decimal(1,0)", "sign($1)")), []Example{{"sign(-3)", "-1"}, {"sign(2.5)", "1"}}},
		ceil("ceil", "ceil", "Rounds up to a whole number.", "2"), ceiling, floor,
		{"round", Scalar, "Rounds half away from zero, to a number of digits.", join(
			each(integers, "(%) -> %", "$1"), each(floats, "(%) -> %", "round($1)"),
			sig2("(decimal(p,s)) -> decimal(p,s)", "round($1)", wholeDecimal),
			each(integers, "(%, bigint) -> %", "@round_integer"), each(floats, "(%, bigint) -> %", "@round_double"),
			sig2("(decimal(p,s), bigint) -> decimal(p,s)", "@round_decimal", func(a []Type) Type { return decimalType(min(38, a[0].Precision+1), a[0].Scale) }),
		), []Example{{"round(2.345, 2)", "2.350"}, {"round(3.5e0)", "4.0"}, {"round(-2.5e0)", "-3.0"}, {"round(1234, -2)", "1200"}, {"round(2.5)", "3"}}},
		{"truncate", Scalar, "Drops digits after the point.", join(
			each(floats, "(%) -> %", "trunc($1)"),
			sig2("(decimal(p,s)) -> decimal(p,s)", "@truncate_decimal", func(a []Type) Type { return decimalType(max(1, a[0].Precision-a[0].Scale), 0) }),
			one("(decimal(p,s), bigint) -> decimal(p,s)", "@truncate_decimal"),
			each(floats, "(%, bigint) -> %", ""),
		), []Example{{"truncate(1.999, 1)", "1.900"}, {"truncate(-1.9e0)", "-1.0"}}},
		{"mod", Scalar, "The remainder; its sign is the first number's.", join(
			each(num, "(%, %) -> %", "@mod"),
			sig2("(decimal(p,s), decimal(q,r)) -> decimal(p,s)", "@mod", func(a []Type) Type { return decimalResult("%", a[0], a[1]) }),
		), []Example{{"mod(-10, 3)", "-1"}, {"mod(10, -3)", "1"}}},
		{"pow", Scalar, "x to the power of y.", one("(double, double) -> double", "pow($1, $2)"), []Example{{"pow(2, 0.5)", "1.4142135623730951"}}},
		{"power", Scalar, "x to the power of y.", one("(double, double) -> double", "pow($1, $2)"), []Example{{"power(2, 10)", "1024.0"}}},
		unary("sqrt", "CASE WHEN $1 < 0 THEN 'NaN'::DOUBLE ELSE sqrt($1) END", "The square root; NaN below zero.", Example{"sqrt(4)", "2.0"}, Example{"sqrt(-1)", "NaN"}),
		unary("cbrt", "go_cbrt($1)", "The cube root.", Example{"cbrt(27)", "3.0"}),
		unary("exp", "exp($1)", "e to the power of x.", Example{"exp(0)", "1.0"}),
		unary("ln", "@ln", "The natural logarithm.", Example{"ln(1)", "0.0"}, Example{"ln(0)", "-Infinity"}),
		unary("log2", "@log2", "The logarithm to base 2.", Example{"log2(8)", "3.0"}),
		unary("log10", "@log10", "The logarithm to base 10.", Example{"log10(1000)", "3.0"}),
		{"log", Scalar, "The logarithm of y to base b.", one("(double, double) -> double", "go_log($1, $2)"), []Example{{"log(2, 8)", "3.0"}}},
		unary("sin", "CASE WHEN isinf($1) THEN 'NaN'::DOUBLE ELSE sin($1) END", "The sine.", Example{"sin(0)", "0.0"}),
		unary("cos", "CASE WHEN isinf($1) THEN 'NaN'::DOUBLE ELSE cos($1) END", "The cosine.", Example{"cos(0)", "1.0"}),
		unary("tan", "CASE WHEN isinf($1) THEN 'NaN'::DOUBLE ELSE tan($1) END", "The tangent.", Example{"tan(0)", "0.0"}),
		unary("asin", "CASE WHEN abs($1) > 1 THEN 'NaN'::DOUBLE ELSE asin($1) END", "The arc sine.", Example{"asin(1)", "1.5707963267948966"}),
		unary("acos", "CASE WHEN abs($1) > 1 THEN 'NaN'::DOUBLE ELSE acos($1) END", "The arc cosine.", Example{"acos(1)", "0.0"}),
		unary("atan", "atan($1)", "The arc tangent.", Example{"atan(0)", "0.0"}),
		unary("sinh", "sinh($1)", "The hyperbolic sine.", Example{"sinh(0)", "0.0"}),
		unary("cosh", "cosh($1)", "The hyperbolic cosine.", Example{"cosh(0)", "1.0"}),
		unary("tanh", "tanh($1)", "The hyperbolic tangent.", Example{"tanh(0)", "0.0"}),
		{"atan2", Scalar, "The arc tangent of y/x.", one("(double, double) -> double", "atan2($1, $2)"), []Example{{"atan2(0, 1)", "0.0"}}},
		unary("degrees", "degrees($1)", "Radians to degrees.", Example{"degrees(0)", "0.0"}),
		unary("radians", "radians($1)", "Degrees to radians.", Example{"radians(180)", "3.141592653589793"}),
		{"pi", Scalar, "π.", one("() -> double", "pi()"), []Example{{"pi()", "3.141592653589793"}}},
		{"e", Scalar, "Euler's number.", one("() -> double", "2.718281828459045::DOUBLE"), []Example{{"e()", "2.718281828459045"}}},
		{"nan", Scalar, "Not a number.", one("() -> double", "'NaN'::DOUBLE"), []Example{{"nan()", "NaN"}, {"nan() = nan()", "false"}}},
		{"infinity", Scalar, "Positive infinity.", one("() -> double", "'Infinity'::DOUBLE"), []Example{{"infinity()", "Infinity"}}},
		{"is_nan", Scalar, "Whether a number is NaN.", join(one("(double) -> boolean", "isnan($1)"), one("(real) -> boolean", "isnan($1)")), []Example{{"is_nan(nan())", "true"}}},
		{"is_finite", Scalar, "Whether a number is finite.", one("(double) -> boolean", "isfinite($1)"), []Example{{"is_finite(1e308)", "true"}}},
		{"is_infinite", Scalar, "Whether a number is infinite.", one("(double) -> boolean", "isinf($1)"), []Example{{"is_infinite(1e0/0)", "true"}}},
		{"greatest", Scalar, "The largest of the values; NULL if one is.", one("(T, ...) -> T", "@greatest"), []Example{{"greatest(1, 2, 3)", "3"}, {"greatest(1, NULL)", ""}}},
		{"least", Scalar, "The smallest of the values; NULL if one is.", one("(T, ...) -> T", "@greatest"), []Example{{"least(1, 2, 3)", "1"}, {"least('b', 'a')", "a"}}},
		{"rand", Scalar, "A random number from 0 to 1.", join(one("() -> double", "random()"), each(integers, "(%) -> %", "CASE WHEN $1 <= 0 THEN CAST(go_fail('INVALID_FUNCTION_ARGUMENT', 'bound must be positive') AS BIGINT) ELSE CAST(floor(random() * $1) AS BIGINT) END"), each(integers, "(%, %) -> %", "")), []Example{{"rand() < 1", "true"}}},
		{"random", Scalar, "A random number from 0 to 1.", join(one("() -> double", "random()"), each(integers, "(%) -> %", "CASE WHEN $1 <= 0 THEN CAST(go_fail('INVALID_FUNCTION_ARGUMENT', 'bound must be positive') AS BIGINT) ELSE CAST(floor(random() * $1) AS BIGINT) END"), each(integers, "(%, %) -> %", "")), []Example{{"random() >= 0", "true"}}},
		{"bitwise_and", Scalar, "Bits of both.", one("(bigint, bigint) -> bigint", "($1 & $2)"), []Example{{"bitwise_and(12, 10)", "8"}}},
		{"bitwise_or", Scalar, "Bits of either.", one("(bigint, bigint) -> bigint", "($1 | $2)"), []Example{{"bitwise_or(12, 10)", "14"}}},
		{"bitwise_xor", Scalar, "Bits of one alone.", one("(bigint, bigint) -> bigint", "xor($1, $2)"), []Example{{"bitwise_xor(12, 10)", "6"}}},
		{"bitwise_not", Scalar, "Bits inverted.", one("(bigint) -> bigint", "(~$1)"), []Example{{"bitwise_not(5)", "-6"}}},
		{"bit_count", Scalar, "The number of bits set in a number of so many bits.", one("(bigint, bigint) -> bigint", "go_bit_count($1, $2)"), []Example{{"bit_count(255, 64)", "8"}, {"bit_count(-7, 8)", "6"}}},
		{"bitwise_left_shift", Scalar, "Bits moved left.", join(one("(integer, bigint) -> integer", "go_shift($1, $2, 32, 0)"), one("(bigint, bigint) -> bigint", "go_shift($1, $2, 64, 0)")), []Example{{"bitwise_left_shift(1, 4)", "16"}}},
		{"bitwise_right_shift", Scalar, "Bits moved right, zeros coming in.", join(one("(integer, bigint) -> integer", "go_shift($1, $2, 32, 1)"), one("(bigint, bigint) -> bigint", "go_shift($1, $2, 64, 1)")), []Example{{"bitwise_right_shift(-8, 1)", "2147483644"}}},
		{"bitwise_right_shift_arithmetic", Scalar, "Bits moved right, the sign staying.", join(one("(integer, bigint) -> integer", "go_shift($1, $2, 32, 2)"), one("(bigint, bigint) -> bigint", "go_shift($1, $2, 64, 2)")), []Example{{"bitwise_right_shift_arithmetic(-8, 1)", "-4"}}},
		{"from_base", Scalar, "A number written in a base.", one("(varchar(x), bigint) -> bigint", "go_from_base($1, $2)"), []Example{{"from_base('ff', 16)", "255"}}},
		{"to_base", Scalar, "A number in a base.", one("(bigint, bigint) -> varchar(64)", "go_to_base($1, $2)"), []Example{{"to_base(255, 16)", "ff"}}},
		{"width_bucket", Scalar, "The number of the bucket that a value falls in.", join(one("(double, double, double, bigint) -> bigint", "go_width_bucket($1, $2, $3, $4)"), one("(double, array(double)) -> bigint", "")), []Example{{"width_bucket(11, 0, 10, 5)", "6"}, {"width_bucket(3, 0, 10, 5)", "2"}}},
	}
}
