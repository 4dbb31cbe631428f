package s3

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"ticklake/internal/objects"
	"ticklake/internal/objects/objectstest"
)

const (
	testKey    = "AKIATICKLAKETEST0001"
	testSecret = "test/secret+of/forty/characters/aaaaaaaa"
)

// childDir makes a copy of this test binary a server of that folder.
const childDir = "TICKLAKE_TEST_S3_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := serveChild(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m,
		// versitygw's HTTP server leaves these: a clock, and a cleaner that ends within 10 s.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"),
	)
}

// serveChild prints its endpoint and serves until its input ends.
func serveChild(dir string) error {
	s, err := Open(context.Background(), testConfig(dir))
	if err != nil {
		return err
	}
	fmt.Println(s.Endpoint())
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	return s.Close()
}

func testConfig(dir string) Config {
	return Config{
		Dir: dir, Buckets: []string{"lake"}, AccessKeyID: testKey, SecretAccessKey: testSecret, Listen: "127.0.0.1:0",
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
}

func open(t testing.TB, change func(*Config)) *Server {
	t.Helper()
	cfg := testConfig(t.TempDir())
	if change != nil {
		change(&cfg)
	}
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

// child is a server in a process of its own, which can be killed.
type child struct {
	cmd      *exec.Cmd
	stdin    io.Closer
	endpoint string
}

func startChild(t testing.TB, dir string) *child {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("server said nothing: %v, %v", err, cmd.Wait())
	}
	c := &child{cmd: cmd, stdin: stdin, endpoint: strings.TrimSpace(line)}
	t.Cleanup(c.kill)
	return c
}

// kill is SIGKILL; the process is reaped.
func (c *child) kill() {
	_ = c.cmd.Process.Kill() // it may be gone already
	_ = c.cmd.Wait()
}

func storeConfig(endpoint, bucket string) objects.Config {
	return objects.Config{
		AWS:      aws.Config{Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider(testKey, testSecret, "")},
		Endpoint: endpoint,
		Bucket:   bucket,
	}
}

func storeOf(t testing.TB, endpoint, bucket string) *objects.S3Store {
	t.Helper()
	store, err := objects.S3(storeConfig(endpoint, bucket))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

func TestTheServerKeepsTheContract(t *testing.T) {
	s := open(t, nil)
	var n atomic.Int32
	objectstest.Run(t, func(t *testing.T) objects.Store {
		bucket := fmt.Sprintf("conformance-%02d", n.Add(1))
		for range 2 { // the second finds it
			if err := objects.EnsureBucket(t.Context(), storeConfig(s.Endpoint(), bucket)); err != nil {
				t.Fatal(err)
			}
		}
		return storeOf(t, s.Endpoint(), bucket)
	})
}

func TestAnObjectIsAFileAtItsPath(t *testing.T) {
	s := open(t, nil)
	store := storeOf(t, s.Endpoint(), "lake")
	if err := store.Create(t.Context(), "raw/ticks/dt=2024-05-17/a b.csv", []byte("x,y\n"), nil); err != nil {
		t.Fatal(err)
	}
	path, err := s.Path("lake", "raw/ticks/dt=2024-05-17/a b.csv")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != "x,y\n" || !filepath.IsAbs(path) {
		t.Errorf("%s holds %q, %v", path, got, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	for _, bad := range [][2]string{{"lake", "../x"}, {"lake", "/etc/passwd"}, {"lake", "a/../../x"}, {"..", "x"}, {"lake/..", "x"}, {"lake", ".sgwtmp/x"}, {"lake", ""}} {
		if p, err := s.Path(bad[0], bad[1]); err == nil {
			t.Errorf("path of %q is %q", bad, p)
		}
	}
}

func TestNothingIsPrinted(t *testing.T) {
	dir := t.TempDir()
	c := startChild(t, dir)
	store := storeOf(t, c.endpoint, "lake")
	// startChild has read the one line that the child itself prints.
	if err := store.Create(t.Context(), "k", []byte("x"), nil); err != nil {
		t.Fatal(err)
	}
	if err := c.stdin.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Wait(); err != nil {
		t.Errorf("clean stop: %v", err)
	}
}

func TestObjectsOutliveTheServer(t *testing.T) {
	dir := t.TempDir()
	for i := range 3 {
		s, err := Open(t.Context(), testConfig(dir))
		if err != nil {
			t.Fatal(err)
		}
		store := storeOf(t, s.Endpoint(), "lake")
		if err := store.Create(t.Context(), fmt.Sprintf("k/%d", i), []byte("x"), objects.Meta{"i": fmt.Sprint(i)}); err != nil {
			t.Error(err)
		}
		n := 0
		for info, err := range store.List(t.Context(), "k/") {
			if err != nil {
				t.Error(err)
			}
			head, err := store.Head(t.Context(), info.Key)
			if err != nil || "k/"+head.Meta["i"] != info.Key {
				t.Errorf("%s: %v, %v", info.Key, head.Meta, err)
			}
			n++
		}
		if n != i+1 {
			t.Errorf("round %d: %d objects", i, n)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("closing again: %v", err)
		}
	}
}

func TestOpenRefusesWhatCannotWork(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"relative folder":  {func(c *Config) { c.Dir = "data" }, "not an absolute path"},
		"no key":           {func(c *Config) { c.SecretAccessKey = "" }, "no access key"},
		"bad bucket":       {func(c *Config) { c.Buckets = []string{"../x"} }, "not a bucket's name"},
		"a file in place":  {func(c *Config) { c.Dir = file }, "not a directory"},
		"nonsense address": {func(c *Config) { c.Listen = "x" }, "address x: missing port"},
	} {
		cfg := testConfig(t.TempDir())
		tt.change(&cfg)
		s, err := Open(t.Context(), cfg)
		if err == nil {
			_ = s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), testSecret) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEveryInterfaceIsServedToWhoHasTheKey(t *testing.T) {
	s := open(t, func(c *Config) { c.Listen = "0.0.0.0:0" })
	if !strings.HasPrefix(s.Endpoint(), "http://127.0.0.1:") {
		t.Errorf("this machine reaches it by %s", s.Endpoint())
	}
	if err := storeOf(t, s.Endpoint(), "lake").Create(t.Context(), "k", nil, nil); err != nil {
		t.Error(err)
	}
	resp, err := plainClient(t).Get(s.Endpoint() + "/lake/k")
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode != 403 {
		t.Errorf("without the key: %d, %v", resp.StatusCode, err)
	}
}

func TestASecondServerInOneProcessIsRefused(t *testing.T) {
	open(t, nil)
	s, err := Open(t.Context(), testConfig(t.TempDir()))
	if err == nil {
		_ = s.Close()
		t.Fatal("it opened")
	}
}

func TestTheSocketMayLieDeep(t *testing.T) {
	deep := filepath.Join(t.TempDir(), strings.Repeat("a-long-name/", 12))
	s := open(t, func(c *Config) { c.Dir = deep })
	if err := storeOf(t, s.Endpoint(), "lake").Create(t.Context(), "k", nil, nil); err != nil {
		t.Error(err)
	}
}

func TestAFolderThatIsOnlyReadStaysAsItIs(t *testing.T) {
	cfg := testConfig(t.TempDir())
	s, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := storeOf(t, s.Endpoint(), "lake").Create(t.Context(), "a/b", []byte("body"), nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	tree := func() (all []string) {
		err := filepath.WalkDir(cfg.Dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := d.Info()
			all = append(all, fmt.Sprint(path, " ", info.Mode(), " ", info.ModTime()))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	before := tree()
	cfg.ReadOnly, cfg.Buckets = true, []string{"lake", "other"}
	if s, err = Open(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	store := storeOf(t, s.Endpoint(), "lake")
	if body, _, err := objects.ReadAll(t.Context(), store, "a/b", 10); err != nil || string(body) != "body" {
		t.Errorf("it holds %q, %v", body, err)
	}
	if err := store.Create(t.Context(), "new", nil, nil); err == nil {
		t.Error("an object was created")
	}
	if err := store.Delete(t.Context(), "a/b"); err == nil {
		t.Error("an object was deleted")
	}
	if _, err := storeOf(t, s.Endpoint(), "other").Head(t.Context(), "a"); !errors.Is(err, objects.ErrNotFound) && !errors.Is(err, objects.ErrNoBucket) {
		t.Errorf("a bucket that is not there: %v", err)
	}
	if diff := cmp.Diff(before, tree()); diff != "" {
		t.Errorf("while it is served (-before +now):\n%s", diff)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(before, tree()); diff != "" {
		t.Errorf("afterwards (-before +now):\n%s", diff)
	}
	cfg.Dir = filepath.Join(cfg.Dir, "nowhere")
	if s, err := Open(t.Context(), cfg); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is not there: %v, %v", s, err)
	}
}
