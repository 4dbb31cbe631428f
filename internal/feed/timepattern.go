package feed

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"ticklake/internal/tick"
)

// patternForm is a pattern of strptime. It reads less than strptime does, so that nothing is guessed: a text must match
// to its end, numbers that touch must have all their digits, months and days of the week are English, and parts that
// contradict each other are no time.
type patternForm struct {
	source string
	ops    []patternOp
	dated  bool  // it has a year
	clock  bool  // it has a time of day
	zoned  bool  // it has an offset from UTC
	day    int64 // where it has no year: midnight, in seconds since 1970
	wrong  tick.FieldError
}

// patternOp matches one piece of a text.
type patternOp struct {
	what  byte // a directive's letter, ' ' for blanks, 0 for a byte that stands as it is
	is    byte
	width int // of a number, at most
	exact bool
}

// numberWidths are the digits of each directive that is a number.
func numberWidth(directive byte) int {
	switch directive {
	case 'Y':
		return 4
	case 'j':
		return 3
	case 'y', 'm', 'd', 'H', 'I', 'M', 'S':
		return 2
	case 'f':
		return 9
	}
	return 0
}

// expanded are directives that stand for others.
func expanded(directive byte) string {
	switch directive {
	case 'F':
		return "%Y-%m-%d"
	case 'T':
		return "%H:%M:%S"
	case 'R':
		return "%H:%M"
	case 'D':
		return "%m/%d/%y"
	case 'e':
		return "%d"
	case 'B', 'h':
		return "%b"
	case 'A':
		return "%a"
	case 'n', 't':
		return " "
	}
	return ""
}

const maxPattern = 128

func compilePattern(source string) (*patternForm, error) {
	if len(source) > maxPattern {
		return nil, fmt.Errorf("it is longer than %d bytes", maxPattern)
	}
	var long strings.Builder
	for i := 0; i < len(source); i++ {
		if source[i] == '%' && i+1 < len(source) {
			i++
			if more := expanded(source[i]); more != "" {
				long.WriteString(more)
				continue
			}
			long.WriteByte('%')
		}
		long.WriteByte(source[i])
	}
	p := &patternForm{source: long.String()}
	if err := p.compile(); err != nil {
		return nil, err
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	p.wrong = tick.FieldError(fmt.Sprintf("not as the time format %q says; such as %q", source, p.format(time.Date(2024, 5, 17, 14, 30, 0, 123e6, time.UTC))))
	return p, nil
}

func (p *patternForm) compile() error {
	for i := 0; i < len(p.source); i++ {
		c := p.source[i]
		switch {
		case c == ' ' || c == '\t':
			if n := len(p.ops); n == 0 || p.ops[n-1].what != ' ' {
				p.ops = append(p.ops, patternOp{what: ' '})
			}
			continue
		case c != '%':
			p.ops = append(p.ops, patternOp{is: c})
			continue
		}
		if i++; i == len(p.source) {
			return errors.New("it ends with %")
		}
		switch d := p.source[i]; {
		case d == '%':
			p.ops = append(p.ops, patternOp{is: '%'})
		case numberWidth(d) > 0:
			p.ops = append(p.ops, patternOp{what: d, width: numberWidth(d), exact: d == 'Y' || d == 'y'})
		case d == 'b' || d == 'a' || d == 'p' || d == 'z':
			p.ops = append(p.ops, patternOp{what: d})
		case d == 'Z':
			return errors.New("%Z is not read, for such names mean several zones; hint: write it as it stands, such as EST, and name the zone with --time-zone")
		case d == 's':
			return errors.New("%s is not read; hint: the format unix is")
		default:
			return fmt.Errorf("%%%s is not read; what is: %%Y %%y %%m %%b %%B %%d %%e %%j %%a %%A %%H %%I %%p %%M %%S %%f %%z %%F %%T %%R %%D %%%%", strconv.QuoteToASCII(string(rune(d)))[1:2])
		}
	}
	for i := range p.ops[:max(0, len(p.ops)-1)] {
		next := p.ops[i+1]
		if p.ops[i].width == 0 || next.width == 0 && !isDigit(next.is) {
			continue
		}
		if p.ops[i].what == 'f' {
			return errors.New("a number follows %f, and nobody can tell where the one ends")
		}
		p.ops[i].exact = true
		p.ops[i+1].exact = next.what != 'f' // a fraction may end anywhere
	}
	return nil
}

// check refuses patterns that do not make a time.
func (p *patternForm) check() error {
	has := func(directives string) (n int) {
		for _, op := range p.ops {
			if op.what != 0 && op.what != ' ' && strings.IndexByte(directives, op.what) >= 0 {
				n++
			}
		}
		return n
	}
	for _, one := range []string{"Yy", "mb", "d", "j", "a", "HI", "p", "M", "S", "f", "z"} {
		if has(one) > 1 {
			return fmt.Errorf("it has %%%s more than once", strings.Join(strings.Split(one, ""), " or %"))
		}
	}
	p.dated, p.clock, p.zoned = has("Yy") > 0, has("HI") > 0, has("z") > 0
	switch {
	case !p.dated && has("mbdja") > 0:
		return errors.New("it has no year")
	case has("j") > 0 && has("mbd") > 0:
		return errors.New("%j is a day of the year, and there is a month or a day beside it")
	case has("d") > 0 && has("mb") == 0:
		return errors.New("it has a day and no month")
	case has("I") != has("p"):
		return errors.New("%I and %p go together")
	case has("M") > 0 && !p.clock, has("S") > has("M"), has("f") > has("S"), p.zoned && !p.clock:
		return errors.New("a part of the time of day lacks the larger one before it")
	case !p.dated && !p.clock:
		return errors.New("it has neither a year nor an hour")
	}
	return nil
}

func (p *patternForm) local() bool { return !p.zoned }

func (p *patternForm) text() string {
	if p.dated {
		return p.source
	}
	return p.source + ";date=" + dateText(p.day)
}

func dateText(day int64) string { return time.Unix(day, 0).UTC().Format(time.DateOnly) }

// format writes t as the pattern has it.
func (p *patternForm) format(t time.Time) string {
	layouts := map[byte]string{
		'Y': "2006", 'y': "06", 'm': "01", 'd': "02", 'j': "002", 'H': "15", 'I': "03", 'M': "04", 'S': "05",
		'b': "Jan", 'a': "Mon", 'p': "PM", 'z': "-0700", ' ': " ",
	}
	var b strings.Builder
	for _, op := range p.ops {
		switch {
		case op.what == 0:
			b.WriteByte(op.is)
		case op.what == 'f':
			b.WriteString(strings.TrimPrefix(t.Format(".000"), "."))
		default:
			b.WriteString(t.Format(layouts[op.what]))
		}
	}
	return b.String()
}
