// Package kafka is the embedded broker: kfake, a broker in Go for tests, made fit to keep data on one machine.
//
//	client ─▶ guard (whole, bounded, known frames only) ─▶ kfake ─▶ Dir
//
// What kfake does not do, this package does or keeps away:
//
//   - A frame reaches kfake only when it is complete, of a known key and version, and within bounds; kfake would allocate
//     any length and die of an unknown key.
//   - Every batch is on disk before it is acknowledged. The lake syncs what it writes, and a log that a power
//     cut had shortened behind the lake's back would stop the pipeline. On two cores and a virtual disk that costs 24% of the
//     highest rate (2.5M records/s of 150 bytes in place of 3.2M, BenchmarkProduce), and 0.4 ms of the 3.7 ms that an
//     acknowledgement takes at 20,000 records/s; on a slow disk more. Config.Lazy leaves it to the kernel: then kill -9
//     still loses nothing, a power cut may.
//   - Records are deleted by Trim alone: never what the lake does not have yet, and never the last one, because
//     kfake would restart an empty partition at offset 0. Retention by time is switched off, requests to delete records are refused.
//   - Start-up reads the whole log (after a kill -9, into memory: 1.3 s and 1 GB of RSS, given back at once, for
//     1 GB), so a topic keeps RetainBytes at most, in segments of 16 MiB.
//   - After a stop that was not clean, kfake has forgotten which batches a producer had sent already. Producer ids of before are
//     refused as fenced, which ends a producer; it starts anew and looks at what is there.
//   - On a disk that is nearly full, producing is refused with a retriable error before kfake can write half a batch.
//
// There is one broker. On loopback it is open to everybody on the machine; anywhere else its clients must prove by SASL
// SCRAM that they know Config.Credentials, and a password never crosses the wire. There is no TLS, and there are no ACLs,
// quotas or share groups.
package kafka

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// ErrLocked says that another broker has the folder.
var ErrLocked = errors.New("folder is in use by another broker")

// Config says where the log is and how it is kept.
type Config struct {
	Dir    string // absolute; made if absent
	Logger *slog.Logger

	// Listen is host:port; 127.0.0.1:9092 if empty, port 0 for any. One that other machines can reach wants Credentials.
	Listen string
	// Advertise is where clients are told to go, as host or host:port: what other machines call this one. It may be left
	// out where that is Listen. Who comes by loopback is told the loopback address in any case.
	Advertise string
	// Credentials are what every client must know, if any; on loopback none are needed.
	Credentials Credentials

	// Lazy leaves syncing to the kernel; see the package comment.
	Lazy bool

	// Committed tells up to which offset (exclusive) the lake has a partition; not ok for what is not the lake's.
	// Without it nothing is ever deleted. It is called every TrimEvery and must not wait for long.
	Committed   func(topic string, partition int32) (offset int64, ok bool)
	RetainBytes int64         // of log a topic; 1 GiB if 0
	TrimEvery   time.Duration // 10 s if 0

	// MinFreeBytes is the space on the disk below which nothing is produced; 64 MiB if 0.
	MinFreeBytes int64

	patience patience // the default if zero
}

// Server is a running broker.
type Server struct {
	cluster   *kfake.Cluster
	guard     *guard
	log       *errorLog
	lock      *flock.Flock
	dir       string
	cfg       Config
	admin     *kgo.Client
	stop      context.CancelFunc
	retention sync.WaitGroup
	once      sync.Once
	closed    error
}

const (
	segmentBytes = 16 << 20
	// kfake's own retention could empty a partition: once in 30 years.
	never = int64(30 * 365 * 24 * 3600 * 1000)

	cleanMark = "stopped-cleanly"
)

// Open starts the broker on the log in cfg.Dir.
func Open(ctx context.Context, cfg Config) (_ *Server, err error) {
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("open kafka broker: %w", err)
	}
	if err := errors.Join(ctx.Err(), os.MkdirAll(cfg.Dir, 0o700)); err != nil {
		return nil, fmt.Errorf("open kafka broker: %w", err)
	}
	s := &Server{dir: cfg.Dir, cfg: cfg, log: &errorLog{log: cfg.Logger}, lock: flock.New(filepath.Join(cfg.Dir, "broker.lock"))}
	if ok, err := s.lock.TryLock(); err != nil {
		return nil, fmt.Errorf("open kafka broker: lock %q: %w", cfg.Dir, err)
	} else if !ok {
		return nil, fmt.Errorf("open kafka broker: %q: %w", cfg.Dir, ErrLocked)
	}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open kafka broker: %w", err), s.lock.Unlock())
	}
	return s, nil
}

func (cfg *Config) check() error {
	if cfg.Listen == "" {
		cfg.Listen = "127.0.0.1:9092"
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.RetainBytes == 0 {
		cfg.RetainBytes = 1 << 30
	}
	if cfg.TrimEvery == 0 {
		cfg.TrimEvery = 10 * time.Second
	}
	if cfg.MinFreeBytes == 0 {
		cfg.MinFreeBytes = 64 << 20
	}
	if cfg.patience == (patience{}) {
		cfg.patience = defaultPatience
	}
	if !filepath.IsAbs(cfg.Dir) {
		return fmt.Errorf("folder %q is not an absolute path", cfg.Dir)
	}
	return errors.Join(cfg.Credentials.check(), cfg.checkAddresses())
}

func (s *Server) start(ctx context.Context) error {
	log := filepath.Join(s.dir, "log")
	unclean, err := begin(s.dir, log)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.cfg.Listen)
	if err != nil {
		return err
	}
	if s.guard, err = newGuard(listener, s.cfg, unclean); err != nil {
		return errors.Join(err, listener.Close())
	}
	opts := []kfake.Opt{
		kfake.Ports(portOf(listener.Addr())),
		kfake.ListenFn(func(string, string) (net.Listener, error) { return s.guard, nil }),
		kfake.WithLogger(s.log),
		kfake.ClusterID(newClusterID()), // of a first start; later ones have it on disk
		kfake.DataDir(log),
		kfake.BrokerConfigs(map[string]string{
			"log.segment.bytes":      strconv.Itoa(segmentBytes),
			"log.cleaner.backoff.ms": strconv.FormatInt(never, 10),
		}),
	}
	if !s.cfg.Lazy {
		opts = append(opts, kfake.SyncWrites())
	}
	if s.cluster, err = kfake.NewCluster(opts...); err != nil {
		return errors.Join(fmt.Errorf("start kfake on %q: %w", log, err), s.guard.Close())
	}
	if unclean {
		debug.FreeOSMemory() // kfake has read the whole log
		s.cfg.Logger.Warn("the broker was not stopped cleanly: producers of before are refused as fenced", "dir", s.dir)
	}
	if s.admin, err = kgo.NewClient(kgo.SeedBrokers(s.Addr()), kgo.Dialer(s.guard.dialInner)); err != nil {
		s.cluster.Close()
		return err
	}
	s.guard.partitions.use(s.admin)
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	if s.cfg.Committed != nil {
		s.retention.Go(func() { s.retain(background) })
	}
	return nil
}

// begin takes the mark of a clean stop away, and tells whether it was missing where there is a log.
func begin(dir, log string) (unclean bool, err error) {
	mark := filepath.Join(dir, cleanMark)
	_, err = os.Stat(filepath.Join(log, "meta.json"))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	err = os.Remove(mark)
	if errors.Is(err, os.ErrNotExist) {
		return true, nil
	}
	return false, errors.Join(err, syncDir(dir))
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// newClusterID is 16 random bytes in Kafka's form.
func newClusterID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Addr is the host:port at which this machine reaches the broker: by loopback where it listens there.
func (s *Server) Addr() string { return near(s.guard.Listener.Addr()) }

// Advertised is the host:port that clients on other machines are told.
func (s *Server) Advertised() string { return s.guard.Addr().String() }

// Close saves all state and stops. It may be called again.
func (s *Server) Close() error {
	s.once.Do(func() {
		s.stop()
		s.retention.Wait()
		s.admin.Close()
		s.log.expect()
		s.cluster.Close()
		err := errors.Join(s.guard.Close(), s.log.failures())
		if err == nil {
			err = os.WriteFile(filepath.Join(s.dir, cleanMark), nil, 0o600)
		}
		if err == nil {
			err = syncDir(s.dir)
		}
		if err = errors.Join(err, s.lock.Unlock()); err != nil {
			s.closed = fmt.Errorf("close kafka broker: %w", err)
		}
	})
	return s.closed
}

// errorLog is kfake's logger. While the broker closes it keeps errors: kfake tells of state that
// it could not save in no other way.
type errorLog struct {
	log     *slog.Logger
	mu      sync.Mutex
	closing bool
	failed  []error
}

// Logf implements kfake.Logger.
func (l *errorLog) Logf(level kfake.LogLevel, format string, args ...any) {
	message := strings.TrimSpace(fmt.Sprintf(format, args...))
	switch level {
	case kfake.LogLevelError:
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.closing {
			l.failed = append(l.failed, errors.New(message))
			return
		}
		l.log.Error("broker", "message", message)
	case kfake.LogLevelWarn:
		l.log.Warn("broker", "message", message)
	default:
		l.log.Debug("broker", "message", message)
	}
}

func (l *errorLog) expect() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closing = true
}

func (l *errorLog) failures() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return errors.Join(l.failed...)
}
