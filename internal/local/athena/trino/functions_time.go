package trino

func timeFunctions() []Function {
	part := func(name, engine, meaning, want string, types ...string) Function {
		f := Function{Name: name, Kind: Scalar, Meaning: meaning}
		for _, t := range types {
			f.Signatures = append(f.Signatures, Signature{Text: "(" + t + ") -> bigint", Lower: engine})
		}
		sample := "timestamp '2024-05-17 14:30:07.089'"
		if types[0] == "date" && len(types) == 1 {
			sample = "date '2024-05-17'"
		}
		f.Examples = []Example{{name + "(" + sample + ")", want}}
		return f
	}
	days := []string{"date", "timestamp(p)", "timestamp(p) with time zone"}
	clocks := []string{"timestamp(p)", "timestamp(p) with time zone", "time(p)"}
	withInterval := func(f Function, low string) Function {
		f.Signatures = append(f.Signatures, Signature{Text: "(interval day to second) -> bigint", Lower: low})
		return f
	}
	return []Function{
		part("year", "year($l)", "The year.", "2024", days...),
		part("quarter", "quarter($l)", "The quarter of the year.", "2", days...),
		part("month", "month($l)", "The month of the year.", "5", days...),
		part("week", "weekofyear($l)", "The ISO week of the year.", "20", days...),
		part("week_of_year", "weekofyear($l)", "The ISO week of the year.", "20", days...),
		withInterval(part("day", "day($l)", "The day of the month.", "17", days...), "($1 // 86400000)"),
		part("day_of_month", "day($l)", "The day of the month.", "17", days...),
		part("day_of_week", "isodow($l)", "The ISO day of the week, 1 for Monday.", "5", days...),
		part("dow", "isodow($l)", "The ISO day of the week, 1 for Monday.", "5", days...),
		part("day_of_year", "dayofyear($l)", "The day of the year.", "138", days...),
		part("doy", "dayofyear($l)", "The day of the year.", "138", days...),
		part("year_of_week", "isoyear($l)", "The year of the ISO week.", "2024", days...),
		part("yow", "isoyear($l)", "The year of the ISO week.", "2024", days...),
		part("hour", "hour($l)", "The hour of the day.", "14", clocks...),
		part("minute", "minute($l)", "The minute of the hour.", "30", clocks...),
		part("second", "second($l)", "The second of the minute.", "7", clocks...),
		part("millisecond", "(millisecond($l) % 1000)", "The millisecond of the second.", "89", clocks...),
		{"timezone_hour", Scalar, "The hours of a zone's offset.", one("(timestamp(p) with time zone) -> bigint", "@zone_offset"), []Example{{"timezone_hour(timestamp '2024-05-17 14:30:00 +05:30')", "5"}}},
		{"timezone_minute", Scalar, "The minutes of a zone's offset.", one("(timestamp(p) with time zone) -> bigint", "@zone_offset"), []Example{{"timezone_minute(timestamp '2024-05-17 14:30:00 +05:30')", "30"}}},
		{"date", Scalar, "The day.", join(one("(timestamp(p)) -> date", "$1"), one("(timestamp(p) with time zone) -> date", "$l"), one("(varchar(x)) -> date", "go_parse_date($1)"), one("(date) -> date", "$1")), []Example{{"date(timestamp '2024-05-17 14:30:00')", "2024-05-17"}, {"date('2024-05-17')", "2024-05-17"}}},
		{"last_day_of_month", Scalar, "The last day of the month.", join(one("(date) -> date", "last_day($1)"), one("(timestamp(p)) -> date", "last_day($1)"), one("(timestamp(p) with time zone) -> date", "last_day($l)")), []Example{{"last_day_of_month(date '2024-02-05')", "2024-02-29"}}},
		{"date_trunc", Scalar, "The start of the second, minute, hour, day, week, month, quarter or year.", join(one("(varchar(x), date) -> date", "@date_trunc"), one("(varchar(x), timestamp(p)) -> timestamp(p)", "@date_trunc"), one("(varchar(x), timestamp(p) with time zone) -> timestamp(p) with time zone", "@date_trunc"), one("(varchar(x), time(p)) -> time(p)", "@date_trunc")), []Example{{"date_trunc('week', date '2024-05-17')", "2024-05-13"}, {"date_trunc('hour', timestamp '2024-05-17 14:30:07')", "2024-05-17 14:00:00"}}},
		{"date_add", Scalar, "A time so many units later.", join(one("(varchar(x), bigint, date) -> date", "@date_add"), one("(varchar(x), bigint, timestamp(p)) -> timestamp(p)", "@date_add"), one("(varchar(x), bigint, timestamp(p) with time zone) -> timestamp(p) with time zone", "@date_add"), one("(varchar(x), bigint, time(p)) -> time(p)", "")), []Example{{"date_add('month', 1, date '2024-01-31')", "2024-02-29"}, {"date_add('hour', -1, timestamp '2024-05-17 00:30:00')", "2024-05-16 23:30:00"}}},
		{"date_diff", Scalar, "The number of whole units between two times.", join(one("(varchar(x), date, date) -> bigint", "@date_diff"), one("(varchar(x), timestamp(p), timestamp(q)) -> bigint", "@date_diff"), one("(varchar(x), timestamp(p) with time zone, timestamp(p) with time zone) -> bigint", "@date_diff"), one("(varchar(x), time(p), time(q)) -> bigint", "")), []Example{{"date_diff('day', timestamp '2024-05-17 23:00:00', timestamp '2024-05-18 01:00:00')", "0"}, {"date_diff('month', date '2024-01-31', date '2024-02-29')", "1"}, {"date_diff('year', date '2023-12-31', date '2024-01-01')", "0"}}},
		{"date_format", Scalar, "A time in MySQL's format.", join(one("(date, varchar(x)) -> varchar", "@date_format"), one("(timestamp(p), varchar(x)) -> varchar", "@date_format"), one("(timestamp(p) with time zone, varchar(x)) -> varchar", "@date_format")), []Example{{"date_format(date '2024-05-17', '%Y%m%d')", "20240517"}, {"date_format(timestamp '2024-05-17 14:30:00', '%W %e %b, %h:%i %p')", "Friday 17 May, 02:30 PM"}}},
		{"date_parse", Scalar, "The time that a text in MySQL's format means.", one("(varchar(x), varchar(y)) -> timestamp(3)", "go_date_parse($1, $2)"), []Example{{"date_parse('17/05/2024 14:30', '%d/%m/%Y %H:%i')", "2024-05-17 14:30:00.000"}}},
		{"from_unixtime", Scalar, "The time so many seconds after 1970, with a zone.", join(
			sig2("(double) -> timestamp(3) with time zone", "go_from_unixtime($1)", func([]Type) Type { return zonedType(3, "UTC") }),
			sig2("(double, varchar(x)) -> timestamp(3) with time zone", "@from_unixtime", func([]Type) Type { return zonedType(3, "") }),
			one("(double, bigint, bigint) -> timestamp(3) with time zone", "")), []Example{{"from_unixtime(1715956200.5)", "2024-05-17 14:30:00.500 UTC"}}},
		{"from_unixtime_nanos", Scalar, "The time so many nanoseconds after 1970, in UTC.", join(
			sig2("(bigint) -> timestamp(9) with time zone", "make_timestamp_ns($1)", func([]Type) Type { return zonedType(9, "UTC") }), one("(decimal(p,s)) -> timestamp(9) with time zone", "")), []Example{{"from_unixtime_nanos(1715956200123456789)", "2024-05-17 14:30:00.123456789 UTC"}}},
		{"to_unixtime", Scalar, "Seconds since 1970.", join(one("(timestamp(p)) -> double", "(epoch_us($1) / 1e6::DOUBLE)"), one("(timestamp(p) with time zone) -> double", "(epoch_us($1) / 1e6::DOUBLE)")), []Example{{"to_unixtime(timestamp '2024-05-17 14:30:00 UTC')", "1.7159562E9"}}},
		{"from_iso8601_date", Scalar, "The day that an ISO 8601 text means.", one("(varchar(x)) -> date", "go_iso_date($1)"), []Example{{"from_iso8601_date('2024-05-17')", "2024-05-17"}}},
		{
			"from_iso8601_timestamp", Scalar, "The time that an ISO 8601 text means; its zone must be UTC unless the text is a literal.",
			sig2("(varchar(x)) -> timestamp(3) with time zone", "@iso_timestamp", func([]Type) Type { return zonedType(3, "") }),
			[]Example{{"from_iso8601_timestamp('2024-05-17T14:30:00Z')", "2024-05-17 14:30:00.000 UTC"}},
		},
		{
			"from_iso8601_timestamp_nanos", Scalar, "The time that an ISO 8601 text means, to the nanosecond; its zone must be UTC unless the text is a literal.",
			sig2("(varchar(x)) -> timestamp(9) with time zone", "@iso_timestamp", func([]Type) Type { return zonedType(9, "") }),
			[]Example{{"from_iso8601_timestamp_nanos('2024-05-17T14:30:00.123456789Z')", "2024-05-17 14:30:00.123456789 UTC"}},
		},
		{"to_iso8601", Scalar, "A time as ISO 8601.", join(one("(date) -> varchar(16)", "$1::VARCHAR"), one("(timestamp(p)) -> varchar", ""), one("(timestamp(p) with time zone) -> varchar", "")), []Example{{"to_iso8601(date '2024-05-17')", "2024-05-17"}}},
		{"at_timezone", Scalar, "The same moment in another zone.", sig2("(timestamp(p) with time zone, varchar(x)) -> timestamp(p) with time zone", "@at_timezone", func(a []Type) Type { return zonedType(a[0].Precision, "") }), []Example{{"at_timezone(timestamp '2024-05-17 14:30:00 UTC', 'America/New_York')", "2024-05-17 10:30:00 America/New_York"}}},
		{"with_timezone", Scalar, "A time, read as one of a zone.", sig2("(timestamp(p), varchar(x)) -> timestamp(p) with time zone", "@with_timezone", func(a []Type) Type { return zonedType(a[0].Precision, "") }), []Example{{"with_timezone(timestamp '2024-05-17 14:30:00', 'America/New_York')", "2024-05-17 14:30:00 America/New_York"}}},
		{"to_milliseconds", Scalar, "An interval in milliseconds.", one("(interval day to second) -> bigint", "$1"), []Example{{"to_milliseconds(interval '1' minute)", "60000"}}},
	}
}

func logicFunctions() []Function { return nil }

func jsonFunctions() []Function {
	return []Function{
		{"json_parse", Scalar, "JSON from a text.", one("(varchar(x)) -> json", "go_json_parse($1)"), []Example{{"json_parse('{ \"a\" : 1 }')", `{"a":1}`}}},
		{"json_format", Scalar, "The text of JSON.", one("(json) -> varchar", "$1"), []Example{{"json_format(json_parse('[1, 2]'))", "[1,2]"}}},
		{"json_extract", Scalar, "The JSON at a path ($.a[0]); NULL if there is none.", join(one("(varchar(x), varchar(y)) -> json", "go_json_extract($1, $2)"), one("(json, varchar(y)) -> json", "go_json_extract($1, $2)")), []Example{{"json_extract('{\"a\":[1,2]}', '$.a')", "[1,2]"}}},
		{"json_extract_scalar", Scalar, "The text of the text, number or boolean at a path.", join(one("(varchar(x), varchar(y)) -> varchar(x)", "go_json_scalar($1, $2)"), one("(json, varchar(y)) -> varchar", "go_json_scalar($1, $2)")), []Example{{"json_extract_scalar('{\"a\":{\"b\":1.50}}', '$.a.b')", "1.50"}}},
		{"json_array_length", Scalar, "The number of elements of a JSON array.", join(one("(varchar(x)) -> bigint", "go_json_length($1)"), one("(json) -> bigint", "go_json_length($1)")), []Example{{"json_array_length('[1, 2]')", "2"}}},
		{"json_array_get", Scalar, "An element of a JSON array, counted from 0.", join(one("(varchar(x), bigint) -> json", ""), one("(json, bigint) -> json", "")), nil},
		{"json_array_contains", Scalar, "Whether a JSON array has a value.", join(one("(varchar(x), bigint) -> boolean", "go_json_contains($1, 'bigint', $2::VARCHAR)"), one("(varchar(x), boolean) -> boolean", "go_json_contains($1, 'boolean', $2::VARCHAR)"), one("(varchar(x), varchar(y)) -> boolean", "go_json_contains($1, 'varchar', $2)"), one("(varchar(x), double) -> boolean", ""), one("(json, bigint) -> boolean", "go_json_contains($1, 'bigint', $2::VARCHAR)"), one("(json, varchar(y)) -> boolean", "go_json_contains($1, 'varchar', $2)"), one("(json, boolean) -> boolean", "go_json_contains($1, 'boolean', $2::VARCHAR)"), one("(json, double) -> boolean", "")), []Example{{"json_array_contains('[1,2,3]', 2)", "true"}}},
		{"json_size", Scalar, "The number of members of the JSON at a path.", join(one("(varchar(x), varchar(y)) -> bigint", "go_json_size($1, $2)"), one("(json, varchar(y)) -> bigint", "go_json_size($1, $2)")), []Example{{"json_size('{\"x\":{\"a\":1,\"b\":2}}', '$.x')", "2"}}},
		{"is_json_scalar", Scalar, "Whether JSON is a text, a number, a boolean or null.", join(one("(varchar(x)) -> boolean", "go_json_is_scalar($1)"), one("(json) -> boolean", "go_json_is_scalar($1)")), []Example{{"is_json_scalar('[1]')", "false"}}},
	}
}
