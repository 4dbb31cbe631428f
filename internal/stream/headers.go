package stream

import "github.com/twmb/franz-go/pkg/kgo"

// Header returns the value of r's last header of that name, as Kafka's own clients do.
func Header(r *kgo.Record, name string) (value []byte, ok bool) {
	for i := len(r.Headers) - 1; i >= 0; i-- {
		if r.Headers[i].Key == name {
			return r.Headers[i].Value, true
		}
	}
	return nil, false
}
