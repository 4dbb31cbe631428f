package local

import (
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

func TestWhoHasAPortIsNamed(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells")
	}
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			if strings.HasPrefix(address, "[") {
				continue // a machine without IPv6
			}
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		if got := portOwner(port); !strings.HasSuffix(got, ", process "+strconv.Itoa(os.Getpid())) {
			t.Errorf("%s: %q", address, got)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if got := portOwner(port); got != "" {
			t.Errorf("%s, which is free: %q", address, got)
		}
	}
}
