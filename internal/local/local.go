// Package local is the other side of the pipeline's seams on one machine: a data directory, and the servers that
// keep everything in it. It starts them in order and says where they are; the pipeline gets at them as it would at
// Kafka and AWS.
//
//	DATA/                0700
//	  lock               held while somebody uses the directory; who that is
//	  ticklake.json      the format's version
//	  keys.json          the access key, made at the first start, 0600
//	  ports.json         ports that differ from the defaults
//	  ready.json         where everything is, while `ticklake up` runs, 0600
//	  kafka/ s3/ glue.sqlite athena/      the servers' own
package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"ticklake/internal/local/athena"
	"ticklake/internal/local/athena/duck"
	"ticklake/internal/local/athena/engine"
	"ticklake/internal/local/athena/execution"
	"ticklake/internal/local/awsapi"
	"ticklake/internal/local/glue"
	"ticklake/internal/local/kafka"
	"ticklake/internal/local/s3"
	"ticklake/internal/objects"
)

// Config says what to start.
type Config struct {
	DataDir string // made if absent; relative to the working directory at the time of Open
	Command string // who uses it, for others to read, such as "ticklake up"
	Bucket  string // the lake's; made if absent
	Region  string // us-east-1 if empty
	Logger  *slog.Logger

	// Parts are the servers that are started.
	Parts Parts
	// SQLWorker makes the command of a process that runs SQL for this one, see duck.Config. It may be nil.
	SQLWorker func() *exec.Cmd

	// Listen is the address on which they listen, without a port; 127.0.0.1 if empty. Advertise is the name or address
	// under which others find this machine; Listen if empty. On an address that others can reach, Kafka wants
	// credentials as well: the access key's id and secret, by SASL SCRAM.
	Listen, Advertise string

	// Moved hears of a part whose port was taken, and which listens on another one from now on. It may be nil.
	Moved func(part string, taken, port int)

	// Ports that were asked for must be free. Others are the defaults, or a free one that is then kept for next time.
	Ports Ports
	// AnyPorts takes free ports in place of the defaults.
	AnyPorts bool

	// Committed tells how far the lake has each partition, so that the broker may delete; see kafka.Config.
	Committed   func(topic string, partition int32) (offset int64, ok bool)
	RetainBytes int64 // of log a topic; 1 GiB if 0
}

// Parts says which servers are meant.
type Parts struct{ Kafka, S3, Glue, Athena bool }

// AllParts is every server.
var AllParts = Parts{true, true, true, true}

func (p Parts) check() error {
	switch {
	case p == Parts{}:
		return errors.New("no server is to be started")
	case p.Athena && !(p.S3 && p.Glue):
		return errors.New("athena reads the folder of s3 and the tables of glue: start all three, or none of them")
	}
	return nil
}

// Endpoints is where the servers are and what opens them. A server that was not started has "".
type Endpoints struct {
	Kafka           string // host:port
	KafkaSASL       bool   // it wants the access key, by SASL SCRAM
	S3              string // URLs
	Glue            string
	STS             string
	Athena          string
	Region          string
	AccessKeyID     string
	SecretAccessKey string
	Bucket          string
	DataDir         string // absolute
}

// Server is the running servers on one data directory.
type Server struct {
	cfg       Config
	dir       *Dir
	ports     *portBook
	endpoints Endpoints
	s3        *s3.Server
	store     *objects.S3Store // for what Athena writes
	glue      *glue.Catalog
	kafka     *kafka.Server
	closers   []func() error
	once      sync.Once
	closed    error
}

// Open locks the data directory and starts the servers. From then on until Close the process has another
// working directory (see package s3): make paths absolute before.
func Open(ctx context.Context, cfg Config) (_ *Server, err error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Region == "" {
		cfg.Region = "us-east-1"
	}
	if err := cfg.Parts.check(); err != nil {
		return nil, err
	}
	if err := cfg.resolveListen(); err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.dir, err = OpenDir(cfg.DataDir, cfg.Command); err != nil {
		return nil, err
	}
	s.closers = append(s.closers, s.dir.Close)
	keys, err := s.dir.keys()
	if err != nil {
		return nil, err
	}
	if s.ports, err = s.dir.ports(&cfg); err != nil {
		return nil, err
	}
	s.endpoints = Endpoints{
		Region: cfg.Region, Bucket: cfg.Bucket, DataDir: s.dir.Path(),
		AccessKeyID: keys.AccessKeyID, SecretAccessKey: keys.SecretAccessKey,
	}
	for _, part := range []struct {
		wanted bool
		start  func(context.Context) error
	}{{cfg.Parts.S3, s.startS3}, {cfg.Parts.Glue, s.startGlue}, {cfg.Parts.Athena, s.startAthena}, {cfg.Parts.Kafka, s.startKafka}} {
		if !part.wanted {
			continue
		}
		if err := part.start(ctx); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *Server) startS3(ctx context.Context) error {
	return s.ports.open("s3", func(addr string) (string, error) {
		srv, err := s3.Open(ctx, s3.Config{
			Dir:             filepath.Join(s.dir.Path(), "s3"),
			Buckets:         []string{s.cfg.Bucket},
			AccessKeyID:     s.endpoints.AccessKeyID,
			SecretAccessKey: s.endpoints.SecretAccessKey,
			Region:          s.cfg.Region,
			Listen:          addr,
			Logger:          s.cfg.Logger.With("part", "s3"),
		})
		if err != nil {
			return "", err
		}
		s.s3, s.endpoints.S3 = srv, srv.Endpoint()
		s.closers = append(s.closers, srv.Close)
		return srv.Endpoint()[len("http://"):], nil
	})
}

func (s *Server) startGlue(ctx context.Context) (err error) {
	s.glue, err = glue.Open(ctx, glue.Config{Path: filepath.Join(s.dir.Path(), "glue.sqlite"), Logger: s.cfg.Logger.With("part", "glue")})
	if err != nil {
		return err
	}
	s.closers = append(s.closers, s.glue.Close)
	return s.ports.open("glue", func(addr string) (string, error) {
		srv, err := s.glue.Serve(ctx, glue.ServerConfig{
			Listen: addr, Region: s.cfg.Region, Logger: s.cfg.Logger.With("part", "glue"),
			Keys: awsapi.Credentials{AccessKeyID: s.endpoints.AccessKeyID, SecretAccessKey: s.endpoints.SecretAccessKey},
		})
		if err != nil {
			return "", err
		}
		s.endpoints.Glue, s.endpoints.STS = srv.Endpoint(), srv.Endpoint()
		s.closers = append(s.closers, srv.Close)
		return srv.Endpoint()[len("http://"):], nil
	})
}

// sqlMemory is what a statement may have, in bytes; what needs more spills to the disk where it can.
const sqlMemory = 512 << 20

func (s *Server) startAthena(ctx context.Context) error {
	buckets := filepath.Join(s.dir.Path(), "s3", "buckets")
	state := filepath.Join(s.dir.Path(), "athena")
	duckdb, err := duck.Open(ctx, duck.Config{
		Objects: engine.Folders(buckets), Roots: []string{buckets}, TempDir: filepath.Join(state, "spill"),
		MemoryLimit: sqlMemory, Worker: s.cfg.SQLWorker, Logger: s.cfg.Logger.With("part", "athena"),
	})
	if err != nil {
		return err
	}
	s.closers = append(s.closers, duckdb.Close)
	s.store, err = objects.S3(objects.Config{
		AWS: aws.Config{
			Region:      s.cfg.Region,
			Credentials: credentials.NewStaticCredentialsProvider(s.endpoints.AccessKeyID, s.endpoints.SecretAccessKey, ""),
		},
		Endpoint: s.endpoints.S3, Bucket: s.cfg.Bucket,
	})
	if err != nil {
		return err
	}
	s.closers = append(s.closers, s.store.Close)
	return s.ports.open("athena", func(addr string) (string, error) {
		srv, err := athena.Open(ctx, athena.Config{
			Listen: addr, Region: s.cfg.Region, AccessKeyID: s.endpoints.AccessKeyID, SecretAccessKey: s.endpoints.SecretAccessKey,
			Catalog: athena.Glue(s.glue), Engine: engine.Duck(duckdb), Results: execution.InBucket(s.cfg.Bucket, s.store),
			OutputLocation: s.ResultsLocation(), StateDir: state, Logger: s.cfg.Logger.With("part", "athena"),
		})
		if err != nil {
			return "", err
		}
		s.endpoints.Athena = srv.Endpoint()
		s.closers = append(s.closers, srv.Close)
		return srv.Endpoint()[len("http://"):], nil
	})
}

// ResultsLocation is where Athena writes results.
func (s *Server) ResultsLocation() string { return "s3://" + s.cfg.Bucket + "/results/" }

func (s *Server) startKafka(ctx context.Context) error {
	return s.ports.open("kafka", func(addr string) (string, error) {
		var credentials kafka.Credentials
		if !s.cfg.loopback() {
			credentials = kafka.Credentials{User: s.endpoints.AccessKeyID, Password: s.endpoints.SecretAccessKey}
		}
		srv, err := kafka.Open(ctx, kafka.Config{
			Dir:         filepath.Join(s.dir.Path(), "kafka"),
			Listen:      addr,
			Advertise:   s.cfg.Advertise,
			Credentials: credentials,
			Committed:   s.cfg.Committed,
			RetainBytes: s.cfg.RetainBytes,
			Logger:      s.cfg.Logger.With("part", "kafka"),
		})
		if err != nil {
			return "", err
		}
		s.kafka, s.endpoints.Kafka, s.endpoints.KafkaSASL = srv, srv.Addr(), !s.cfg.loopback()
		s.closers = append(s.closers, srv.Close)
		return srv.Addr(), nil
	})
}

// Endpoints returns where everything is.
func (s *Server) Endpoints() Endpoints { return s.endpoints }

// ObjectPath returns the absolute path of the file that holds an object.
func (s *Server) ObjectPath(bucket, key string) (string, error) { return s.s3.Path(bucket, key) }

// Port chooses the port of a part that somebody else serves, "web" or "operations", by the same rule as
// the servers': open is called with an address and returns the one that it listens on.
func (s *Server) Port(part string, open func(addr string) (string, error)) error {
	return s.ports.open(part, open)
}

// Close stops the servers in reverse order and unlocks the directory. It may be called again.
func (s *Server) Close() error {
	s.once.Do(func() {
		var errs []error
		for _, stop := range slices.Backward(s.closers) {
			errs = append(errs, stop())
		}
		s.closed = errors.Join(errs...)
	})
	return s.closed
}

// inUse tells whether an address was taken.
func inUse(err error) bool { return errors.Is(err, syscall.EADDRINUSE) }

func portOf(addr string) (int, error) {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return 0, fmt.Errorf("address %q: %w", addr, err)
	}
	return strconv.Atoi(port)
}
