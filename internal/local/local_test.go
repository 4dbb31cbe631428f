package local

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/scram"
	"go.uber.org/goleak"

	"ticklake/internal/objects"
)

// childDir makes a copy of this test binary the owner of that data directory.
const childDir = "TICKLAKE_TEST_LOCAL_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		d, err := OpenDir(dir, "ticklake up")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println("open")
		_, _ = io.Copy(io.Discard, os.Stdin)
		if err := d.Close(); err != nil {
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m,
		// The S3 server's HTTP library leaves these: a clock, and a cleaner that ends within 10 s.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"),
	)
}

// startOwner is another process that has the directory.
func startOwner(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	cmd.Stderr = os.Stderr
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may be gone already
		_ = cmd.Wait()
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "open\n" {
		t.Fatalf("owner said %q, %v", line, err)
	}
	return cmd
}

func testConfig(dir string) Config {
	return Config{DataDir: dir, Command: "test", Bucket: "lake", AnyPorts: true, Parts: AllParts}
}

func open(t *testing.T, cfg Config) *Server {
	t.Helper()
	s, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// use writes and reads through both servers.
func use(t *testing.T, e Endpoints) {
	t.Helper()
	store, err := objects.S3(objects.Config{
		AWS:      aws.Config{Region: e.Region, Credentials: credentials.NewStaticCredentialsProvider(e.AccessKeyID, e.SecretAccessKey, "")},
		Endpoint: e.S3, Bucket: e.Bucket,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	if err := store.Create(t.Context(), "k", nil, nil); err != nil && !errors.Is(err, objects.ErrExists) {
		t.Error(err)
	}
	if _, err := store.Head(t.Context(), "k"); err != nil {
		t.Error(err)
	}
	cl, err := kgo.NewClient(kgo.SeedBrokers(e.Kafka))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	if _, err := kadm.NewClient(cl).Metadata(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestServersStartTwiceAtTheSamePlaceWithTheSameKey(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data", "market")
	var first Endpoints
	for i := range 3 {
		s := open(t, testConfig(dir))
		e := s.Endpoints()
		use(t, e)
		path, err := s.ObjectPath("lake", "k")
		if err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
		if i == 0 {
			first = e
		}
		if diff := cmp.Diff(first, e); diff != "" {
			t.Errorf("start %d is elsewhere (-first +now):\n%s", i, diff)
		}
		for range 2 {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !regexp.MustCompile(`^AKIA[A-Z2-7]{16}$`).MatchString(first.AccessKeyID) || !regexp.MustCompile(`^[A-Za-z0-9+/]{40}$`).MatchString(first.SecretAccessKey) {
		t.Error("the access key has another form")
	}
	for name, want := range map[string]os.FileMode{".": 0o700, "keys.json": 0o600, "lock": 0o600, "ticklake.json": 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("mode of %s: %v, %v", name, info.Mode(), err)
		}
	}
}

func TestNoLogHasTheSecret(t *testing.T) {
	var log bytes.Buffer
	cfg := testConfig(t.TempDir())
	cfg.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s := open(t, cfg)
	use(t, s.Endpoints())
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(log.String(), s.Endpoints().SecretAccessKey) {
		t.Error("the secret is in the log")
	}
}

func TestAPortThatIsTakenIsReplacedAndTheNewOneKept(t *testing.T) {
	dir := t.TempDir()
	s := open(t, testConfig(dir))
	before := s.Endpoints()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	squatter, err := net.Listen("tcp", before.Kafka)
	if err != nil {
		t.Fatal(err)
	}
	cfg := testConfig(dir)
	told := ""
	cfg.Moved = func(part string, taken, port int) {
		told = fmt.Sprintf("%s from %d to 127.0.0.1:%d", part, taken, port)
	}
	s = open(t, cfg)
	moved := s.Endpoints()
	if want := "kafka from " + before.Kafka[len("127.0.0.1:"):] + " to " + moved.Kafka; told != want {
		t.Errorf("told %q, want %q", told, want)
	}
	if moved.Kafka == before.Kafka || moved.S3 != before.S3 {
		t.Errorf("from %s, %s to %s, %s", before.Kafka, before.S3, moved.Kafka, moved.S3)
	}
	if err := errors.Join(s.Close(), squatter.Close()); err != nil {
		t.Fatal(err)
	}
	s = open(t, testConfig(dir))
	if got := s.Endpoints().Kafka; got != moved.Kafka {
		t.Errorf("it was at %s, now at %s", moved.Kafka, got)
	}
}

func TestAPortThatWasAskedForIsNotReplaced(t *testing.T) {
	squatter, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = squatter.Close() }()
	cfg := testConfig(t.TempDir())
	cfg.Ports.Kafka = squatter.Addr().(*net.TCPAddr).Port
	s, err := Open(t.Context(), cfg)
	if err == nil {
		_ = s.Close()
	}
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("port %d, asked for kafka, is taken", cfg.Ports.Kafka)) {
		t.Errorf("open returned %v", err)
	}
	// What had started before is stopped, so another try works.
	cfg.Ports = Ports{}
	open(t, cfg)
}

func TestASecondOwnerIsRefusedWithTheFirstOnesName(t *testing.T) {
	dir := t.TempDir()
	cmd := startOwner(t, dir)
	_, err := Open(t.Context(), testConfig(dir))
	var in *InUseError
	if !errors.As(err, &in) || !errors.Is(err, ErrInUse) || in.Owner.PID != cmd.Process.Pid || in.Owner.Command != "ticklake up" {
		t.Errorf("open returned %v", err)
	}
	if !strings.Contains(fmt.Sprint(err), fmt.Sprintf("process %d", cmd.Process.Pid)) {
		t.Errorf("its text is %v", err)
	}
	if _, err := OpenDirRead(dir); !errors.Is(err, ErrInUse) {
		t.Errorf("reading beside it returned %v", err)
	}
	// The lock goes with its owner, however that ends.
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	open(t, testConfig(dir))
}

func TestReadersShareADirectoryAtRestAndKeepOwnersOut(t *testing.T) {
	dir := t.TempDir()
	d, err := OpenDir(dir, "test")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	a, err := OpenDirRead(dir)
	if err != nil {
		t.Fatal(err)
	}
	b, err := OpenDirRead(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = OpenDir(dir, "test")
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), "is being read") {
		t.Errorf("an owner got %v", err)
	}
	if live, err := Live(dir); live || err != nil {
		t.Errorf("readers make it live: %v, %v", live, err)
	}
	if err := errors.Join(a.Close(), b.Close()); err != nil {
		t.Fatal(err)
	}
	if d, err = OpenDir(dir, "test"); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

func TestWhatIsNoDataDirectoryIsLeftAlone(t *testing.T) {
	write := func(t *testing.T, path, content string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name string
		make func(t *testing.T, dir string) string
		want string
		is   error
	}{
		{"a file", func(t *testing.T, dir string) string {
			write(t, filepath.Join(dir, "f"), "")
			return filepath.Join(dir, "f")
		}, "there is a file where the directory", nil},
		{"below a file", func(t *testing.T, dir string) string {
			write(t, filepath.Join(dir, "f"), "")
			return filepath.Join(dir, "f", "data")
		}, "there is a file where the directory", nil},
		{"somebody's home", func(t *testing.T, dir string) string {
			write(t, filepath.Join(dir, "thesis.tex"), "")
			return dir
		}, `it has "thesis.tex" in it`, ErrNotData},
		{"a newer version", func(t *testing.T, dir string) string {
			write(t, filepath.Join(dir, "ticklake.json"), `{"format": 2}`)
			return dir
		}, "hint: upgrade ticklake", ErrNewer},
		{"a broken version", func(t *testing.T, dir string) string {
			write(t, filepath.Join(dir, "ticklake.json"), `{"form`)
			return dir
		}, "ticklake.json", nil},
		{"a huge version", func(t *testing.T, dir string) string {
			write(t, filepath.Join(dir, "ticklake.json"), strings.Repeat(" ", 1<<20))
			return dir
		}, "is larger than", nil},
		{"broken ports", func(t *testing.T, dir string) string {
			write(t, filepath.Join(dir, "ticklake.json"), `{"format": 1}`)
			write(t, filepath.Join(dir, "ports.json"), `{"kafka": 99999}`)
			return dir
		}, "port 99999 of kafka", nil},
		{"no key in the key file", func(t *testing.T, dir string) string {
			write(t, filepath.Join(dir, "ticklake.json"), `{"format": 1}`)
			write(t, filepath.Join(dir, "keys.json"), `{}`)
			return dir
		}, "no access key", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := tt.make(t, t.TempDir())
			s, err := Open(t.Context(), testConfig(dir))
			if err == nil {
				_ = s.Close()
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("open returned %v", err)
			}
		})
	}
	if _, err := OpenDirRead(t.TempDir()); !errors.Is(err, ErrNotData) {
		t.Errorf("reading an empty directory returned %v", err)
	}
	if _, err := OpenDirRead(filepath.Join(t.TempDir(), "absent")); !errors.Is(err, ErrNotData) {
		t.Errorf("reading an absent directory returned %v", err)
	}
}

func TestOpenObeysItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s, err := Open(ctx, testConfig(t.TempDir()))
	if err == nil {
		_ = s.Close()
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("open returned %v", err)
	}
}

func TestSomePartsAlone(t *testing.T) {
	cfg := testConfig(t.TempDir())
	cfg.Parts = Parts{Kafka: true}
	s := open(t, cfg)
	if e := s.Endpoints(); e.Kafka == "" || e.S3 != "" || e.Glue != "" || e.Athena != "" || e.STS != "" {
		t.Errorf("%+v", e)
	}
	cfg = testConfig(t.TempDir())
	cfg.Parts = Parts{Athena: true, S3: true}
	if _, err := Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "start all three") {
		t.Errorf("Athena without Glue: %v", err)
	}
}

func TestOffLoopbackEveryServerWantsTheKey(t *testing.T) {
	cfg := testConfig(t.TempDir())
	cfg.Listen = "0.0.0.0"
	if _, err := Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "--advertise HOST") {
		t.Errorf("without a name for others: %v", err)
	}
	cfg.Advertise = "127.0.0.1"
	e := open(t, cfg).Endpoints()
	if !e.KafkaSASL || !strings.HasPrefix(e.Kafka, "127.0.0.1:") || !strings.HasPrefix(e.S3, "http://127.0.0.1:") {
		t.Errorf("%+v", e)
	}
	for _, tt := range []struct {
		name string
		opts []kgo.Opt
		ok   bool
	}{
		{"nobody", nil, false},
		{"the key", []kgo.Opt{kgo.SASL(scram.Auth{User: e.AccessKeyID, Pass: e.SecretAccessKey}.AsSha512Mechanism())}, true},
		{"another", []kgo.Opt{kgo.SASL(scram.Auth{User: e.AccessKeyID, Pass: "other"}.AsSha256Mechanism())}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := kgo.NewClient(append(tt.opts, kgo.SeedBrokers(e.Kafka), kgo.RetryTimeout(time.Second))...)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			if err := c.Ping(ctx); (err == nil) != tt.ok {
				t.Errorf("ping: %v", err)
			}
		})
	}
}

func TestListenAddresses(t *testing.T) {
	for _, tt := range []struct{ listen, advertise, want string }{
		{"", "", ""},
		{"localhost", "", "it is no IP address"},
		{"0.0.0.0:80", "", "it is no IP address"},
		{"::", "", "--advertise HOST"},
		{"[::1]", "", ""},
		{"10.0.0.1", "", ""},
		{"0.0.0.0", "market.example.com", ""},
		{"0.0.0.0", "market.example.com:80", "without a port"},
		{"0.0.0.0", "http://market.example.com", "it is no name"},
		{"0.0.0.0", "fd00::1", ""},
	} {
		c := Config{Listen: tt.listen, Advertise: tt.advertise}
		err := c.resolveListen()
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%q, %q: %v, want %q", tt.listen, tt.advertise, err, tt.want)
		}
	}
}
