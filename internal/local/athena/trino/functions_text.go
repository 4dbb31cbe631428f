package trino

import "math"

func textFunctions() []Function {
	url := func(part, meaning, example, want string) Function {
		return Function{"url_extract_" + part, Scalar, meaning, one("(varchar(x)) -> varchar(x)", "go_url_part($1, '"+part+"')"), []Example{{example, want}}}
	}
	replaced := func(a []Type) Type {
		if a[0].Precision == Unbounded || a[2].Precision == Unbounded {
			return varchar(Unbounded)
		}
		return varchar(capLength(a[0].Precision + a[2].Precision*(a[0].Precision+1)))
	}
	regexpReplaced := func(a []Type) Type {
		x, y := a[0].Precision, a[2].Precision
		if x == Unbounded || y == Unbounded {
			return varchar(Unbounded)
		}
		return varchar(capLength(x + max(x*y/2, y)*(x+1)))
	}
	return []Function{
		{"length", Scalar, "The number of characters, or of bytes.", join(one("(varchar(x)) -> bigint", "length($1)"), one("(char(x)) -> bigint", "@char_length"), one("(varbinary) -> bigint", "octet_length($1)")), []Example{{"length('héllo')", "5"}, {"length('')", "0"}}},
		{"lower", Scalar, "In small letters.", join(one("(varchar(x)) -> varchar(x)", "@letters"), one("(char(x)) -> char(x)", "@letters")), []Example{{"lower('ÀBC')", "àbc"}}},
		{"upper", Scalar, "In capital letters.", join(one("(varchar(x)) -> varchar(x)", "@letters"), one("(char(x)) -> char(x)", "@letters")), []Example{{"upper('abc')", "ABC"}}},
		{"substr", Scalar, "The characters from a place on, counted from 1, or from the end if negative.", substrSignatures(), []Example{{"substr('hello', 2)", "ello"}, {"substr('hello', -3, 2)", "ll"}, {"substr('hello', 0)", ""}}},
		{"substring", Scalar, "The characters from a place on, counted from 1, or from the end if negative.", substrSignatures(), []Example{{"substring('hello' FROM 2 FOR 3)", "ell"}}},
		{"trim", Scalar, "Without white space, or these characters, at both ends.", trimSignatures("trim"), []Example{{"trim('  a ')", "a"}, {"trim('xax', 'x')", "a"}}},
		{"ltrim", Scalar, "Without white space, or these characters, at the start.", trimSignatures("ltrim"), []Example{{"ltrim('  a')", "a"}, {"trim(LEADING 'x' FROM 'xxa')", "a"}}},
		{"rtrim", Scalar, "Without white space, or these characters, at the end.", trimSignatures("rtrim"), []Example{{"rtrim('a  ')", "a"}, {"rtrim('axx', 'x')", "a"}}},
		{"replace", Scalar, "With every occurrence of a text replaced, or removed.", join(one("(varchar(x), varchar(y)) -> varchar(x)", "go_replace($1, $2, '')"), sig2("(varchar(x), varchar(y), varchar(z)) -> varchar", "@replace", replaced)), []Example{{"replace('abc', 'b')", "ac"}, {"replace('abab', 'b', 'c')", "acac"}, {"replace('ab', '', '-')", "-a-b-"}}},
		{"translate", Scalar, "With characters replaced one by one.", one("(varchar(x), varchar(y), varchar(z)) -> varchar", "go_translate($1, $2, $3)"), []Example{{"translate('abcd', 'ab', 'xy')", "xycd"}}},
		{"reverse", Scalar, "Backwards.", join(one("(varchar(x)) -> varchar(x)", "go_reverse($1)"), one("(array(T)) -> array(T)", "list_reverse($1)")), []Example{{"reverse('abc')", "cba"}, {"reverse(ARRAY[1, 2])", "[2, 1]"}}},
		{"strpos", Scalar, "The place of a text in another, counted from 1; 0 if it is not there.", join(one("(varchar(x), varchar(y)) -> bigint", "@strpos"), one("(varchar(x), varchar(y), bigint) -> bigint", "go_strpos($1, $2, $3)")), []Example{{"strpos('hello', 'l')", "3"}, {"strpos('hello', 'l', -1)", "4"}, {"position('l' IN 'hello')", "3"}}},
		{"starts_with", Scalar, "Whether a text begins with another.", one("(varchar(x), varchar(y)) -> boolean", "starts_with($1, $2)"), []Example{{"starts_with('hello', 'he')", "true"}}},
		{"concat", Scalar, "One after the other.", join(one("(varchar, varchar, ...) -> varchar", "@join_text"), one("(array(T), array(T), ...) -> array(T)", "@join_arrays"), one("(varbinary, varbinary, ...) -> varbinary", "@join_text"), one("(char(x), char(y)) -> char(x)", "")), []Example{{"concat('a', 'b', 'c')", "abc"}, {"concat(ARRAY[1], ARRAY[2], ARRAY[3])", "[1, 2, 3]"}}},
		{"concat_ws", Scalar, "One after the other with a separator; NULLs are passed over.", join(one("(varchar, varchar, ...) -> varchar", "concat_ws($*)"), one("(varchar, array(varchar)) -> varchar", "")), []Example{{"concat_ws('-', 'a', NULL, 'b')", "a-b"}}},
		{"split", Scalar, "The pieces between separators.", join(one("(varchar(x), varchar(y)) -> array(varchar(x))", "go_split($1, $2, 0)"), one("(varchar(x), varchar(y), bigint) -> array(varchar(x))", "@split_limit")), []Example{{"split('a,b,,c', ',')", "[a, b, , c]"}, {"split('a,b,c', ',', 2)", "[a, b,c]"}}},
		{"split_part", Scalar, "One piece between separators, counted from 1; NULL if there are fewer.", one("(varchar(x), varchar(y), bigint) -> varchar(x)", "go_split_part($1, $2, $3)"), []Example{{"split_part('a-b-c', '-', 2)", "b"}, {"split_part('a', '-', 2)", ""}}},
		{"lpad", Scalar, "Filled at the start, or cut, to a length.", one("(varchar(x), bigint, varchar(y)) -> varchar", "go_pad($1, $2, $3, true)"), []Example{{"lpad('7', 3, '0')", "007"}, {"lpad('hello', 2, '0')", "he"}}},
		{"rpad", Scalar, "Filled at the end, or cut, to a length.", one("(varchar(x), bigint, varchar(y)) -> varchar", "go_pad($1, $2, $3, false)"), []Example{{"rpad('7', 3, 'ab')", "7ab"}}},
		{"chr", Scalar, "The character with a number.", one("(bigint) -> varchar(1)", "go_chr($1)"), []Example{{"chr(65)", "A"}}},
		{"codepoint", Scalar, "The number of a character.", one("(varchar(1)) -> integer", "unicode($1)"), []Example{{"codepoint('A')", "65"}}},
		{"levenshtein_distance", Scalar, "The number of edits between two texts.", one("(varchar(x), varchar(y)) -> bigint", "go_levenshtein($1, $2)"), []Example{{"levenshtein_distance('kitten', 'sitting')", "3"}}},
		{"hamming_distance", Scalar, "The number of differing characters of two texts of one length.", one("(varchar(x), varchar(y)) -> bigint", "go_hamming($1, $2)"), []Example{{"hamming_distance('karolin', 'kathrin')", "3"}}},
		{"to_utf8", Scalar, "A text's bytes.", one("(varchar(x)) -> varbinary", "encode($1)"), []Example{{"to_utf8('abc')", "61 62 63"}}},
		{"from_utf8", Scalar, "The text of bytes; what is no text becomes U+FFFD.", join(one("(varbinary) -> varchar", "go_from_utf8($1)"), one("(varbinary, varchar) -> varchar", "")), []Example{{"from_utf8(x'616263')", "abc"}}},
		{"to_hex", Scalar, "Bytes in hexadecimal digits.", one("(varbinary) -> varchar", "hex($1)"), []Example{{"to_hex(x'0aff')", "0AFF"}}},
		{"from_hex", Scalar, "Bytes from hexadecimal digits.", one("(varchar(x)) -> varbinary", "go_from_hex($1)"), []Example{{"from_hex('0aFF')", "0a ff"}}},
		{"to_base64", Scalar, "Bytes in base 64.", one("(varbinary) -> varchar", "go_base64($1)"), []Example{{"to_base64(to_utf8('hello'))", "aGVsbG8="}}},
		{"from_base64", Scalar, "Bytes from base 64.", one("(varchar(x)) -> varbinary", "go_from_base64($1)"), []Example{{"from_utf8(from_base64('aGVsbG8='))", "hello"}}},
		{"md5", Scalar, "The MD5 digest.", one("(varbinary) -> varbinary", "go_digest($1, 'md5')"), []Example{{"to_hex(md5(to_utf8('a')))", "0CC175B9C0F1B6A831C399E269772661"}}},
		{"sha1", Scalar, "The SHA-1 digest.", one("(varbinary) -> varbinary", "go_digest($1, 'sha1')"), []Example{{"to_hex(sha1(to_utf8('a')))", "86F7E437FAA5A7FCE15D1DDCB9EAEAEA377667B8"}}},
		{"sha256", Scalar, "The SHA-256 digest.", one("(varbinary) -> varbinary", "go_digest($1, 'sha256')"), []Example{{"to_hex(sha256(to_utf8('a')))", "CA978112CA1BBDCAFAC231B39A23DC4DA786EFF8147C4E72B9807785AFEE48BB"}}},
		{"sha512", Scalar, "The SHA-512 digest.", one("(varbinary) -> varbinary", "go_digest($1, 'sha512')"), []Example{{"length(sha512(to_utf8('a')))", "64"}}},
		{"crc32", Scalar, "The CRC-32 checksum.", one("(varbinary) -> bigint", "go_crc32($1)"), []Example{{"crc32(to_utf8('a'))", "3904355907"}}},
		{"url_encode", Scalar, "A text as a part of a URL.", sig2("(varchar(x)) -> varchar", "go_url_encode($1)", func(a []Type) Type {
			if a[0].Precision == Unbounded {
				return a[0]
			}
			return varchar(capLength(a[0].Precision * 12))
		}), []Example{{"url_encode('a b&c')", "a+b%26c"}}},
		{"url_decode", Scalar, "The text of a part of a URL.", one("(varchar(x)) -> varchar(x)", "go_url_decode($1)"), []Example{{"url_decode('a+b%26c')", "a b&c"}}},
		url("host", "The host of a URL.", "url_extract_host('https://x.com:80/p?q=1#f')", "x.com"),
		url("path", "The path of a URL.", "url_extract_path('https://x.com/p?q=1')", "/p"),
		url("query", "The query of a URL.", "url_extract_query('https://x.com/p?q=1')", "q=1"),
		url("protocol", "The scheme of a URL.", "url_extract_protocol('https://x.com')", "https"),
		url("fragment", "The fragment of a URL.", "url_extract_fragment('https://x.com#f')", "f"),
		{"url_extract_port", Scalar, "The port of a URL.", one("(varchar(x)) -> bigint", "go_url_port($1)"), []Example{{"url_extract_port('https://x.com:80/p')", "80"}}},
		{"regexp_like", Scalar, "Whether a pattern matches somewhere.", one("(varchar(x), varchar(y)) -> boolean", "@regexp_like"), []Example{{"regexp_like('1a 2b', '\\d+b')", "true"}, {"regexp_like('ABC', '(?i)abc')", "true"}}},
		{"regexp_extract", Scalar, "The first match of a pattern, or of one of its groups.", join(one("(varchar(x), varchar(y)) -> varchar(x)", "go_regexp_extract($1, $2, 0)"), one("(varchar(x), varchar(y), bigint) -> varchar(x)", "go_regexp_extract($1, $2, $3)")), []Example{{"regexp_extract('1a 2b', '(\\d+)b', 1)", "2"}}},
		{"regexp_extract_all", Scalar, "Every match of a pattern, or of one of its groups.", join(one("(varchar(x), varchar(y)) -> array(varchar(x))", "go_regexp_extract_all($1, $2, 0)"), one("(varchar(x), varchar(y), bigint) -> array(varchar(x))", "go_regexp_extract_all($1, $2, $3)")), []Example{{"regexp_extract_all('1a 2b 14m', '\\d+')", "[1, 2, 14]"}}},
		{"regexp_replace", Scalar, "With every match of a pattern removed or replaced; $1 and ${name} are groups.", join(one("(varchar(x), varchar(y)) -> varchar(x)", "go_regexp_replace($1, $2, '')"), sig2("(varchar(x), varchar(y), varchar(z)) -> varchar", "go_regexp_replace($1, $2, $3)", regexpReplaced), one("(varchar(x), varchar(y), function(array(varchar), varchar)) -> varchar", "")), []Example{{"regexp_replace('aaa', 'a', 'b')", "bbb"}, {"regexp_replace('abc', '(?<x>b)', '[${x}]')", "a[b]c"}}},
		{"regexp_split", Scalar, "The pieces between matches of a pattern.", one("(varchar(x), varchar(y)) -> array(varchar(x))", "go_regexp_split($1, $2)"), []Example{{"regexp_split('1a 2b', '\\s*[a-z]\\s*')", "[1, 2, ]"}}},
		{"regexp_count", Scalar, "The number of matches of a pattern.", one("(varchar(x), varchar(y)) -> bigint", "go_regexp_count($1, $2)"), []Example{{"regexp_count('1a 2b 14m', '\\d+')", "3"}}},
	}
}

func capLength(n int) int { return min(n, math.MaxInt32) }

func substrSignatures() []Signature {
	return join(one("(varchar(x), bigint) -> varchar(x)", "@substr"), one("(varchar(x), bigint, bigint) -> varchar(x)", "@substr"),
		one("(char(x), bigint) -> char(x)", ""), one("(char(x), bigint, bigint) -> char(x)", ""),
		one("(varbinary, bigint) -> varbinary", ""), one("(varbinary, bigint, bigint) -> varbinary", ""))
}

func trimSignatures(engine string) []Signature {
	return join(one("(varchar(x)) -> varchar(x)", engine+"($1, $w)"), one("(varchar(x), varchar(y)) -> varchar(x)", engine+"($1, $2)"), one("(char(x)) -> char(x)", ""))
}
