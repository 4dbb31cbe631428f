// Package web serves the page, and the JSON and the stream that it lives on. It looks at the pipeline from outside: by
// Kafka, S3, Glue, Athena, and what the parts say of themselves at /status. DESIGN.md says how; openapi.yaml is the contract.
package web

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"ticklake/internal/httpd"
	"ticklake/internal/lake"
	"ticklake/internal/objects"
	"ticklake/internal/stream"
	"ticklake/internal/web/market"
	"ticklake/internal/web/watch"
)

// Operations is a port at which parts tell their status, and what opens it.
type Operations = watch.Operations

// Catalog is what is asked of Glue.
type Catalog = watch.Catalog

// Config says what to look at and whom to serve. A seam that is nil is not known, and its station says so; whoever gave
// one closes it, behind the server.
type Config struct {
	Listen   string       // host:port; 127.0.0.1:8600 if empty
	Listener net.Listener // in place of Listen; it becomes the server's

	Topic, Bucket, Database, Workgroup string

	Cluster    *stream.Cluster
	Store      objects.Store
	Catalog    Catalog
	SQL        SQL
	Operations []Operations
	At         Endpoints

	CutAge      time.Duration // the age at which the sink cuts; 20 s if 0
	Credentials Credentials
	Version     string
	Clients     int          // streams at a time; 256 if 0
	Log         *slog.Logger // nil discards
}

// Endpoints are where things are, to be shown; empty where that is not known.
type Endpoints struct{ Kafka, S3, Glue, Athena, Status string }

const (
	defaultListen  = "127.0.0.1:8600"
	defaultClients = 256
	defaultCutAge  = 20 * time.Second
	// spareConnections are for what is not a stream.
	spareConnections = 256
	// flushEvery is how often changes are told.
	flushEvery = 100 * time.Millisecond
)

// Server is a running server.
type Server struct {
	config   Config
	table    string // the curated one
	run      string // another at each start
	started  time.Time
	loopback bool
	market   *market.Market
	watch    *watch.Watch
	queries  *queries
	letters  letters
	looks    looks
	document []byte
	page     *page
	clients  atomic.Int64
	asks     chan struct{} // a place for each statement of charts, insights and dead letters
	health   encodedHealth

	ctx    context.Context // ends with Close
	stop   context.CancelFunc
	work   sync.WaitGroup
	topics *stream.Topics
	http   *httpd.Server
	once   sync.Once
	closed error
}

// asksAtATime is how many statements run at a time for charts, insights and dead letters.
const asksAtATime = 4

// Open listens and serves until Close. That something which it looks at is away keeps it from nothing.
func Open(ctx context.Context, config Config) (_ *Server, err error) {
	fill(&config)
	s := &Server{
		config: config, table: lake.Curated.Table(config.Topic), run: newRun(), started: time.Now().UTC(),
		asks: make(chan struct{}, asksAtATime),
	}
	listener := config.Listener
	if listener == nil {
		if listener, err = httpd.Listen(ctx, config.Listen); err != nil {
			return nil, fmt.Errorf("serve the page: %w; hint: --listen HOST:PORT names another address", err)
		}
	}
	defer func() {
		if err != nil {
			_ = listener.Close() // it has served nobody
		}
	}()
	if s.document, err = documentJSON(); err != nil {
		return nil, err
	}
	if s.page, err = newPage(); err != nil {
		return nil, err
	}
	s.loopback = httpd.Loopback(listener.Addr().String())
	if err := s.look(); err != nil {
		return nil, err
	}
	s.http = httpd.Serve(listener, httpd.Config{
		Name: "page", Handler: s.Handler(), Connections: config.Clients + spareConnections, Logger: config.Log,
	})
	return s, nil
}

func fill(c *Config) {
	if c.Listen == "" {
		c.Listen = defaultListen
	}
	if c.Clients <= 0 {
		c.Clients = defaultClients
	}
	if c.CutAge <= 0 {
		c.CutAge = defaultCutAge
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
}

func newRun() string {
	var b [6]byte
	_, _ = rand.Read(b[:]) // it never fails
	return hex.EncodeToString(b[:])
}

// look begins to look at everything.
func (s *Server) look() error {
	c := &s.config
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.market = market.New(market.Config{History: history{s}, Log: c.Log})
	s.queries = newQueries(s.ctx, c.SQL)
	w := watch.Config{
		Names: watch.Names{
			Topic: c.Topic, Bucket: c.Bucket, Database: c.Database, Workgroup: c.Workgroup,
			Kafka: c.At.Kafka, S3: c.At.S3, Glue: c.At.Glue, Athena: c.At.Athena,
		},
		Table: s.table, CutAge: c.CutAge, Store: c.Store, Catalog: c.Catalog, Operations: c.Operations, Market: s.market,
		Queries: s.queries.totals, Clients: func() int { return int(s.clients.Load()) }, Log: c.Log,
	}
	if c.SQL != nil {
		w.SQL = c.SQL.Ping
	}
	if c.Cluster != nil {
		topics, err := stream.OpenTopics(*c.Cluster)
		if err != nil {
			s.stop()
			return err
		}
		s.topics, w.Kafka = topics, topics
	}
	s.watch = watch.New(w)
	s.work.Go(func() { s.watch.Run(s.ctx) })
	s.work.Go(s.flush)
	if c.Cluster != nil {
		s.work.Go(s.tail)
	}
	return nil
}

// flush makes changes known, until the end.
func (s *Server) flush() {
	t := time.NewTicker(flushEvery)
	defer t.Stop()
	for {
		select {
		case now := <-t.C:
			s.market.Flush(now)
		case <-s.ctx.Done():
			return
		}
	}
}

// URL is where this machine reaches it.
func (s *Server) URL() string { return s.http.Endpoint() }

// Close ends streams and statements, and stops. It may be called again.
func (s *Server) Close() error {
	s.once.Do(func() {
		s.stop()
		s.closed = s.http.Close()
		s.queries.close()
		s.looks.running.Wait() // those who waited have left
		s.market.Close()
		s.work.Wait()
		if s.topics != nil {
			s.topics.Close()
		}
	})
	return s.closed
}

// Handler serves the API under /api/v1/ and the page.
func (s *Server) Handler() http.Handler { return s.guard(s.routes()) }

var errBusy = errors.New("too many statements run at a time")

// place waits for one among the statements of charts, insights and dead letters.
func (s *Server) place(ctx context.Context) (leave func(), err error) {
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case s.asks <- struct{}{}:
		return func() { <-s.asks }, nil
	case <-t.C:
		return nil, errBusy
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// patience is how long a place is waited for.
const patience = 10 * time.Second
