package web

import (
	"net/http"
	"strings"
	"testing"

	"ticklake/e2e/program"
)

// get asks for a path below an address, as somebody or as nobody, and returns the status.
func get(t *testing.T, url, id, secret string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if id != "" {
		req.SetBasicAuth(id, secret)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// TestUpServesThePage has it in `up`, at the place that it says first, until it is left out.
func TestUpServesThePage(t *testing.T) {
	p := program.New(t)
	up := p.Up("--days", "0", "--symbols", "2", "--rate", "100", "--max-age", "3s")
	s := &page{t: t, url: up.Ready.Web}
	program.Eventually(t, "everything is well", s.well)
	lines := strings.Split(up.Log.String(), "\n")
	first := -1
	for i, line := range lines {
		if strings.HasPrefix(line, "Page ") {
			first = i
		}
		if strings.HasPrefix(line, "Kafka ") && (first < 0 || first > i) {
			t.Errorf("the page is not what is told first:\n%s", up.Log)
		}
	}
	up.Stop()

	up = p.Up("--without", "web", "--days", "0", "--symbols", "2")
	if up.Ready.Web != "" || strings.Contains(up.Log.String(), "Page ") {
		t.Errorf("it serves a page at %q that was left out:\n%s", up.Ready.Web, up.Log)
	}

	// The page alone looks at the parts of the one that runs.
	alone := p.Launch("up", "--parts", "web", "--any-ports")
	program.Eventually(t, "it says where it is", func() bool { return strings.Contains(alone.Log.String(), "Page ") })
	_, rest, _ := strings.Cut(alone.Log.String(), "Page ")
	s.url = strings.Fields(rest)[0]
	program.Eventually(t, "everything is well", s.well)
	alone.Stop()
	up.Stop()
}

// TestOffLoopbackThePageWantsTheAccessKey asks it as others on the network would.
func TestOffLoopbackThePageWantsTheAccessKey(t *testing.T) {
	p := program.New(t)
	up := p.Up("--listen", "0.0.0.0", "--advertise", "127.0.0.1", "--days", "0", "--symbols", "2")
	key, secret := up.Ready.AccessKeyID, up.Ready.SecretAccessKey
	for _, path := range []string{"/", "/api/v1/health", "/api/v1/openapi.json"} {
		for _, c := range []struct {
			id, secret string
			want       int
		}{{"", "", 401}, {key, "x", 401}, {"x", secret, 401}, {key, secret, 200}} {
			if got := get(t, up.Ready.Web+path, c.id, c.secret); got != c.want {
				t.Errorf("%s as %q: %d, want %d", path, c.id, got, c.want)
			}
		}
	}
	up.Stop()
}

// TestThePageOfAnUpLooksAtItsOwnParts has another ticklake run in the same place.
func TestThePageOfAnUpLooksAtItsOwnParts(t *testing.T) {
	p := program.New(t)
	other := p.Up("--days", "0", "--symbols", "2")
	up := p.Up("--without", "kafka,feed", "--kafka", other.Ready.Kafka, "--data", "data/second")
	s := &page{t: t, url: up.Ready.Web}
	var h struct{ Endpoints []struct{ Name, URL string } }
	s.ask("GET", "/about", "", &h)
	for _, e := range h.Endpoints {
		want := map[string]string{"Kafka": other.Ready.Kafka, "S3": up.Ready.S3, "Glue": up.Ready.Glue, "Athena": up.Ready.Athena, "Status": up.Ready.Operations}[e.Name]
		if e.URL != want {
			t.Errorf("%s is looked at at %s, not %s", e.Name, e.URL, want)
		}
	}
	if len(h.Endpoints) != 5 {
		t.Errorf("it looks at %+v", h.Endpoints)
	}
	up.Stop()
	other.Stop()
}
