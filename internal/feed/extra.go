package feed

import "ticklake/internal/tick"

// appendMember appends a member of extra to the object in dst, which is empty or still open. The name is quoted.
func appendMember(dst []byte, quotedName string, value []byte) []byte {
	if len(dst) == 0 {
		dst = append(dst, '{')
	} else {
		dst = append(dst, ',')
	}
	dst = append(append(dst, quotedName...), ':')
	for _, c := range value {
		if c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			return append(dst, quote(string(value))...)
		}
	}
	dst = append(append(dst, '"'), value...) // what needs no escape stands as it is
	return append(dst, '"')
}

// quote writes a text as extra has it.
func quote(text string) string {
	const before, behind = `{"":`, `}`
	var t tick.Tick
	t.SetExtra("", text)
	return string(t.Extra[len(before) : len(t.Extra)-len(behind)])
}
