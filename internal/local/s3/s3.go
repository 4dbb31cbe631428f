// Package s3 serves buckets over the S3 protocol from a folder: every object is a plain file under its key, so
// that the SQL engine next door reads it from disk. The protocol, signatures and file handling are
// versitygw's; this package puts a guard before it and durability beneath it:
//
//	client ─▶ guard (bounds, time-outs, what is not served is refused by name) ─▶ versitygw ─▶ durable ─▶ files
//
// Versitygw trusts whoever has the key. What would do harm all the same is stopped before it (upload IDs that are paths,
// forms that it reads before it knows from whom, frames and documents that grow: refuse.go, framing.go, document.go) or
// beneath it (links, attributes that no disk takes, failures that it does not look at: plain.go, durable.go).
//
// An object becomes visible only when its bytes and user metadata are on disk and as long as was announced, and
// a PUT is acknowledged only when the folders that lead to it are on disk, too. The exception is CopyObject: the copy
// is on disk when acknowledged, but may be seen before.
//
// versitygw changes the working directory of the whole process and runs once in it. Open therefore wants an absolute
// path, refuses a second server, and Close changes back.
package s3

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
	"github.com/versity/versitygw/s3api"

	"ticklake/internal/httpd"
	"ticklake/internal/objects"
)

// Config says what to serve, where and to whom.
type Config struct {
	Dir             string   // absolute; made if absent
	Buckets         []string // made if absent
	AccessKeyID     string
	SecretAccessKey string
	Region          string // us-east-1 if empty
	Listen          string // host:port; 127.0.0.1:8601 if empty, port 0 for any
	ReadOnly        bool   // Dir is only read, as where it lies on a disk that cannot be written; Buckets are not looked at
	Logger          *slog.Logger

	disk disk // how a test sees or breaks what reaches the disk
}

// Bounds on what a client may take. Objects are bounded as S3 bounds them.
const (
	maxConnections = 512
	maxHeaderBytes = 8 << 10
	maxObjectBytes = 5 << 30
)

// Server is a running S3 endpoint.
type Server struct {
	root    string // buckets are its folders
	http    *httpd.Server
	stop    context.CancelFunc
	forward *http.Transport
	gateway chan error // versitygw's end
	cwd     string
	socket  string
	once    sync.Once
	closed  error
}

// Open serves until Close. Object files are under Dir/buckets.
func Open(ctx context.Context, cfg Config) (_ *Server, err error) {
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("open s3 server: %w", err)
	}
	s := &Server{root: filepath.Join(cfg.Dir, "buckets"), gateway: make(chan error, 1)}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("open s3 server: %w", err)
	}
	if s.cwd, err = os.Getwd(); err != nil {
		return nil, fmt.Errorf("open s3 server: %w", err)
	}
	if err := prepare(s.root, cfg); err != nil {
		return nil, fmt.Errorf("open s3 server: %w", err)
	}
	listener, err := httpd.Listen(ctx, cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("open s3 server: %w", err)
	}
	if err := s.startGateway(ctx, cfg); err != nil {
		return nil, errors.Join(fmt.Errorf("open s3 server: %w", err), listener.Close())
	}
	s.http = httpd.Serve(listener, httpd.Config{
		Name: "s3", Handler: newGuard(s.forward, s.root, cfg.AccessKeyID, cfg.Logger), Connections: maxConnections,
		HeaderBytes: maxHeaderBytes, Logger: cfg.Logger,
	})
	return s, nil
}

func (cfg *Config) check() error {
	if cfg.Region == "" {
		cfg.Region = "us-east-1"
	}
	if cfg.Listen == "" {
		cfg.Listen = "127.0.0.1:8601"
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.disk == nil {
		cfg.disk = realDisk{}
	}
	if !filepath.IsAbs(cfg.Dir) {
		return fmt.Errorf("folder %q is not an absolute path", cfg.Dir)
	}
	if cfg.AccessKeyID == "" || cfg.SecretAccessKey == "" {
		return errors.New("no access key")
	}
	for _, b := range cfg.Buckets {
		if err := checkBucket(b); err != nil {
			return err
		}
	}
	return nil
}

// prepare makes the folders and removes what an unclean stop has left of uploads under way.
func prepare(root string, cfg Config) error {
	if cfg.ReadOnly {
		info, err := os.Stat(root)
		if err == nil && !info.IsDir() {
			err = syscall.ENOTDIR
		}
		return err
	}
	if err := os.MkdirAll(root, 0o700); err != nil {
		return err
	}
	if err := (meta.XattrMeta{}).Test(root); err != nil {
		return fmt.Errorf("folder %q: %w (hint: choose a data directory on ext4, xfs, btrfs or tmpfs)", root, err)
	}
	for _, b := range cfg.Buckets {
		if err := os.Mkdir(filepath.Join(root, b), 0o700); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
		leftovers, err := os.ReadDir(filepath.Join(root, b, posix.MetaTmpDir))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		for _, f := range leftovers {
			if f.Type().IsRegular() {
				if err := os.Remove(filepath.Join(root, b, posix.MetaTmpDir, f.Name())); err != nil {
					return err
				}
			}
		}
	}
	// The folders' own entries, from the data directory down.
	for _, dir := range []string{filepath.Dir(cfg.Dir), cfg.Dir, root} {
		if err := cfg.disk.syncDir(dir); err != nil {
			return err
		}
	}
	return nil
}

// startGateway runs versitygw on a Unix socket that only this user can reach, until s.stop.
func (s *Server) startGateway(ctx context.Context, cfg Config) error {
	socket, err := socketPath(cfg)
	if err != nil {
		return err
	}
	s.socket = socket
	// A version of the server that was killed leaves its socket.
	if err := os.Remove(socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	opts := posix.PosixOpts{
		CopyObjectThreshold: maxObjectBytes, // with 0 every copy would be refused
		ForceNoObjLockFile:  true,           // one server a process, one process a data directory
		ValidateBucketNames: true,
		IOBufferSize:        64 << 10,
	}
	opts.SetNewDirPerm(0o700)
	opts.SetNewFilePerm(0o600)
	files, err := posix.New(s.root, meta.XattrMeta{}, opts)
	if err != nil {
		return errors.Join(err, s.removeSocket())
	}
	ready := make(chan struct{})
	gatewayCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	go func() {
		s.gateway <- embedgw.RunVersityGW(gatewayCtx, newDurable(files, s.root, cfg.disk, cfg.Logger), &embedgw.Config{
			RootUserAccess:    cfg.AccessKeyID,
			RootUserSecret:    cfg.SecretAccessKey,
			Region:            cfg.Region,
			Ports:             []string{socket},
			SocketPerm:        "0600",
			MaxConnections:    2 * maxConnections,
			MaxRequests:       2 * maxConnections,
			MultipartMaxParts: 10_000,
			Quiet:             true,
			KeepAlive:         true,
			DisableACLs:       true,
			Readonly:          cfg.ReadOnly,
			IAMService:        newOneAccount(cfg.AccessKeyID, cfg.SecretAccessKey),
			S3Options:         []s3api.Option{s3api.WithOnListen(func() { close(ready) })},
		})
	}()
	// It comes up at once or not at all. Stopped before it serves, it would serve for ever.
	select {
	case <-ready:
	case err := <-s.gateway:
		stop()
		return errors.Join(fmt.Errorf("start versitygw: %w", err), s.removeSocket(), os.Chdir(s.cwd))
	}
	s.forward = gatewayTransport(socket)
	if err := s.probe(); err != nil {
		stop()
		return errors.Join(err, <-s.gateway, s.removeSocket(), os.Chdir(s.cwd))
	}
	return nil
}

// probe waits for the gateway's first answer, whatever that is.
func (s *Server) probe() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://gateway/", nil)
	if err != nil {
		return err
	}
	resp, err := s.forward.RoundTrip(req)
	if err != nil {
		return fmt.Errorf("start versitygw: %w", err)
	}
	return resp.Body.Close()
}

// socketPath stays below the 104 bytes that a Unix socket's name may have everywhere.
func socketPath(cfg Config) (string, error) {
	if cfg.ReadOnly { // others may read the folder meanwhile
		folder, err := os.MkdirTemp("", "ticklake-") // 0700
		return filepath.Join(folder, "gateway.sock"), err
	}
	if p := filepath.Join(cfg.Dir, "gateway.sock"); len(p) < 100 {
		return p, nil
	}
	sum := sha256.Sum256([]byte(cfg.Dir))
	folder := filepath.Join(os.TempDir(), fmt.Sprintf("ticklake-%d-%x", os.Getuid(), sum[:6]))
	if err := os.Mkdir(folder, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return "", err
	}
	info, err := os.Lstat(folder)
	if err != nil {
		return "", err
	}
	if !info.IsDir() || info.Mode().Perm() != 0o700 {
		return "", fmt.Errorf("%q is not a folder of this user alone", folder)
	}
	return filepath.Join(folder, "gateway.sock"), nil
}

// removeSocket removes the socket, and the folder that was made for it.
func (s *Server) removeSocket() error {
	err := os.Remove(s.socket)
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	if dir := filepath.Dir(s.socket); dir != filepath.Dir(s.root) {
		err = errors.Join(err, os.Remove(dir))
	}
	return err
}

// Endpoint is the URL by which this machine reaches the server.
func (s *Server) Endpoint() string { return s.http.Endpoint() }

// Path returns the absolute path of the file that holds an object, whether it is there or not.
func (s *Server) Path(bucket, key string) (string, error) {
	return Path(filepath.Dir(s.root), bucket, key)
}

// Path is Server.Path for the folder of a server that need not run.
func Path(dir, bucket, key string) (string, error) {
	if err := checkBucket(bucket); err != nil {
		return "", err
	}
	if err := checkKey(key); err != nil {
		return "", err
	}
	return filepath.Join(dir, "buckets", bucket, filepath.FromSlash(key)), nil
}

var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

func checkBucket(name string) error {
	if !bucketName.MatchString(name) || strings.Contains(name, "..") {
		return fmt.Errorf("%.80q is not a bucket's name, which is 3 to 63 of a-z, 0-9, dot and dash", name)
	}
	return nil
}

// checkKey is the contract's rule, less the names that versitygw keeps for itself.
func checkKey(key string) error {
	if err := objects.CheckKey(key); err != nil {
		return err
	}
	if slices.Contains(strings.Split(key, "/"), posix.MetaTmpDir) {
		return fmt.Errorf("key %.80q has the part %q, which the server needs: %w", key, posix.MetaTmpDir, objects.ErrInvalid)
	}
	return nil
}

// Close finishes requests under way for up to 5 s, then breaks them off. It may be called again.
func (s *Server) Close() error {
	s.once.Do(func() {
		errs := []error{s.http.Close()}
		s.forward.CloseIdleConnections()
		s.stop()
		if err := <-s.gateway; !errors.Is(err, context.Canceled) {
			errs = append(errs, err)
		}
		errs = append(errs, s.removeSocket(), os.Chdir(s.cwd))
		s.closed = errors.Join(errs...)
	})
	return s.closed
}
