package pipeline

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// elsewhere is a listener that says that other machines reach it.
type elsewhere struct{ net.Listener }

func (elsewhere) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4zero, Port: 1} }

func TestStatusAndMetricsAreForWhoMayKnow(t *testing.T) {
	right := Credentials{AccessKeyID: "AKIATICKLAKETEST0001", SecretAccessKey: "a-secret/of+tests"}
	for _, tt := range []struct {
		name        string
		credentials Credentials
		elsewhere   bool
		host        string
		auth        *Credentials
		want        int // for /status and /metrics
	}{
		{name: "on loopback", want: 200},
		{name: "by localhost", host: "localhost:80", want: 200},
		{name: "by a name of another site", host: "evil.example", want: 421},
		{name: "by another machine's address", host: "10.0.0.1:8600", want: 421},
		{name: "elsewhere without credentials", elsewhere: true, want: 403},
		{name: "with the credentials", credentials: right, auth: &right, want: 200},
		{name: "elsewhere with the credentials", credentials: right, elsewhere: true, host: "lake.example:8600", auth: &right, want: 200},
		{name: "with none", credentials: right, want: 401},
		{name: "with another secret", credentials: right, auth: &Credentials{right.AccessKeyID, "x"}, want: 401},
		{name: "with another id", credentials: right, auth: &Credentials{"x", right.SecretAccessKey}, want: 401},
		{name: "with empty ones", credentials: right, auth: &Credentials{}, want: 401},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := new(Pipeline) // without a part
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			url := "http://" + l.Addr().String()
			if tt.elsewhere {
				l = elsewhere{l}
			}
			o := p.Operations(l, tt.credentials)
			defer func() {
				if err := o.Close(); err != nil {
					t.Error(err)
				}
			}()
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			get := func(path string) (int, string) {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				req.Host = tt.host
				if tt.auth != nil {
					req.SetBasicAuth(tt.auth.AccessKeyID, tt.auth.SecretAccessKey)
				}
				resp, err := client.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = resp.Body.Close() }()
				body, err := io.ReadAll(resp.Body)
				if err != nil {
					t.Fatal(err)
				}
				if resp.StatusCode == 401 && !strings.HasPrefix(resp.Header.Get("WWW-Authenticate"), "Basic ") {
					t.Error("a browser is not told how to ask for credentials")
				}
				return resp.StatusCode, string(body)
			}
			for _, path := range []string{"/status", "/metrics"} {
				if code, body := get(path); code != tt.want || strings.Contains(body, right.SecretAccessKey) {
					t.Errorf("%s: %d %s", path, code, body)
				}
			}
			if code, _ := get("/healthz"); code != 200 {
				t.Errorf("/healthz: %d", code)
			}
			if code, _ := get("/readyz"); code != 200 {
				t.Errorf("/readyz: %d", code)
			}
			if code, _ := get("/debug/pprof/"); code != 404 {
				t.Errorf("what is not there: %d", code)
			}
		})
	}
}
