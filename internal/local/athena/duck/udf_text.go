package duck

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"database/sql/driver"
	"encoding/base64"
	"encoding/hex"
	"hash/crc32"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"ticklake/internal/local/athena/trino"
)

// maxText bounds what a function may make of a short text.
const maxText = 1 << 20

func textFunctions() []*function {
	split := fn("go_split", text, args(text, text, bigint), func(v []driver.Value) (any, error) {
		s, sep, limit := v[0].(string), v[1].(string), v[2].(int64)
		switch {
		case sep == "":
			return nil, faultf(trino.InvalidArgument, "The delimiter may not be the empty string")
		case limit < 0:
			return nil, faultf(trino.InvalidArgument, "Limit must be positive")
		case limit == 0:
			limit = -1
		}
		return strings.SplitN(s, sep, int(min(limit, 1<<31))), nil
	})
	split.out = texts()
	return []*function{
		split,
		fn("go_substr", text, args(text, bigint, bigint), substr),
		fn("go_replace", text, args(text, text, text), func(v []driver.Value) (any, error) {
			s, old, with := v[0].(string), v[1].(string), v[2].(string)
			if n := strings.Count(s, old); len(s)+n*max(0, len(with)-len(old)) > 16*maxText {
				return nil, faultf(trino.InvalidArgument, "result of replace is too large")
			}
			return strings.ReplaceAll(s, old, with), nil
		}),
		fn("go_translate", text, args(text, text, text), translate),
		fn("go_lower", text, args(text), func(v []driver.Value) (any, error) { return strings.Map(unicode.ToLower, v[0].(string)), nil }),
		fn("go_upper", text, args(text), func(v []driver.Value) (any, error) { return strings.Map(unicode.ToUpper, v[0].(string)), nil }),
		fn("go_reverse", text, args(text), func(v []driver.Value) (any, error) {
			r := []rune(v[0].(string))
			slices.Reverse(r)
			return string(r), nil
		}),
		fn("go_strpos", bigint, args(text, text, bigint), strpos),
		fn("go_split_part", text, args(text, text, bigint), func(v []driver.Value) (any, error) {
			s, sep, i := v[0].(string), v[1].(string), v[2].(int64)
			if i < 1 {
				return nil, faultf(trino.InvalidArgument, "Index must be greater than zero")
			}
			if sep == "" {
				if r := []rune(s); i <= int64(len(r)) {
					return string(r[i-1]), nil
				}
				return nil, nil
			}
			for ; i > 1; i-- {
				_, after, ok := strings.Cut(s, sep)
				if !ok {
					return nil, nil
				}
				s = after
			}
			piece, _, _ := strings.Cut(s, sep)
			return piece, nil
		}),
		fn("go_pad", text, args(text, bigint, text, boolean), padText),
		fn("go_chr", text, args(bigint), func(v []driver.Value) (any, error) {
			n := v[0].(int64)
			if n < 0 || n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
				return nil, faultf(trino.InvalidArgument, "Not a valid Unicode code point: %d", n)
			}
			return string(rune(n)), nil
		}),
		fn("go_levenshtein", bigint, args(text, text), levenshtein),
		fn("go_hamming", bigint, args(text, text), func(v []driver.Value) (any, error) {
			a, b := []rune(v[0].(string)), []rune(v[1].(string))
			if len(a) != len(b) {
				return nil, faultf(trino.InvalidArgument, "The input strings to hamming_distance function must have the same length")
			}
			n := int64(0)
			for i := range a {
				if a[i] != b[i] {
					n++
				}
			}
			return n, nil
		}),
		fn("go_from_utf8", text, args(blob), func(v []driver.Value) (any, error) { return strings.ToValidUTF8(string(v[0].([]byte)), "\uFFFD"), nil }),
		fn("go_from_hex", blob, args(text), func(v []driver.Value) (any, error) {
			b, err := hex.DecodeString(v[0].(string))
			if err != nil {
				return nil, faultf(trino.InvalidArgument, "invalid hex character or length in: %s", v[0])
			}
			return b, nil
		}),
		fn("go_base64", text, args(blob), func(v []driver.Value) (any, error) { return base64.StdEncoding.EncodeToString(v[0].([]byte)), nil }),
		fn("go_from_base64", blob, args(text), func(v []driver.Value) (any, error) {
			b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(v[0].(string), "="))
			if err != nil {
				return nil, faultf(trino.InvalidArgument, "Illegal base64 text")
			}
			return b, nil
		}),
		fn("go_digest", blob, args(blob, text), digest),
		fn("go_crc32", bigint, args(blob), func(v []driver.Value) (any, error) { return int64(crc32.ChecksumIEEE(v[0].([]byte))), nil }),
		fn("go_url_encode", text, args(text), func(v []driver.Value) (any, error) { return urlEncode(v[0].(string)), nil }),
		fn("go_url_decode", text, args(text), func(v []driver.Value) (any, error) {
			s, err := url.QueryUnescape(v[0].(string))
			if err != nil {
				return nil, faultf(trino.InvalidArgument, "Illegal hex characters in escape (%%) pattern")
			}
			return s, nil
		}),
		fn("go_url_part", text, args(text, text), urlPart),
		fn("go_url_port", bigint, args(text), func(v []driver.Value) (any, error) {
			u, err := url.Parse(v[0].(string))
			if err != nil || u.Port() == "" {
				return nil, nil
			}
			n, err := strconv.ParseInt(u.Port(), 10, 32)
			if err != nil {
				return nil, nil
			}
			return n, nil
		}),
	}
}

// substr counts characters from 1, or from the end if negative; there is nothing at place 0.
func substr(v []driver.Value) (any, error) {
	r, from, n := []rune(v[0].(string)), v[1].(int64), v[2].(int64)
	size := int64(len(r))
	if from < 0 {
		from += size + 1
	}
	if from < 1 || from > size || n <= 0 {
		return "", nil
	}
	return string(r[from-1 : from-1+min(n, size-from+1)]), nil
}

func translate(v []driver.Value) (any, error) {
	from, to := []rune(v[1].(string)), []rune(v[2].(string))
	m := make(map[rune]rune, len(from))
	for i, r := range from {
		if _, ok := m[r]; ok {
			continue
		}
		m[r] = -1
		if i < len(to) {
			m[r] = to[i]
		}
	}
	return strings.Map(func(r rune) rune {
		if x, ok := m[r]; ok {
			return x
		}
		return r
	}, v[0].(string)), nil
}

// strpos finds the n-th occurrence, from the end if n is negative; occurrences may overlap.
func strpos(v []driver.Value) (any, error) {
	s, sub, n := v[0].(string), v[1].(string), v[2].(int64)
	if n == 0 {
		return nil, faultf(trino.InvalidArgument, "'instance' must be a positive or negative number.")
	}
	if sub == "" {
		return int64(1), nil
	}
	rest, offset := s, 0
	if n > 0 {
		for {
			i := strings.Index(rest, sub)
			if i < 0 {
				return int64(0), nil
			}
			if n--; n == 0 {
				return int64(utf8.RuneCountInString(s[:offset+i]) + 1), nil
			}
			_, w := utf8.DecodeRuneInString(rest[i:])
			offset, rest = offset+i+w, rest[i+w:]
		}
	}
	for {
		i := strings.LastIndex(rest, sub)
		if i < 0 {
			return int64(0), nil
		}
		if n++; n == 0 {
			return int64(utf8.RuneCountInString(s[:i]) + 1), nil
		}
		rest = rest[:i+len(sub)-1]
	}
}

func padText(v []driver.Value) (any, error) {
	s, n, fill, left := []rune(v[0].(string)), v[1].(int64), []rune(v[2].(string)), v[3].(bool)
	switch {
	case n < 0 || n > maxText:
		return nil, faultf(trino.InvalidArgument, "Target length must be in the range [0..%d]", maxText)
	case len(fill) == 0:
		return nil, faultf(trino.InvalidArgument, "Padding string must not be empty")
	case int64(len(s)) >= n:
		return string(s[:n]), nil
	}
	padding := make([]rune, n-int64(len(s)))
	for i := range padding {
		padding[i] = fill[i%len(fill)]
	}
	if left {
		return string(padding) + string(s), nil
	}
	return string(s) + string(padding), nil
}

func levenshtein(v []driver.Value) (any, error) {
	a, b := []rune(v[0].(string)), []rune(v[1].(string))
	if len(a) > 0 && len(b) > 1000000/len(a) {
		return nil, faultf(trino.InvalidArgument, "The combined inputs for Levenshtein distance are too large")
	}
	row := make([]int64, len(b)+1)
	for j := range row {
		row[j] = int64(j)
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = int64(i)
		for j := 1; j <= len(b); j++ {
			cost := int64(1)
			if a[i-1] == b[j-1] {
				cost = 0
			}
			diagonal, row[j] = row[j], min(row[j]+1, row[j-1]+1, diagonal+cost)
		}
	}
	return row[len(b)], nil
}

func digest(v []driver.Value) (any, error) {
	b := v[0].([]byte)
	switch v[1].(string) {
	case "md5":
		d := md5.Sum(b)
		return d[:], nil
	case "sha1":
		d := sha1.Sum(b)
		return d[:], nil
	case "sha256":
		d := sha256.Sum256(b)
		return d[:], nil
	}
	d := sha512.Sum512(b)
	return d[:], nil
}

// urlEncode keeps letters, digits and "-", "_", ".", "*", as Trino does; a blank is "+".
func urlEncode(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-_.*", c) >= 0:
			b.WriteByte(c)
		case c == ' ':
			b.WriteByte('+')
		default:
			b.WriteString("%" + strings.ToUpper(hex.EncodeToString([]byte{c})))
		}
	}
	return b.String()
}

func urlPart(v []driver.Value) (any, error) {
	u, err := url.Parse(v[0].(string))
	if err != nil {
		return nil, nil
	}
	switch v[1].(string) {
	case "host":
		if u.Host == "" {
			return nil, nil
		}
		return u.Hostname(), nil
	case "path":
		return u.Path, nil
	case "query":
		return u.RawQuery, nil
	case "protocol":
		return u.Scheme, nil
	}
	return u.Fragment, nil
}
