package loopback_test

import (
	"errors"
	"testing"

	"ticklake/internal/local/loopback"
)

func TestOnlyLoopbackAddressesAreTaken(t *testing.T) {
	for addr, want := range map[string]bool{
		"127.0.0.1:1": true, "127.9.9.9:1": true, "localhost:0": true, "[::1]:1": true,
		"0.0.0.0:1": false, ":1": false, "[::]:1": false, "10.0.0.1:1": false, "example.com:1": false, "127.0.0.1.example.com:1": false,
	} {
		if err := loopback.Check(addr); (err == nil) != want || err != nil && !errors.Is(err, loopback.ErrNotLoopback) {
			t.Errorf("%s: %v", addr, err)
		}
	}
	if err := loopback.Check("127.0.0.1"); err == nil {
		t.Error("an address without a port was taken")
	}
}
