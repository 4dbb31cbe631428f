package predicate

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

type kind int

const (
	end kind = iota
	word
	name // a quoted identifier
	text
	number
	symbol
)

type token struct {
	kind kind
	text string // words in lower case; quotes resolved
	at   int    // byte offset, for messages
}

const symbols = "<>|!=|<=|>=|=|<|>|(|)|,"

// lex splits an expression into tokens.
func lex(src string) ([]token, error) {
	if !utf8.ValidString(src) {
		return nil, fmt.Errorf("the expression is not valid UTF-8")
	}
	var tokens []token
	for i := 0; i < len(src); {
		c := src[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
			continue
		case c == '\'' || c == '"' || c == '`':
			value, n := quoted(src[i:])
			if n == 0 {
				return nil, fmt.Errorf("byte %d: the quote does not end", i)
			}
			k := name
			if c == '\'' {
				k = text
			}
			tokens = append(tokens, token{k, value, i})
			i += n
		case isDigit(c) || (c == '-' || c == '+' || c == '.') && i+1 < len(src) && (isDigit(src[i+1]) || src[i+1] == '.'):
			n := 1
			for i+n < len(src) && (isDigit(src[i+n]) || src[i+n] == '.') {
				n++
			}
			tokens = append(tokens, token{number, src[i : i+n], i})
			i += n
		case isLetter(c):
			n := 1
			for i+n < len(src) && (isLetter(src[i+n]) || isDigit(src[i+n])) {
				n++
			}
			tokens = append(tokens, token{word, strings.ToLower(src[i : i+n]), i})
			i += n
		default:
			s := symbolAt(src[i:])
			if s == "" {
				return nil, fmt.Errorf("byte %d: unexpected character", i)
			}
			tokens = append(tokens, token{symbol, s, i})
			i += len(s)
		}
	}
	return append(tokens, token{end, "the end", len(src)}), nil
}

// quoted reads a quoted part whose quote is doubled inside; n is its length, 0 if it does not end.
func quoted(src string) (value string, n int) {
	quote := src[0]
	var b strings.Builder
	for i := 1; i < len(src); i++ {
		if src[i] != quote {
			b.WriteByte(src[i])
			continue
		}
		if i+1 == len(src) || src[i+1] != quote {
			return b.String(), i + 1
		}
		b.WriteByte(quote)
		i++
	}
	return "", 0
}

func symbolAt(src string) string {
	for s := range strings.SplitSeq(symbols, "|") {
		if strings.HasPrefix(src, s) {
			return s
		}
	}
	return ""
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isLetter(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c >= utf8.RuneSelf
}
