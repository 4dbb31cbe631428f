package awsclient

import (
	"bytes"
	"io"
	"net/http"
	"testing"
	"time"
)

// recorder takes the request in place of a network.
type recorder struct{ request *http.Request }

func (r *recorder) Do(req *http.Request) (*http.Response, error) {
	r.request = req
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
}

func TestBodiesAreOnlyRead(t *testing.T) {
	r := new(recorder)
	body := io.NopCloser(bytes.NewReader([]byte("text")))
	if _, ok := body.(io.WriterTo); !ok {
		t.Fatal("the test's body cannot write itself, and so proves nothing")
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1/", body)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := plainBodies{r}.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if _, ok := r.request.Body.(io.WriterTo); ok {
		t.Error("the body can still write itself")
	}
	if got, err := io.ReadAll(r.request.Body); err != nil || string(got) != "text" {
		t.Errorf("body %q, %v", got, err)
	}
}

func TestRequestWithoutABodyStaysWithoutOne(t *testing.T) {
	r := new(recorder)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := plainBodies{r}.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if r.request.Body != http.NoBody {
		t.Error("it has one")
	}
}

func TestClientGivesUpOnAnAddressThatDoesNotAnswer(t *testing.T) {
	client, release := New(50 * time.Millisecond)
	defer release()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:1/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := client.Do(req); err == nil {
		_ = resp.Body.Close()
		t.Error("it answers")
	}
}
