package local

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadyComesBackAndNamesAbsentPartsAsNull(t *testing.T) {
	path := ReadyPath(t.TempDir())
	want := Endpoints{Kafka: "127.0.0.1:9092", S3: "http://127.0.0.1:8601", Region: "us-east-1", AccessKeyID: "a", SecretAccessKey: "s", Bucket: "lake", DataDir: "/d"}.Ready()
	want.Topic = "ticks"
	for range 2 { // the second replaces the first
		if err := WriteReady(path, want); err != nil {
			t.Fatal(err)
		}
	}
	got, err := ReadReady(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	p, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(p, &fields); err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields("kafka kafka_sasl s3 glue athena sts web operations region access_key_id secret_access_key bucket topic database workgroup output_location data_dir pid") {
		v, ok := fields[name]
		if !ok {
			t.Errorf("%s is missing", name)
		}
		if absent := strings.Contains("glue athena sts web operations", name); absent != (v == nil) {
			t.Errorf("%s is %v", name, v)
		}
	}
	if len(fields) != 18 {
		t.Errorf("it has %d fields", len(fields))
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("beside it: %v, %v", entries, err)
	}
	for range 2 {
		if err := RemoveReady(path); err != nil {
			t.Error(err)
		}
	}
}

func TestAReadyFileThatOthersCouldHaveWrittenIsNotRead(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "good")
	if err := WriteReady(good, Ready{DataDir: dir}); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(good, link); err != nil {
		t.Fatal(err)
	}
	open := filepath.Join(dir, "open")
	if err := os.WriteFile(open, []byte(`{"data_dir":"/d"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(dir, "empty")
	if err := os.WriteFile(empty, []byte(`{}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{link, open, empty, dir, filepath.Join(dir, "absent")} {
		if r, err := ReadReady(path); err == nil {
			t.Errorf("%s was read: %+v", path, r)
		}
	}
}

func TestOnlyTheReadyFilesOfTheLivingAreFound(t *testing.T) {
	root := t.TempDir()
	write := func(name, dataDir string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(root, name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := WriteReady(ReadyPath(filepath.Join(root, name)), Ready{DataDir: dataDir, Topic: name}); err != nil {
			t.Fatal(err)
		}
	}
	alive := filepath.Join(root, "alive")
	cmd := startOwner(t, alive)
	write("alive", alive)
	write("copied", alive)
	write("dead", filepath.Join(root, "dead"))
	found, err := FindReady(root)
	if err != nil || len(found) != 1 || found[0].Topic != "alive" {
		t.Errorf("found %+v, %v", found, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if found, err := FindReady(root); err != nil || len(found) != 0 {
		t.Errorf("after its death %+v, %v", found, err)
	}
}
