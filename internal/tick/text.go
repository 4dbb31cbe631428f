package tick

import "unicode/utf8"

// CheckSymbol says whether s can be a symbol. The error is a FieldError.
func CheckSymbol(s string) error { return checkText(s, MaxSymbol, errSymbolLong) }

// CheckCode says whether s can be a venue or a currency. The error is a FieldError.
func CheckCode(s string) error { return checkText(s, MaxCode, errCodeLong) }

func checkText(s string, limit int, tooLong FieldError) error {
	if s == "" {
		return errEmpty
	}
	if len(s) > limit {
		return tooLong
	}
	for i, r := range s {
		if !printable(r) || (r == utf8.RuneError && !utf8.FullRuneInString(s[i:])) {
			return errUnprintable
		}
	}
	return nil
}

// printable is a list of its own, not the language's: Unicode grows with every release of Go, and the fate of a record
// must not. Refused are the controls, what breaks lines, what turns the direction of text, what is invisible at a
// text's edge, private tags and what is no character at all.
func printable(r rune) bool {
	switch {
	case r < 0x20, 0x7f <= r && r <= 0x9f: // controls
		return false
	case r == 0x00ad, r == 0x061c, r == 0x180e: // soft hyphen, Arabic letter mark, Mongolian vowel separator
		return false
	case 0x200b <= r && r <= 0x200f, 0x2028 <= r && r <= 0x202e, 0x2060 <= r && r <= 0x206f: // invisible, line ends, direction
		return false
	case r == 0xfeff, 0xfff9 <= r && r <= 0xfffd: // byte order mark, annotations, what stands for invalid bytes
		return false
	case 0xfdd0 <= r && r <= 0xfdef, r&0xfffe == 0xfffe: // no characters
		return false
	case 0xe0000 <= r && r <= 0xe007f: // tags
		return false
	}
	return true
}
