package glue

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// writerFile names, in the environment of a copy of the test program, the catalog that it is to write until it is killed.
const writerFile = "TICKLAKE_TEST_GLUE_WRITER"

// TestKilledWriter is the program that TestWhatIsAcknowledgedSurvivesAKill kills: it adds a partition and says so.
func TestKilledWriter(t *testing.T) {
	path := os.Getenv(writerFile)
	if path == "" {
		return // there is nothing to write
	}
	c := open(t, path)
	for i := 0; ; i++ {
		in := &partitionRequest{DatabaseName: "market", TableName: "ticks", PartitionInput: &PartitionInput{Values: []string{time.Now().UTC().Format(time.RFC3339Nano), strconv.Itoa(i)}}}
		if _, err := c.createPartition(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		fmt.Println("added", in.PartitionInput.Values[0])
	}
}

func TestWhatIsAcknowledgedSurvivesAKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c := open(t, path)
	market(t, client(t, serve(t, c), keys))
	added := make(map[string]bool)
	for range 3 {
		for _, value := range killed(t, path, 50) {
			added[value] = true
		}
		list, err := c.Locations(t.Context(), "market", "ticks")
		if err != nil {
			t.Fatal(err)
		}
		there := make(map[string]bool)
		for _, p := range list {
			there[p.Values[0]] = true
		}
		for value := range added {
			if !there[value] {
				t.Errorf("partition %s was acknowledged and is gone", value)
			}
		}
	}
	var verdict string
	if err := c.read.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity: %s %v", verdict, err)
	}
}

// killed runs the writer until it has acknowledged n partitions, kills it, and returns all that it acknowledged.
func killed(t *testing.T, path string, n int) (acknowledged []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestKilledWriter$")
	cmd.Env = append(os.Environ(), writerFile+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var value string
		if _, err := fmt.Sscanf(lines.Text(), "added %s", &value); err != nil {
			continue // the test program's own
		}
		acknowledged = append(acknowledged, value)
		if len(acknowledged) == n {
			if err := cmd.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	_ = cmd.Wait() // it was killed
	if len(acknowledged) < n {
		t.Fatalf("the writer ended by itself after %d partitions", len(acknowledged))
	}
	return acknowledged
}
