package lake

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// MaxControlBytes bounds what is read of a layout or a cut.
const MaxControlBytes = 1 << 20

// encode writes v, a layout or a cut, for people as well: indented, with a line end.
func encode(v any) ([]byte, error) {
	b, err := json.Marshal(v, jsontext.WithIndent(" "), json.Deterministic(true))
	if err != nil {
		return nil, err
	}
	return append(b, '\n'), nil
}

// decode reads strictly: an unknown member is a word of a newer program, and not to be passed over.
func decode(b []byte, v any) error { return json.Unmarshal(b, v, json.RejectUnknownMembers(true)) }
