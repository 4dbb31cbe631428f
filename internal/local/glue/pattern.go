package glue

import (
	"regexp"
	"regexp/syntax"
	"strings"
)

// namePattern compiles an Expression. Glue takes Hive's patterns as well as regular expressions, so a star that
// repeats nothing stands for any characters; the whole name must match.
func namePattern(expression string) (*regexp.Regexp, error) {
	if len(expression) > 2048 {
		return nil, invalid("Expression is longer than 2048 bytes")
	}
	if expression == "" {
		expression = ".*"
	}
	var b strings.Builder
	for i := 0; i < len(expression); i++ {
		if expression[i] == '*' && (i == 0 || !strings.ContainsRune(`.)]\`, rune(expression[i-1]))) {
			b.WriteByte('.')
		}
		b.WriteByte(expression[i])
	}
	// Alone it must be a pattern too: "a)|(b" is one only between our parentheses.
	parsed, err := syntax.Parse(b.String(), syntax.Perl)
	if err != nil {
		return nil, invalid("Expression is no pattern: %.100q", expression)
	}
	if steps(parsed) > maxSteps {
		return nil, invalid("Expression repeats too much: %.100q", expression)
	}
	re, err := regexp.Compile(`(?is)\A(?:` + b.String() + `)\z`)
	if err != nil {
		return nil, invalid("Expression is no pattern: %.100q", expression)
	}
	return re, nil
}

// maxSteps bounds the memory and the time of a pattern: x{1000} is a thousand steps.
const maxSteps = 4096

// steps estimates how long a pattern's program is, up to a little more than maxSteps.
func steps(re *syntax.Regexp) int {
	n := 1 + len(re.Rune)/16 // a class of many ranges takes as much more
	if re.Op == syntax.OpLiteral {
		n = 1 + len(re.Rune)
	}
	for _, sub := range re.Sub {
		n = min(n+steps(sub), maxSteps+1)
	}
	if re.Op == syntax.OpRepeat {
		n *= max(re.Min, re.Max, 1)
	}
	return min(n, maxSteps+1)
}
