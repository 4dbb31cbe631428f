package web

import (
	"encoding/base64"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestALongValueIsShortenedBetweenCharacters(t *testing.T) {
	for _, test := range []struct {
		name, in  string
		short     bool
		text      bool
		wantBytes int
	}{
		{"short", "abc", false, true, 3},
		{"as long as may be", strings.Repeat("x", maxValue), false, true, maxValue},
		{"longer", strings.Repeat("x", maxValue+1), true, true, maxValue},
		{"longer, a character across the bound", strings.Repeat("x", maxValue-1) + "日本", true, true, maxValue - 1},
		{"longer, no text", strings.Repeat("\xff", maxValue+1), true, false, maxValue},
	} {
		t.Run(test.name, func(t *testing.T) {
			encoded, n, short, text := bytesOf(base64.StdEncoding.EncodeToString([]byte(test.in)))
			body, err := base64.StdEncoding.DecodeString(encoded)
			if err != nil || n != len(test.in) || short != test.short || len(body) != test.wantBytes || (text != nil) != test.text {
				t.Errorf("%d bytes of %d, shortened %v, text %v, %v", len(body), n, short, text != nil, err)
			}
			if text != nil && *text != string(body) {
				t.Error("the text is not the bytes")
			}
		})
	}
}

// FuzzLetterOf reads rows of a folder into which anybody may have written.
func FuzzLetterOf(f *testing.F) {
	f.Add("bad_number", "1", "2024-05-17T14:30:00Z", "QQ==", "eyI=", `[{"key":"a","value":"eA==","value_text":"x"}]`)
	f.Add("", "x", "yesterday", "!", "//8=", `[null,{"key":1}]`)
	f.Fuzz(func(t *testing.T, reason, offset, at, key, value, headers string) {
		d := letterOf(rowOf([]string{reason, "", "ticks", "0", offset, at, key, value, headers}))
		for _, text := range []*string{d.KeyText, d.ValueText} {
			if text != nil && !utf8.ValidString(*text) {
				t.Errorf("%q is no text", *text)
			}
		}
		if d.Headers == nil || len(d.Headers) > 100 {
			t.Errorf("%d headers", len(d.Headers))
		}
		letterOf(nil)
	})
}

// FuzzVersionOf reads the ids that clients say they have seen last.
func FuzzVersionOf(f *testing.F) {
	f.Add("abc-1")
	f.Add("abc-18446744073709551616")
	f.Add("other-1")
	f.Fuzz(func(t *testing.T, id string) {
		s := &Server{run: "abc"}
		if v := s.versionOf(id); v != 0 && s.versionOf(s.eventID(v)) != v {
			t.Errorf("%q is version %d", id, v)
		}
	})
}
