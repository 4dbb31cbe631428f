package pipeline

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"ticklake/internal/httpd"
)

// Operations answers for the parts: /status (JSON), /healthz, /readyz and /metrics.
type Operations struct{ server *httpd.Server }

// operationsConnections is how many may ask at a time: people and machines that watch.
const operationsConnections = 64

// Operations serves on listener, which becomes its own, until Close. /healthz and /readyz are everybody's. /status and
// /metrics want the credentials; without any they are for this machine alone, be it asked by a name of its own.
func (p *Pipeline) Operations(listener net.Listener, credentials Credentials) *Operations {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), &metrics{p})
	inside := credentials.guard(httpd.Loopback(listener.Addr().String()))
	mux := http.NewServeMux()
	mux.Handle("GET /status", inside(http.HandlerFunc(p.serveStatus)))
	mux.Handle("GET /metrics", inside(promhttp.HandlerFor(registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4})))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", p.serveReady)
	return &Operations{httpd.Serve(listener, httpd.Config{
		Name: "operations", Handler: mux, Connections: operationsConnections,
		ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, Logger: p.config.Log,
	})}
}

func (p *Pipeline) serveStatus(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(p.Status()) // it fails when the client has gone
}

func (p *Pipeline) serveReady(w http.ResponseWriter, _ *http.Request) {
	status := p.Status()
	if waiting, ready := status.Ready(); !ready {
		http.Error(w, waiting, http.StatusServiceUnavailable)
		return
	}
	_, _ = fmt.Fprintln(w, "ok")
}

// URL is where this machine reaches it.
func (o *Operations) URL() string { return o.server.Endpoint() }

// Close finishes answers under way, and stops serving.
func (o *Operations) Close() error { return o.server.Close() }
