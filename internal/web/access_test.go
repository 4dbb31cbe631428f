package web

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
)

func TestWhoMayAsk(t *testing.T) {
	key := Credentials{AccessKeyID: "AKIATICKLAKETEST0001", SecretAccessKey: "a-secret/of+tests"}
	for _, test := range []struct {
		name        string
		credentials Credentials
		elsewhere   bool
		host        string
		auth        *Credentials
		header      map[string]string
		method      string
		want        int
	}{
		{name: "on loopback", want: 200},
		{name: "by localhost", host: "localhost:80", want: 200},
		{name: "by IPv6 loopback", host: "[::1]:8600", want: 200},
		{name: "by a name of another site", host: "evil.example", want: 421},
		{name: "by a name that begins as ours does", host: "localhost.evil.example", want: 421},
		{name: "by another machine's address", host: "10.0.0.1:8600", want: 421},
		{name: "without a host", host: " ", want: 421},
		{name: "from our page", header: map[string]string{"Sec-Fetch-Site": "same-origin"}, want: 200},
		{name: "typed by a person", header: map[string]string{"Sec-Fetch-Site": "none"}, want: 200},
		{name: "from another site", header: map[string]string{"Sec-Fetch-Site": "cross-site"}, want: 403},
		{name: "from another port of this machine", header: map[string]string{"Sec-Fetch-Site": "same-site"}, want: 403},
		{name: "with a foreign origin", header: map[string]string{"Origin": "http://evil.example"}, want: 403},
		{name: "with the origin of another port", header: map[string]string{"Origin": "http://127.0.0.1:1"}, want: 403},
		{name: "with the origin of a file", header: map[string]string{"Origin": "null"}, want: 403},
		{name: "elsewhere without credentials", elsewhere: true, want: 403},
		{name: "with the credentials", credentials: key, auth: &key, want: 200},
		{name: "elsewhere with the credentials", credentials: key, elsewhere: true, host: "lake.example:8600", auth: &key, want: 200},
		{name: "elsewhere with the credentials, from another site", credentials: key, elsewhere: true, auth: &key, header: map[string]string{"Sec-Fetch-Site": "cross-site"}, want: 403},
		{name: "with none", credentials: key, want: 401},
		{name: "with another secret", credentials: key, auth: &Credentials{key.AccessKeyID, "x"}, want: 401},
		{name: "with another id", credentials: key, auth: &Credentials{"x", key.SecretAccessKey}, want: 401},
		{name: "with empty ones", credentials: key, auth: &Credentials{}, want: 401},
	} {
		t.Run(test.name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			url := "http://" + l.Addr().String()
			if test.elsewhere {
				l = elsewhere{l}
			}
			f := serve(t, func(c *Config) { c.Listener, c.Credentials = l, test.credentials })
			for _, path := range []string{api + "/health", api + "/queries", api + "/stream", "/"} {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				req.Host = test.host
				for name, value := range test.header {
					req.Header.Set(name, value)
				}
				if test.auth != nil {
					req.SetBasicAuth(test.auth.AccessKeyID, test.auth.SecretAccessKey)
				}
				resp, err := f.client.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				_ = resp.Body.Close()
				want := test.want
				if path == "/" && want == 403 && !test.elsewhere || path == "/" && test.header != nil && test.elsewhere {
					want = 200 // a link to the page may be followed; what it asks is its own
				}
				if resp.StatusCode != want {
					t.Errorf("%s: %s, not %d", path, resp.Status, want)
				}
				for name, value := range map[string]string{"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "frame-ancestors 'none'"} {
					if !strings.Contains(resp.Header.Get(name), value) {
						t.Errorf("%s: %s is %q", path, name, resp.Header.Get(name))
					}
				}
				if policy := resp.Header.Get("Content-Security-Policy"); strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
					t.Errorf("the policy is open: %s", policy)
				}
				if want == 401 && resp.Header.Get("WWW-Authenticate") == "" {
					t.Error("it does not ask for credentials")
				}
			}
		})
	}
}

func TestCredentialsAreNotPrinted(t *testing.T) {
	c := Credentials{"AKID", "open sesame"}
	for _, form := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(form, c); strings.Contains(got, "sesame") {
			t.Errorf("%s prints %s", form, got)
		}
	}
}

func TestWhatAFormCanSendRunsNothing(t *testing.T) {
	f := serve(t, nil)
	for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp"} {
		resp, body := f.request("POST", api+"/queries", `{"sql":"SELECT 1"}`, func(r *http.Request) { r.Header.Set("Content-Type", kind) })
		if resp.StatusCode != http.StatusUnsupportedMediaType {
			t.Errorf("%q: %s: %s", kind, resp.Status, body)
		}
	}
	if asked, _ := f.sql.told(); len(asked) > 0 {
		t.Errorf("these ran: %q", asked)
	}
}

func TestBodiesAreBoundedAndStrict(t *testing.T) {
	f := serve(t, nil)
	for _, test := range []struct {
		name, body string
		want       int
	}{
		{"a field too many", `{"sql":"SELECT 1","x":1}`, 400},
		{"something behind it", `{"sql":"SELECT 1"} {}`, 400},
		{"no JSON", `SELECT 1`, 400},
		{"a list", `["SELECT 1"]`, 400},
		{"too long", `{"sql":"` + strings.Repeat("x", maxBody) + `"}`, 413},
		{"a statement too long", `{"sql":"` + strings.Repeat("x", maxStatement+1) + `"}`, 413},
	} {
		if resp, body := f.request("POST", api+"/queries", test.body, nil); resp.StatusCode != test.want {
			t.Errorf("%s: %s, not %d: %.200s", test.name, resp.Status, test.want, body)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.URL()+api+"/health", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Long", strings.Repeat("x", 40<<10))
	resp, err := f.client.Do(req)
	if err != nil {
		return // the server hangs up before it has read it, and its answer is lost on the way
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a long header: %s", resp.Status)
	}
}
