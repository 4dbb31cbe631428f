package glue

import (
	"net/http"
	"testing"
)

// httpClient is a client whose connections end with the test.
func httpClient(t *testing.T) *http.Client {
	t.Helper()
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}
