package trino

// aggregateFunctions: in Lower, what stands in braces is the engine's aggregate, which takes the DISTINCT, the
// ORDER BY, the FILTER and the OVER of the call.
func aggregateFunctions() []Function {
	agg := func(name, meaning string, sigs []Signature, ex ...Example) Function {
		return Function{name, AggregateFn, meaning, sigs, ex}
	}
	double1 := func(name, low, meaning string) Function {
		return agg(name, meaning, one("(double) -> double", low))
	}
	double2 := func(name, engine, meaning string) Function {
		// Trino takes integers and decimals beside each other for real here: the nearer of the two types.
		return agg(name, meaning, each("real double", "(%, %) -> %", "tl_finite({"+engine+"($1, $2)})"))
	}
	extreme := func(name, meaning string) Function {
		return agg(name, meaning, join(one("(T) -> T", "{"+name+"($1)}"), one("(T, bigint) -> array(T)", "")))
	}
	by := func(name, meaning string) Function {
		return agg(name, meaning, join(one("(T, U) -> T", "@"+name), one("(T, U, bigint) -> array(T)", "")))
	}
	percentiles := join(
		each("bigint double real", "(%, double) -> %", "@percentile"), each("bigint double real", "(%, array(double)) -> array(%)", "@percentile"),
		each("bigint double real", "(%, double, double) -> %", ""), each("bigint double real", "(%, double, array(double)) -> array(%)", ""))
	return []Function{
		agg("count", "The number of rows, or of values that are not NULL.", join(one("() -> bigint", "{count(*)}"), one("(T) -> bigint", "{count($1)}"))),
		agg("count_if", "The number of rows for which a condition is true.", one("(boolean) -> bigint", "{count(CASE WHEN $1 THEN 1 END)}")),
		agg("sum", "The sum.", join(one("(bigint) -> bigint", "{sum($1)}"), each(floats, "(%) -> %", "{sum($1)}"), sig2("(decimal(p,s)) -> decimal(38,s)", "{sum($1)}", func(a []Type) Type { return decimalType(38, a[0].Scale) }),
			one("(interval day to second) -> interval day to second", "{sum($1)}"), one("(interval year to month) -> interval year to month", "{sum($1)}"))),
		agg("avg", "The mean; of decimals it is one of the same scale.", join(one("(bigint) -> double", "{avg($1)}"), each(floats, "(%) -> %", "{avg($1)}"), one("(decimal(p,s)) -> decimal(p,s)", "@avg_decimal"), one("(interval day to second) -> interval day to second", ""))),
		extreme("min", "The smallest value."), extreme("max", "The largest value."),
		by("min_by", "The value where another is smallest."), by("max_by", "The value where another is largest."),
		agg("arbitrary", "Any value that is not NULL.", one("(T) -> T", "{any_value($1)}")),
		agg("any_value", "Any value that is not NULL.", one("(T) -> T", "{any_value($1)}")),
		agg("bool_and", "Whether all are true.", one("(boolean) -> boolean", "{bool_and($1)}")),
		agg("every", "Whether all are true.", one("(boolean) -> boolean", "{bool_and($1)}")),
		agg("bool_or", "Whether one is true.", one("(boolean) -> boolean", "{bool_or($1)}")),
		double1("stddev", "{stddev_samp($1)}", "The sample standard deviation."), double1("stddev_samp", "{stddev_samp($1)}", "The sample standard deviation."),
		double1("stddev_pop", "{stddev_pop($1)}", "The population standard deviation."),
		double1("variance", "{var_samp($1)}", "The sample variance."), double1("var_samp", "{var_samp($1)}", "The sample variance."), double1("var_pop", "{var_pop($1)}", "The population variance."),
		double1("geometric_mean", "", "The geometric mean."), double1("skewness", "", "The skewness."), double1("kurtosis", "", "The excess kurtosis."),
		double2("corr", "corr", "The correlation."), double2("covar_pop", "covar_pop", "The population covariance."), double2("covar_samp", "covar_samp", "The sample covariance."),
		double2("regr_slope", "regr_slope", "The slope of the line of regression of y on x."), double2("regr_intercept", "regr_intercept", "The intercept of the line of regression of y on x."),
		agg("approx_percentile", "A percentile; here it is exact.", percentiles),
		agg("approx_distinct", "The number of different values; here it is exact.", join(one("(T) -> bigint", "{count(DISTINCT $1)}"), one("(T, double) -> bigint", "{count(DISTINCT $1)}"))),
		agg("array_agg", "The values as an array, NULLs among them.", one("(T) -> array(T)", "{list($1)}")),
		agg("listagg", "The texts, one after the other.", join(one("(varchar) -> varchar", "{string_agg($1, '')}"), one("(varchar, varchar) -> varchar", "{string_agg($1, $2)}"))),
		agg("histogram", "The number of times that each value occurs.", one("(T) -> map(T,bigint)", "{histogram($1)}")),
		agg("map_agg", "A map from keys and values.", one("(K, V) -> map(K,V)", "@map_agg")),
		agg("bitwise_and_agg", "Bits of all.", one("(bigint) -> bigint", "{bit_and($1)}")),
		agg("bitwise_or_agg", "Bits of any.", one("(bigint) -> bigint", "{bit_or($1)}")),
		agg("bitwise_xor_agg", "Bits of an odd number.", one("(bigint) -> bigint", "{bit_xor($1)}")),
	}
}

func windowFunctions() []Function {
	win := func(name, meaning string, sigs []Signature) Function {
		return Function{name, WindowFn, meaning, sigs, nil}
	}
	shifted := func(name string) []Signature {
		return join(one("(T) -> T", "@shift"), one("(T, bigint) -> T", "@shift"), one("(T, bigint, T) -> T", "@shift"))
	}
	return []Function{
		win("row_number", "The row's number.", one("() -> bigint", "{row_number()}")),
		win("rank", "The row's rank, with gaps after peers.", one("() -> bigint", "{rank()}")),
		win("dense_rank", "The row's rank, without gaps.", one("() -> bigint", "{dense_rank()}")),
		win("percent_rank", "The rank as a share from 0 to 1.", one("() -> double", "{percent_rank()}")),
		win("cume_dist", "The share of rows up to this one.", one("() -> double", "{cume_dist()}")),
		win("ntile", "The number of the row's part of n.", one("(bigint) -> bigint", "@ntile")),
		win("lag", "The value some rows before.", shifted("lag")),
		win("lead", "The value some rows after.", shifted("lead")),
		win("first_value", "The frame's first value.", one("(T) -> T", "{first_value($1)}")),
		win("last_value", "The frame's last value.", one("(T) -> T", "{last_value($1)}")),
		win("nth_value", "The frame's n-th value.", one("(T, bigint) -> T", "@nth")),
	}
}
