package execution

import (
	"bytes"
	"errors"
	"slices"
	"strings"
)

var (
	// errMore says that a row goes on behind the bytes at hand.
	errMore = errors.New("the row is not complete")
	// ErrForeign says that a result is not as it was written.
	ErrForeign = errors.New("the result's file has been changed")
)

// appendCSV adds a row as Athena writes it: every value in quotes, NULL as nothing at all, a line feed at the end.
func appendCSV(dst []byte, row []*string) []byte {
	for i, v := range row {
		if i > 0 {
			dst = append(dst, ',')
		}
		if v == nil {
			continue
		}
		dst = append(dst, '"')
		for s := *v; ; {
			n := strings.IndexByte(s, '"')
			if n < 0 {
				dst = append(dst, s...)
				break
			}
			dst = append(dst, s[:n]...)
			dst = append(dst, `""`...)
			s = s[n+1:]
		}
		dst = append(dst, '"')
	}
	return append(dst, '\n')
}

// parseCSV reads the first row of what appendCSV wrote, and how many bytes it has.
func parseCSV(src []byte) (row []*string, n int, err error) {
	for {
		value, length, err := parseValue(src[n:])
		if err != nil {
			return nil, 0, err
		}
		row, n = append(row, value), n+length
		switch {
		case n == len(src):
			return nil, 0, errMore
		case src[n] == '\n':
			return row, n + 1, nil
		case src[n] != ',':
			return nil, 0, ErrForeign
		}
		n++
	}
}

func parseValue(src []byte) (value *string, n int, err error) {
	if len(src) == 0 {
		return nil, 0, errMore
	}
	if src[0] != '"' {
		return nil, 0, nil
	}
	n = 1
	doubled := false
	for {
		i := bytes.IndexByte(src[n:], '"')
		if i < 0 || n+i+1 == len(src) {
			return nil, 0, errMore // what follows a quote decides what it is
		}
		n += i + 1
		if src[n] != '"' {
			break
		}
		doubled = true
		n++
	}
	s := string(src[1 : n-1])
	if doubled {
		s = strings.ReplaceAll(s, `""`, `"`)
	}
	return &s, n, nil
}

// appendText adds a row as a line of text, values with tabs between them. A line feed in a value becomes a blank.
func appendText(dst []byte, row []*string) []byte {
	for i, v := range row {
		if i > 0 {
			dst = append(dst, '\t')
		}
		if v == nil {
			continue
		}
		dst = append(dst, strings.ReplaceAll(*v, "\n", " ")...)
	}
	return append(dst, '\n')
}

// parseText reads the first line as a row of one value, as Athena returns it.
func parseText(src []byte) (row []*string, n int, err error) {
	i := bytes.IndexByte(src, '\n')
	if i < 0 {
		return nil, 0, errMore
	}
	line := string(src[:i])
	return []*string{&line}, i + 1, nil
}

// header is a CSV's first row.
func header(columns []Column) []*string {
	row := make([]*string, len(columns))
	for i := range columns {
		row[i] = &columns[i].Name
	}
	return slices.Clip(row)
}
