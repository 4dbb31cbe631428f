package stream

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

func TestTheLastHeaderOfANameCounts(t *testing.T) {
	r := &kgo.Record{Headers: []kgo.RecordHeader{{Key: "feed", Value: []byte("a")}, {Key: "x"}, {Key: "feed", Value: []byte("b")}}}
	if v, ok := Header(r, "feed"); string(v) != "b" || !ok {
		t.Errorf("feed is %q, %v", v, ok)
	}
	if v, ok := Header(r, "x"); v != nil || !ok {
		t.Errorf("x is %q, %v", v, ok)
	}
	if v, ok := Header(r, "Feed"); v != nil || ok {
		t.Errorf("Feed is %q, %v", v, ok)
	}
}
