package tick

// appendMember appends a member to the object in dst, which is empty or still open. The name and the value's tokens
// stand as they came; white space between tokens goes.
func appendMember(dst, name, value []byte) []byte {
	if len(dst) == 0 {
		dst = append(dst, '{')
	} else {
		dst = append(dst, ',')
	}
	dst = append(dst, name...)
	dst = append(dst, ':')
	return appendCompact(dst, value)
}

// SetExtra makes t's extra of names and string values in turn, as a dataset's further columns become it. Nothing in
// pairs must be a field of the record, which IsField tells, and no name may stand twice.
func (t *Tick) SetExtra(pairs ...string) {
	t.Extra = t.Extra[:0]
	for i := 0; i+1 < len(pairs); i += 2 {
		t.Extra = appendMember(t.Extra, appendQuoted(nil, pairs[i]), appendQuoted(nil, pairs[i+1]))
	}
	if len(t.Extra) > 0 {
		t.Extra = append(t.Extra, '}')
	}
}

// IsField says whether name is a field of the record, and so cannot be a name in extra.
func IsField(name string) bool {
	for _, n := range fieldNames {
		if n == name {
			return true
		}
	}
	return false
}

// appendCompact appends valid JSON without the white space between its tokens.
func appendCompact(dst, value []byte) []byte {
	inString := false
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case inString && c == '\\': // valid JSON: a character follows
			dst = append(dst, c, value[i+1])
			i++
			continue
		case c == '"':
			inString = !inString
		case !inString && (c == ' ' || c == '\t' || c == '\r' || c == '\n'):
			continue
		}
		dst = append(dst, value[i])
	}
	return dst
}

// depth returns how deep objects and arrays are nested in what may be JSON.
func depth(value []byte) (deepest int) {
	level, inString := 0, false
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			level++
			deepest = max(deepest, level)
		case c == '}' || c == ']':
			level--
		}
	}
	return deepest
}
