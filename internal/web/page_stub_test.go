//go:build !embedui

package web

import (
	"strings"
	"testing"
)

func TestWithoutAPageItSaysHowToBuildOne(t *testing.T) {
	f := serve(t, nil)
	resp, body := f.request("GET", "/", "", nil)
	if resp.StatusCode != 200 || !strings.Contains(string(body), "make build") {
		t.Errorf("%s: %s", resp.Status, body)
	}
	if strings.Contains(string(body), "style") || strings.Contains(string(body), "<script") {
		t.Error("the policy forbids what it has inline")
	}
	for _, path := range []string{"/api", "/api/", "/api/v1", "/api/v1/", "/api/v2/health", "/api/v1/health/x", "/healthz"} {
		resp, body := f.request("GET", path, "", nil)
		if resp.StatusCode != 404 || resp.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %s %s", path, resp.Status, body)
		}
	}
}
