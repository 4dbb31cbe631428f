package trino

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of a statement. MaxBytes is Athena's own; the others keep the work for one statement small.
const (
	MaxBytes     = 262144
	maxTokens    = 60000
	maxDepth     = 200
	maxNameParts = 8
	maxNameBytes = 1024
	maxList      = 5000
	maxTries     = 1000
)

type tokenKind uint8

const (
	tokEOF tokenKind = iota
	tokIdent
	tokQuoted
	tokBackquoted // `name`, as Hive's statements have it
	tokString
	tokBinary
	tokInteger
	tokDecimal
	tokDouble
	tokOp
)

// token is one lexical element. text is what it stands for (quotes removed, doubled quotes single); upper is
// the upper-case form of an unquoted identifier, which is how keywords are compared.
type token struct {
	kind  tokenKind
	text  string
	upper string
	pos   Pos
}

type lexer struct {
	src       string
	off       int
	line, col int
	toks      []token
}

// lex cuts a statement into tokens; the last one is tokEOF.
func lex(src string) ([]token, *Error) {
	if len(src) > MaxBytes {
		return nil, Errorf(Pos{1, 1}, QueryTextTooLarge, "Query text length (%d) exceeds the maximum length (%d)", len(src), MaxBytes)
	}
	l := &lexer{src: src, line: 1, col: 1}
	for {
		if err := l.skipSpace(); err != nil {
			return nil, err
		}
		if len(l.toks) >= maxTokens {
			return nil, Errorf(l.pos(), NotSupported, "a statement of more than %d tokens is not supported", maxTokens)
		}
		if l.off == len(l.src) {
			return append(l.toks, token{kind: tokEOF, text: "<EOF>", pos: l.pos()}), nil
		}
		t, err := l.next()
		if err != nil {
			return nil, err
		}
		l.toks = append(l.toks, t)
	}
}

func (l *lexer) pos() Pos { return Pos{l.line, l.col} }

// peek is the rune at the offset, 0 at the end.
func (l *lexer) peek() rune { return l.peekAt(0) }

func (l *lexer) peekAt(n int) rune {
	if l.off+n >= len(l.src) {
		return 0
	}
	r, _ := utf8.DecodeRuneInString(l.src[l.off+n:])
	return r
}

// advance passes one character; invalid UTF-8 and NUL are nowhere part of a statement.
func (l *lexer) advance() *Error {
	r, n := utf8.DecodeRuneInString(l.src[l.off:])
	if r == utf8.RuneError && n == 1 {
		return Errorf(l.pos(), SyntaxError, "the statement is not valid UTF-8")
	}
	if r == 0 {
		return Errorf(l.pos(), SyntaxError, "the statement contains a NUL character")
	}
	l.off += n
	if r == '\n' {
		l.line, l.col = l.line+1, 1
	} else {
		l.col++
	}
	return nil
}

func (l *lexer) skipSpace() *Error {
	for l.off < len(l.src) {
		switch c := l.src[l.off]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			if err := l.advance(); err != nil {
				return err
			}
		case strings.HasPrefix(l.src[l.off:], "--"):
			// Trino ends such a comment at either line break.
			for l.off < len(l.src) && l.src[l.off] != '\n' && l.src[l.off] != '\r' {
				if err := l.advance(); err != nil {
					return err
				}
			}
		case strings.HasPrefix(l.src[l.off:], "/*"):
			if err := l.blockComment(); err != nil {
				return err
			}
		default:
			return nil
		}
	}
	return nil
}

// blockComment passes a comment that ends at the first "*/": Trino's grammar does not nest them.
func (l *lexer) blockComment() *Error {
	start := l.pos()
	end := strings.Index(l.src[l.off+2:], "*/")
	if end < 0 {
		return Errorf(start, SyntaxError, "mismatched input '/': the comment is not closed")
	}
	for stop := l.off + 2 + end + 2; l.off < stop; {
		if err := l.advance(); err != nil {
			return err
		}
	}
	return nil
}

func (l *lexer) next() (token, *Error) {
	c := l.peek()
	switch {
	case c == '\'':
		return l.quoted('\'', tokString)
	case c == '"':
		return l.quoted('"', tokQuoted)
	case c == '`':
		return l.quoted('`', tokBackquoted)
	case (c == 'x' || c == 'X') && l.peekAt(1) == '\'':
		if err := l.advance(); err != nil {
			return token{}, err
		}
		return l.quoted('\'', tokBinary)
	case (c == 'u' || c == 'U') && l.peekAt(1) == '&' && l.peekAt(2) == '\'':
		return token{}, Unsupported(l.pos(), "a Unicode string literal (U&'…')")
	case isDigit(c) || c == '.' && isDigit(l.peekAt(1)):
		return l.number()
	case isLetter(c):
		return l.ident()
	}
	return l.operator()
}

func (l *lexer) quoted(q byte, kind tokenKind) (token, *Error) {
	start := l.pos()
	if err := l.advance(); err != nil {
		return token{}, err
	}
	var b strings.Builder
	for {
		if l.off == len(l.src) {
			return token{}, Errorf(start, SyntaxError, "mismatched input '%c': the quotation is not closed", q)
		}
		if l.src[l.off] == q {
			if l.off+1 < len(l.src) && l.src[l.off+1] == q {
				l.off, l.col = l.off+2, l.col+2
				b.WriteByte(q)
				continue
			}
			l.off, l.col = l.off+1, l.col+1
			break
		}
		from := l.off
		if err := l.advance(); err != nil {
			return token{}, err
		}
		b.WriteString(l.src[from:l.off])
	}
	text := b.String()
	if kind == tokQuoted || kind == tokBackquoted {
		if text == "" {
			return token{}, Errorf(start, SyntaxError, "Zero-length delimited identifier not allowed")
		}
		if len(text) > maxNameBytes {
			return token{}, Errorf(start, NotSupported, "a name of more than %d bytes is not supported", maxNameBytes)
		}
	}
	return token{kind: kind, text: text, pos: start}, nil
}

func (l *lexer) ident() (token, *Error) {
	start, from := l.pos(), l.off
	for l.off < len(l.src) && (isLetter(l.peek()) || isDigit(l.peek())) {
		l.off, l.col = l.off+1, l.col+1
	}
	if l.off-from > maxNameBytes {
		return token{}, Errorf(start, NotSupported, "a name of more than %d bytes is not supported", maxNameBytes)
	}
	text := l.src[from:l.off]
	return token{kind: tokIdent, text: text, upper: strings.ToUpper(text), pos: start}, nil
}

// number reads integers (decimal, 0x, 0o, 0b, with underscores between digits), decimals and doubles.
func (l *lexer) number() (token, *Error) {
	start, from := l.pos(), l.off
	kind := tokInteger
	if l.peek() == '0' && strings.ContainsRune("xXoObB", l.peekAt(1)) && l.peekAt(1) != 0 {
		l.off += 2
		for l.off < len(l.src) && (isLetter(l.peek()) || isDigit(l.peek())) {
			l.off++
		}
	} else {
		l.digits()
		if l.peek() == '.' {
			kind = tokDecimal
			l.off++
			l.digits()
		}
		if p := l.peek(); p == 'e' || p == 'E' {
			n := 1
			if s := l.peekAt(1); s == '+' || s == '-' {
				n = 2
			}
			if isDigit(l.peekAt(n)) {
				kind = tokDouble
				l.off += n
				l.digits()
			}
		}
	}
	text := l.src[from:l.off]
	l.col += len(text)
	if len(text) > 400 {
		return token{}, Errorf(start, SyntaxError, "Invalid numeric literal: %s…", text[:40])
	}
	// A name that starts with digits is no name: Trino wants it quoted.
	if isLetter(l.peek()) || strings.HasPrefix(text, "_") || strings.HasSuffix(text, "_") || strings.Contains(text, "__") {
		return token{}, Errorf(start, SyntaxError, "identifiers must not start with a digit; surround the identifier with double quotes")
	}
	return token{kind: kind, text: strings.ReplaceAll(text, "_", ""), pos: start}, nil
}

func (l *lexer) digits() {
	for isDigit(l.peek()) || l.peek() == '_' && isDigit(l.peekAt(1)) {
		l.off++
	}
}

func (l *lexer) operator() (token, *Error) {
	start := l.pos()
	for _, op := range [...]string{"<>", "!=", "<=", ">=", "||", "->", "=>", "(", ")", "[", "]", ",", ".", ";", "+", "-", "*", "/", "%", "=", "<", ">", "?", ":", "|", "^", "{", "}", "!", "$", "#", "@", "&", "~", "\\"} {
		if strings.HasPrefix(l.src[l.off:], op) {
			l.off, l.col = l.off+len(op), l.col+len(op)
			return token{kind: tokOp, text: op, pos: start}, nil
		}
	}
	r := l.peek()
	if err := l.advance(); err != nil {
		return token{}, err
	}
	if unicode.IsPrint(r) {
		return token{}, Errorf(start, SyntaxError, "mismatched input '%c'", r)
	}
	return token{}, Errorf(start, SyntaxError, "mismatched input %U", r)
}

func isDigit(r rune) bool  { return r >= '0' && r <= '9' }
func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' }
