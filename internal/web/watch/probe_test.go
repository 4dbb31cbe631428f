package watch

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func decode(text string, into any) error { return json.Unmarshal([]byte(text), into) }

func TestAProbeThatFailsAsksEverMoreSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		began := time.Now()
		var mu sync.Mutex
		var asked []time.Duration
		var away atomic.Bool
		away.Store(true)
		var p probe
		done := make(chan struct{})
		go func() {
			defer close(done)
			p.every(ctx, time.Second, time.Minute, func(context.Context) error {
				mu.Lock()
				asked = append(asked, time.Since(began)/time.Second)
				mu.Unlock()
				if away.Load() {
					return errors.New("away")
				}
				return nil
			})
		}()
		time.Sleep(30 * time.Second)
		synctest.Wait()
		mu.Lock()
		if diff := cmp.Diff([]time.Duration{0, 1, 2, 3, 5, 8, 12, 17, 23, 30}, asked); diff != "" {
			t.Error(diff)
		}
		mu.Unlock()
		got := p.get()
		if !got.Broken() || !got.Since.Equal(began) || got.Tries != 10 || !got.Next.After(time.Now()) {
			t.Errorf("%+v", got)
		}
		away.Store(false)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if got := p.get(); got.Broken() || got.OK.IsZero() || got.Err != nil {
			t.Errorf("%+v", got)
		}
		stop()
		<-done
	})
}

func TestPartsThatRunAloneAreOneStatus(t *testing.T) {
	answers := map[string]string{
		"/feed":  `{"feed":{"state":"sending","rate":5},"sink":null,"crawl":null}`,
		"/one":   `{"feed":null,"sink":{"state":"running","memory":1,"partitions":[{"partition":0,"state":"collecting"}]}}`,
		"/other": `{"sink":{"state":"running","memory":2,"partitions":[{"partition":1,"state":"cutting"}]},"crawl":{"state":"watching"}}`,
		"/none":  `no JSON`,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, secret, ok := r.BasicAuth(); r.URL.Path == "/feed/status" && (!ok || user != "id" || secret != "secret") {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte(answers[r.URL.Path[:len(r.URL.Path)-len("/status")]]))
	}))
	defer server.Close()
	ports := []Operations{{server.URL + "/feed", "id", "secret"}, {URL: server.URL + "/one"}, {URL: server.URL + "/other"}}
	st, err := statuses(t.Context(), server.Client(), ports)
	if err != nil || st.Feed == nil || st.Crawl == nil || len(st.Sink.Partitions) != 2 || st.Sink.Memory != 3 {
		t.Errorf("%+v, %v", st, err)
	}
	ports = append(ports, Operations{URL: server.URL + "/none"})
	st, err = statuses(t.Context(), server.Client(), ports)
	if err == nil || st.Feed == nil {
		t.Errorf("one that cannot be read: %+v, %v", st, err)
	}
	if _, err := statuses(t.Context(), server.Client(), []Operations{{URL: server.URL + "/feed"}}); err == nil {
		t.Error("it answers without credentials")
	}
}

func TestRatesAreOfTheLastSeconds(t *testing.T) {
	var r []reading
	for i := range int64(20) {
		n := i * 100
		if i >= 10 {
			n = 1000 + (i-10)*10
		}
		r = note(r, now.Add(time.Duration(i)*time.Second), n)
	}
	if got := rate(r); got != 10 {
		t.Errorf("%v a second", got)
	}
	if rate(nil) != 0 || rate(r[:1]) != 0 {
		t.Error("there is a rate of nothing")
	}
}
