package e2e

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ticklake/e2e/program"
)

// brief is a dataset under the header of the brief; rows are the raw rows that it must become.
func brief(rows int) (file string, want []string) {
	random := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	b.WriteString("Timestamp,Stock Symbol,Price,Volume,Open Price,High Price,Low Price\n")
	sequence := make(map[string]int)
	day := time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range rows {
		symbol := []string{"AAPL", "BRK.B", "東証", `A "B", C`}[random.IntN(4)]
		at := day.AddDate(0, 0, i/20).Format(time.DateOnly)
		price := fmt.Sprintf("%d.%06d", random.IntN(5000), random.IntN(1e6))
		volume := strconv.Itoa(random.IntN(3) * 100)
		sequence[symbol]++
		fmt.Fprintf(&b, "%s,%s,%s,%s.0,%s,%s,\n", at, quoted(symbol), price, volume, price, price)
		short := strings.TrimRight(strings.TrimRight(price, "0"), ".")
		want = append(want, fmt.Sprintf("%sT00:00:00Z,%s,%s,%s,%s,%s,,,,%d,", at, quoted(symbol), short, volume, short, short, sequence[symbol]))
	}
	slices.Sort(want)
	return b.String(), want
}

func quoted(s string) string {
	if !strings.ContainsAny(s, `",`) {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// rawRows reads the rows of all raw files below a data directory, sorted.
func rawRows(t *testing.T, dataDir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dataDir, "s3/buckets/ticklake/raw/ticks/*/*.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(z)
		for first := true; lines.Scan(); first = false {
			if !first {
				rows = append(rows, lines.Text())
			}
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
		_ = f.Close()
	}
	slices.Sort(rows)
	return rows
}

// verified proves that a lake is whole and no sequence broken, and says what is in it.
func verified(t *testing.T, p *program.Place, dir string) (ticks, dead int64) {
	t.Helper()
	var report struct {
		Whole  bool
		Topics []struct {
			Partitions []struct {
				Ticks       int64
				DeadLetters int64 `json:"dead_letters"`
			}
		}
	}
	out := p.OK("verify", "--data", dir, "--sequences", "--output", "json")
	if err := json.Unmarshal([]byte(out), &report); err != nil || !report.Whole {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, topic := range report.Topics {
		for _, partition := range topic.Partitions {
			ticks, dead = ticks+partition.Ticks, dead+partition.DeadLetters
		}
	}
	return ticks, dead
}

// has fails the test unless a lake is whole and holds so much.
func has(t *testing.T, p *program.Place, dir string, wantTicks, wantDead int64) {
	t.Helper()
	if ticks, dead := verified(t, p, dir); ticks != wantTicks || dead != wantDead {
		t.Errorf("%s has %d ticks and %d dead letters, want %d and %d", dir, ticks, dead, wantTicks, wantDead)
	}
}

func TestDatasetIsInTheLakeToTheLastDigit(t *testing.T) {
	p := program.New(t)
	file, want := brief(5000)
	p.Write("prices.csv", file)
	out := p.OK("up", "--once", "--any-ports", "--dataset", "prices.csv")
	program.Contains(t, out, "5,000 rows", "sent 5,000", "5,000 ticks, 0 dead letters")
	if diff := cmp.Diff(want, rawRows(t, filepath.Join(p.Dir, "data/prices"))); diff != "" {
		t.Error(diff)
	}
	has(t, p, "data/prices", 5000, 0)

	out = p.OK("up", "--once", "--any-ports", "--dataset", "prices.csv")
	program.Contains(t, out, "sent 0", "already in Kafka 5,000", "5,000 ticks, 0 dead letters")
	if diff := cmp.Diff(want, rawRows(t, filepath.Join(p.Dir, "data/prices"))); diff != "" {
		t.Error("a second run", diff)
	}
}

func TestPublishedHeader(t *testing.T) {
	p := program.New(t)
	p.Write("index.csv", "Index,Date,Open,High,Low,Close,Adj Close,Volume,CloseUSD\n"+
		"HSI,1986-12-31,2568.300049,2568.300049,2568.300049,2568.300049,2568.300049,0.0,333.87900637\n")
	p.OK("up", "--once", "--any-ports", "--dataset", "index.csv")
	want := []string{`1986-12-31T00:00:00Z,HSI,2568.300049,0,2568.300049,2568.300049,2568.300049,,,1,"{""Adj Close"":""2568.300049"",""CloseUSD"":""333.87900637""}"`}
	if diff := cmp.Diff(want, rawRows(t, filepath.Join(p.Dir, "data/index"))); diff != "" {
		t.Error(diff)
	}
}

const withBadRows = `Timestamp,Stock Symbol,Price,Volume,Open Price,High Price,Low Price
2024-05-17 14:30:00,AAPL,189.84,100,189,190,188
2024-05-17T14:30:00Z,AAPL,"1,189.84",100,1,2,3
2024-05-17T14:30:00Z,AAPL,1.1234567890123,100,1,2,3
2024-05-17T14:30:00Z,AAPL,1,1.5,1,2,3
cut off
2024-05-17T14:30:01Z,AAPL,189.85,100,189,190,188
`

func TestBadRowsAreDeadLetters(t *testing.T) {
	p := program.New(t)
	p.Write("bad.csv", withBadRows)
	r := p.Run("up", "--once", "--any-ports", "--dataset", "bad.csv")
	if r.Code != 0 {
		t.Fatalf("exit code %d\n%s", r.Code, r.Err)
	}
	program.Contains(t, r.Out, "6 rows", "2 ticks, 4 dead letters", "1 with a blank for T, 1 without a zone")
	program.Contains(t, r.Err, "bad.csv:3: column 3 (Price)", "bad.csv:4: column 3 (Price)", "bad.csv:5: column 4 (Volume)", "bad.csv:6:")
	has(t, p, "data/bad", 2, 4)
}

func TestStrictSendsNothingFromTheFirstBadRowOn(t *testing.T) {
	p := program.New(t)
	p.Write("bad.csv", withBadRows)
	r := p.Run("up", "--once", "--strict", "--any-ports", "--dataset", "bad.csv")
	if r.Code != 3 {
		t.Errorf("exit code %d, want 3", r.Code)
	}
	program.Contains(t, r.Err, "bad.csv:3: column 3 (Price)", "--strict")
	has(t, p, "data/bad", 1, 0)
}

func TestKilledAtAnyMomentNothingIsLostOrDoubled(t *testing.T) {
	p := program.New(t)
	file, want := brief(20_000)
	p.Write("prices.csv", file)
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	for range 5 {
		s := p.Start("--dataset", "prices.csv", "--rate", "8000", "--max-records", "900", "--max-idle", "100ms")
		wait := time.Duration(100+random.IntN(900)) * time.Millisecond
		select {
		case <-s.Done:
			t.Fatalf("up has ended: %v\n%s", s.Err, s.Log)
		case <-time.After(wait):
		}
		s.Kill()
	}
	out := p.OK("up", "--once", "--any-ports", "--dataset", "prices.csv")
	program.Contains(t, out, "20,000 ticks, 0 dead letters")
	if diff := cmp.Diff(want, rawRows(t, filepath.Join(p.Dir, "data/prices"))); diff != "" {
		t.Error(diff)
	}
	has(t, p, "data/prices", 20_000, 0)
}

func TestOneOwnerOfADataDirectory(t *testing.T) {
	p := program.New(t)
	file, _ := brief(100)
	p.Write("prices.csv", file)
	s := p.Up("--dataset", "prices.csv")
	r := p.Run("up", "--any-ports", "--dataset", "prices.csv")
	if r.Code != 1 {
		t.Errorf("a second up: exit code %d", r.Code)
	}
	program.Contains(t, r.Err, fmt.Sprintf("process %d", s.Cmd.Process.Pid))
	program.Contains(t, p.OK("status"), "feed   done", "ticks/0")
	program.Eventually(t, "the first cut is made", func() bool { return strings.Contains(p.Run("verify").Out, "ticks is whole") })
	s.Stop()
	has(t, p, "data/prices", 100, 0)
}
