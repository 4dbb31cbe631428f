package duck

import (
	"database/sql/driver"
	"errors"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"sync"

	"ticklake/internal/local/athena/trino"
)

// maxPatterns bounds the patterns kept compiled at a time.
const maxPatterns = 256

// patterns keeps compiled patterns by their text: a function sees the same one row after row.
type patterns struct {
	mu sync.Mutex
	m  map[string]*regexp.Regexp
}

func (p *patterns) get(s string) (*regexp.Regexp, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if re, ok := p.m[s]; ok {
		return re, nil
	}
	re, err := compilePattern(s)
	if err != nil {
		return nil, err
	}
	if len(p.m) >= maxPatterns {
		clear(p.m)
	}
	p.m[s] = re
	return re, nil
}

// namedGroups writes Java's (?<name>…) as RE2 does.
func namedGroups(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			b.WriteString(s[i : i+2])
			i++
		case strings.HasPrefix(s[i:], "(?<") && i+3 < len(s) && s[i+3] != '=' && s[i+3] != '!':
			b.WriteString("(?P<")
			i += 2
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// compilePattern reads a pattern. What Java's dialect has and RE2 has not is refused by name.
func compilePattern(s string) (*regexp.Regexp, error) {
	if len(s) > 10000 {
		return nil, faultf(trino.NotSupported, "a pattern of more than 10000 bytes is not supported")
	}
	re, err := regexp.Compile(namedGroups(s))
	if err == nil {
		return re, nil
	}
	var fault *syntax.Error
	if !errors.As(err, &fault) {
		return nil, faultf(trino.InvalidArgument, "invalid pattern: %s", s)
	}
	switch fault.Code {
	case syntax.ErrInvalidPerlOp, syntax.ErrInvalidEscape, syntax.ErrInvalidCharRange, syntax.ErrInvalidRepeatOp, syntax.ErrInvalidRepeatSize, syntax.ErrLarge, syntax.ErrNestingDepth:
		return nil, faultf(trino.NotSupported, "the regular expression %q is not supported: %s", fault.Expr, fault.Code)
	case syntax.ErrMissingParen, syntax.ErrUnexpectedParen:
		return nil, faultf(trino.InvalidArgument, "end pattern with unmatched parenthesis")
	}
	return nil, faultf(trino.InvalidArgument, "invalid pattern: %s", fault.Code)
}

func regexpFunctions() []*function {
	p := &patterns{m: make(map[string]*regexp.Regexp)}
	// with compiles argument 1 and calls do with argument 0.
	with := func(do func(re *regexp.Regexp, s string, v []driver.Value) (any, error)) func(v []driver.Value) (any, error) {
		return func(v []driver.Value) (any, error) {
			re, err := p.get(v[1].(string))
			if err != nil {
				return nil, err
			}
			return do(re, v[0].(string), v)
		}
	}
	group := func(re *regexp.Regexp, v driver.Value) (int, error) {
		g := v.(int64)
		if g < 0 || g > int64(re.NumSubexp()) {
			return 0, faultf(trino.InvalidArgument, "Pattern has %d groups. Cannot access group %d", re.NumSubexp(), g)
		}
		return int(g), nil
	}
	all := fn("go_regexp_extract_all", text, args(text, text, bigint), with(func(re *regexp.Regexp, s string, v []driver.Value) (any, error) {
		g, err := group(re, v[2])
		if err != nil {
			return nil, err
		}
		out := []any{}
		for _, m := range re.FindAllStringSubmatchIndex(s, -1) {
			if m[2*g] < 0 {
				out = append(out, nil)
				continue
			}
			out = append(out, s[m[2*g]:m[2*g+1]])
		}
		return out, nil
	}))
	all.out = texts()
	split := fn("go_regexp_split", text, args(text, text), with(func(re *regexp.Regexp, s string, _ []driver.Value) (any, error) {
		out := []any{}
		from := 0
		for _, m := range re.FindAllStringIndex(s, -1) {
			out = append(out, s[from:m[0]])
			from = m[1]
		}
		return append(out, s[from:]), nil
	}))
	split.out = texts()
	return []*function{
		all, split,
		fn("go_regexp_like", boolean, args(text, text), with(func(re *regexp.Regexp, s string, _ []driver.Value) (any, error) { return re.MatchString(s), nil })),
		fn("go_regexp_count", bigint, args(text, text), with(func(re *regexp.Regexp, s string, _ []driver.Value) (any, error) {
			return int64(len(re.FindAllStringIndex(s, -1))), nil
		})),
		fn("go_regexp_extract", text, args(text, text, bigint), with(func(re *regexp.Regexp, s string, v []driver.Value) (any, error) {
			g, err := group(re, v[2])
			if err != nil {
				return nil, err
			}
			m := re.FindStringSubmatchIndex(s)
			if m == nil || m[2*g] < 0 {
				return nil, nil
			}
			return s[m[2*g]:m[2*g+1]], nil
		})),
		fn("go_regexp_replace", text, args(text, text, text), with(func(re *regexp.Regexp, s string, v []driver.Value) (any, error) {
			return replaceAll(re, s, v[2].(string))
		})),
	}
}

// replaceAll puts a replacement in Java's form for every match: $1, ${name}, and \ before what is meant literally.
func replaceAll(re *regexp.Regexp, s, with string) (any, error) {
	var b strings.Builder
	from := 0
	for _, m := range re.FindAllStringSubmatchIndex(s, -1) {
		b.WriteString(s[from:m[0]])
		if err := expand(&b, re, s, m, with); err != nil {
			return nil, err
		}
		if from = m[1]; b.Len() > 16*maxText {
			return nil, faultf(trino.InvalidArgument, "result of regexp_replace is too large")
		}
	}
	return b.String() + s[from:], nil
}

func expand(b *strings.Builder, re *regexp.Regexp, s string, m []int, with string) error {
	illegal := faultf(trino.InvalidArgument, "Illegal replacement sequence: %s", with)
	for i := 0; i < len(with); i++ {
		switch c := with[i]; {
		case c == '\\':
			if i++; i == len(with) {
				return illegal
			}
			b.WriteByte(with[i])
		case c == '$' && i+1 < len(with) && with[i+1] == '{':
			end := strings.IndexByte(with[i:], '}')
			if end < 0 {
				return illegal
			}
			g := re.SubexpIndex(with[i+2 : i+end])
			if g < 0 {
				return faultf(trino.InvalidArgument, "Illegal replacement sequence: unknown group { %s }", with[i+2:i+end])
			}
			writeGroup(b, s, m, g)
			i += end
		case c == '$':
			j := i + 1
			for j < len(with) && with[j] >= '0' && with[j] <= '9' {
				j++
			}
			if j == i+1 {
				return illegal
			}
			// As many digits as make a group that exists.
			g, _ := strconv.Atoi(with[i+1 : j])
			for g > re.NumSubexp() && j > i+2 {
				j--
				g, _ = strconv.Atoi(with[i+1 : j])
			}
			if g > re.NumSubexp() {
				return faultf(trino.InvalidArgument, "Illegal replacement sequence: unknown group %d", g)
			}
			writeGroup(b, s, m, g)
			i = j - 1
		default:
			b.WriteByte(c)
		}
	}
	return nil
}

func writeGroup(b *strings.Builder, s string, m []int, g int) {
	if m[2*g] >= 0 {
		b.WriteString(s[m[2*g]:m[2*g+1]])
	}
}
