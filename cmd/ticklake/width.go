package main

import (
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
)

// width is how many columns of a terminal a text takes.
func width(text string) int { return uniseg.StringWidth(text) }

// fit shortens a text to so many columns; … stands for what is left out.
func fit(text string, columns int) string {
	if width(text) <= columns {
		return text
	}
	var b strings.Builder
	left := columns - 1 // of the ellipsis
	for rest, state := text, -1; rest != ""; {
		var cluster string
		var wide int
		cluster, rest, wide, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if left -= wide; left < 0 {
			break
		}
		b.WriteString(cluster)
	}
	return b.String() + "…"
}

// plain keeps a value on its line, and what steers a terminal or turns the direction of text out of it.
func plain(text string) string {
	if !strings.ContainsFunc(text, steers) {
		return text
	}
	return strings.Map(func(r rune) rune {
		if steers(r) {
			return '·'
		}
		return r
	}, strings.ToValidUTF8(text, "·"))
}

func steers(r rune) bool {
	return unicode.IsControl(r) || r == unicode.ReplacementChar || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Bidi_Control, r)
}
