package insight

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The lines of a head, beside "title: …", "question: …" and "empty: …".
var (
	paramForm  = regexp.MustCompile(`^param ([a-z]+) (date|symbol|integer)(?: (\d+)\.\.(\d+))? = (\S+): (\S.*)$`)
	columnForm = regexp.MustCompile(`^column ([a-z0-9_]+)(?: \[([^\]]+)\])?: (\S.*)$`)
	drawForm   = regexp.MustCompile(`^draw: (?:(table)|(bars) (\w+) (\w+)|(line) (\w+) (\w+)(?: by (\w+))?|(candles) (\w+))$`)
	needsForm  = regexp.MustCompile(`^needs (volume|sequence|hours|live|days (\d+)) ((?:on day)|(?:between from to)|(?:within day \d+))$`)
)

// parse reads an insight's file: comment lines that describe it, and the SQL. It is strict: a line that is not understood
// is an error.
func parse(name, text string) (*Insight, error) {
	i := &Insight{Name: name}
	lines := strings.Split(text, "\n")
	n := 0
	for ; n < len(lines) && strings.HasPrefix(lines[n], "-- "); n++ {
		if err := i.describe(strings.TrimPrefix(lines[n], "-- ")); err != nil {
			return nil, fmt.Errorf("insight %s, line %d: %w", name, n+1, err)
		}
	}
	i.sql = strings.TrimSpace(strings.Join(lines[n:], "\n"))
	if err := i.complete(); err != nil {
		return nil, fmt.Errorf("insight %s: %w", name, err)
	}
	return i, nil
}

func (i *Insight) describe(line string) error {
	key, value, _ := strings.Cut(line, ": ")
	if to := map[string]*string{"title": &i.Title, "question": &i.Question, "empty": &i.Empty}[key]; to != nil {
		if *to != "" {
			return fmt.Errorf("a second %s", key)
		}
		*to = value
		return nil
	}
	if m := paramForm.FindStringSubmatch(line); m != nil {
		return i.addParam(m)
	}
	if m := columnForm.FindStringSubmatch(line); m != nil {
		if slices.ContainsFunc(i.Columns, func(c Column) bool { return c.Name == m[1] }) {
			return fmt.Errorf("a second column %s", m[1])
		}
		i.Columns = append(i.Columns, Column{Name: m[1], Unit: m[2], Meaning: m[3]})
		return nil
	}
	if m := drawForm.FindStringSubmatch(line); m != nil {
		if i.Draw.As != "" {
			return errors.New("a second draw")
		}
		i.Draw = Draw{As: Shape(m[1] + m[2] + m[5] + m[9]), X: m[3] + m[6] + m[10], Y: m[4] + m[7], By: m[8]} // one of each is there
		return nil
	}
	if m := needsForm.FindStringSubmatch(line); m != nil {
		what, _, _ := strings.Cut(m[1], " ")
		days, _ := strconv.Atoi(m[2]) // digits, or nothing
		i.Needs = append(i.Needs, Need{what, days, strings.Fields(m[3])})
		return nil
	}
	return fmt.Errorf("not understood: %s", line)
}

// addParam adds the parameter that paramForm found.
func (i *Insight) addParam(m []string) error {
	p := Param{Name: m[1], Kind: Kind(m[2]), Default: m[5], Meaning: m[6]}
	if i.param(p.Name) != nil {
		return fmt.Errorf("a second parameter %s", p.Name)
	}
	if (p.Kind == Integer) != (m[3] != "") {
		return fmt.Errorf("parameter %s: bounds are for integers, and they need them", p.Name)
	}
	if p.Kind == Integer {
		var e1, e2 error
		p.Min, e1 = strconv.ParseInt(m[3], 10, 64)
		p.Max, e2 = strconv.ParseInt(m[4], 10, 64)
		if err := errors.Join(e1, e2, p.check(p.Default)); err != nil {
			return err
		}
	}
	i.Params = append(i.Params, p)
	return nil
}

// complete says what a head lacks.
func (i *Insight) complete() error {
	if i.Title == "" || i.Question == "" || i.Draw.As == "" || len(i.Columns) == 0 || i.sql == "" {
		return errors.New("title, question, draw, columns and SQL must be there")
	}
	for _, name := range i.Draw.columns() {
		if !slices.ContainsFunc(i.Columns, func(c Column) bool { return c.Name == name }) {
			return fmt.Errorf("it draws a column %s that it does not have", name)
		}
	}
	for _, name := range i.scope()[1:] {
		if p := i.param(name); p == nil || p.Kind != Date {
			return errors.New("it takes a date named day, or two named from and to")
		}
	}
	var scope []string
	for _, n := range i.Needs {
		if n.what == needDays {
			continue
		}
		if scope != nil && !slices.Equal(scope, n.scope) {
			return errors.New("what it needs of ticks must be of the same days")
		}
		scope = n.scope
	}
	return nil
}

// columns are those that are drawn.
func (d Draw) columns() []string {
	names := []string{d.X, d.Y, d.By}
	if d.As == AsCandles {
		names = append(names, "open", "high", "low", "close")
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == "" })
}
