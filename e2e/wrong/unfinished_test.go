package wrong

import (
	"os"
	"path/filepath"
	"testing"

	"ticklake/e2e/program"
)

// TestNewestCutThatIsNotFinishedIsNoProblem takes the file that is written last away, as a kill before it leaves the lake,
// and lets the next owner write it.
func TestNewestCutThatIsNotFinishedIsNoProblem(t *testing.T) {
	t.Parallel()
	p := program.New(t)
	p.Write("prices.csv", "timestamp,symbol,price\n2024-05-17T14:30:00Z,AAPL,189.84\n2024-05-17T14:30:01Z,AAPL,189.85\n")
	again := []string{"up", "--once", "--any-ports", "--dataset", "prices.csv"}
	p.OK(again...)
	verify := []string{"verify", "--data", "data/prices"}
	program.Contains(t, p.OK(verify...), "ticks is whole")

	last, err := filepath.Glob(filepath.Join(p.Dir, "data/prices/s3/buckets/ticklake/curated/ticks/*/*.parquet"))
	if err != nil || len(last) != 1 {
		t.Fatalf("%v, curated files: %v", err, last)
	}
	if err := os.Remove(last[0]); err != nil {
		t.Fatal(err)
	}
	r := p.Run(verify...)
	if r.Code != 4 {
		t.Errorf("exit code %d\n%s", r.Code, r.Err)
	}
	program.Contains(t, r.Out, "0, is not finished: 1 of 2 files; whoever owns the partition completes it from Kafka",
		"ticks is not whole yet: 1 newest cut not finished")

	p.OK(again...)
	program.Contains(t, p.OK(verify...), "ticks is whole")
}
