package e2e

import (
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

// day is a file of one symbol's trades on a day, without a header: milliseconds since midnight in New York, prices in
// ten-thousandths; want are the raw rows that it must become, the first with sequence 1.
func day(symbol string, rows int, seed uint64) (file string, want []string) {
	random := rand.New(rand.NewPCG(seed, 2))
	midnight := time.Date(2013, 10, 7, 4, 0, 0, 0, time.UTC)
	var b strings.Builder
	ms := 34_200_000
	for i := range rows {
		ms += random.IntN(1500)
		price := 1_670_000 + random.IntN(20_000)
		volume := 100 * (1 + random.IntN(9))
		conditions := fmt.Sprintf("%x", random.IntN(1<<24))
		fmt.Fprintf(&b, "%d,%d,%d,%s\n", ms, price, volume, conditions)
		at := midnight.Add(time.Duration(ms) * time.Millisecond).Format(time.RFC3339Nano)
		exact := strings.TrimRight(strings.TrimRight(fmt.Sprintf("%d.%04d", price/10_000, price%10_000), "0"), ".")
		want = append(want, fmt.Sprintf(`%s,%s,%s,%d,,,,,USD,%d,"{""conditions"":""%s""}"`, at, symbol, exact, volume, i+1, conditions))
	}
	return b.String(), want
}

// mapped are the flags that read such files.
var mapped = []string{
	"--no-header", "--map", "1=timestamp,2=price,3=volume,4=extra.conditions", "--set", "symbol={file}", "--set", "currency=USD",
	"--price-scale", "10000", "--time-format", "ms_of_day", "--date", "2013-10-07", "--time-zone", "America/New_York",
}

func TestAnyFilesAreInTheLakeToTheLastDigit(t *testing.T) {
	p := program.New(t)
	if err := os.Mkdir(filepath.Join(p.Dir, "trades"), 0o700); err != nil {
		t.Fatal(err)
	}
	var want []string
	for i, symbol := range []string{"SPY", "BAC", "IBM"} {
		file, rows := day(symbol, 700, uint64(i))
		p.Write("trades/"+symbol+".csv", file)
		want = append(want, rows...)
	}
	slices.Sort(want)
	arguments := append([]string{"up", "--once", "--any-ports", "--dataset", "trades/*.csv"}, mapped...)
	program.Contains(t, p.OK(arguments...), "BAC.csv and 2 further files: 2,100 rows, 3 symbols", "2,100 ticks, 0 dead letters")
	if d := cmp.Diff(want, rawRows(t, filepath.Join(p.Dir, "data/trades"))); d != "" {
		t.Error(d)
	}
	program.Contains(t, p.OK(arguments...), "sent 0", "2,100 ticks, 0 dead letters")

	r := p.Run("up", "--once", "--any-ports", "--data", "data/trades", "--dataset", "trades/*.csv", "--no-header", "--map", "1=timestamp,2=price", "--set", "symbol=X", "--time-format", "unix_ms")
	if r.Code != 0 {
		t.Errorf("exit code %d\n%s", r.Code, r.Err)
	}
	program.Contains(t, r.Err, "topic ticks has records of another feed (dataset:", "keeps them apart")
	program.Contains(t, r.Out, "sent 2,100", "4,200 ticks")
}

func TestRowsOfAllFilesComeInTheOrderOfTheirTimes(t *testing.T) {
	p := program.New(t)
	files, names := []string{}, []string{"SPY", "BAC"}
	for i, symbol := range names {
		file, _ := day(symbol, 400, uint64(i))
		p.Write(symbol+".csv", file)
		files = append(files, symbol+".csv")
	}
	arguments := append([]string{"--any-ports", "--dataset", strings.Join(files, ","), "--data", "lake", "--speed", "100000"}, mapped...)
	for range 2 { // some ten minutes pass in some milliseconds, once
		s := p.Start(append(arguments, "--max-idle", "100ms")...)
		s.Kill()
	}
	program.Contains(t, p.OK(append([]string{"up", "--once"}, arguments...)...), "800 ticks, 0 dead letters")
	s := p.Up("--data", "lake", "--without", "feed")
	out := p.OK("query", "--data", "lake", "--output", "csv", "SELECT count(*) AS n, count_if(at < before) AS back FROM (SELECT timestamp_ns AS at, lag(timestamp_ns) OVER (ORDER BY kafka_offset) AS before FROM ticks) t")
	if out != "n,back\n800,0\n" {
		t.Error(out)
	}
	s.Stop()
}

func TestRowsThatAreSentAgainContinueTheirSequences(t *testing.T) {
	p := program.New(t)
	file, first := brief(6000)
	p.Write("prices.csv", file)
	program.Contains(t, p.OK("up", "--once", "--any-ports", "--dataset", "prices.csv"), "6,000 ticks")
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	for range 4 { // a run takes five seconds: each goes on where the one before was killed
		s := p.Start("--dataset", "prices.csv", "--again", "--rate", "1200", "--max-records", "300", "--max-idle", "100ms")
		select {
		case <-s.Done:
			t.Fatalf("up has ended: %v\n%s", s.Err, s.Log)
		case <-time.After(time.Duration(200+random.IntN(800)) * time.Millisecond):
		}
		s.Kill()
	}
	program.Contains(t, p.OK("up", "--once", "--any-ports", "--dataset", "prices.csv", "--again"), "Run       2 of these rows", "12,000 ticks, 0 dead letters")
	has(t, p, "data/prices", 12_000, 0)
	if d := cmp.Diff(twice(t, first), rawRows(t, filepath.Join(p.Dir, "data/prices"))); d != "" {
		t.Error(d)
	}
	program.Contains(t, p.OK("up", "--once", "--any-ports", "--dataset", "prices.csv"), "sent 0")
}

// twice is rows and the same once more, with the numbers that follow.
func twice(t *testing.T, rows []string) []string {
	t.Helper()
	name := func(row string) string {
		rest := row[len("2019-01-01T00:00:00Z,"):]
		for _, s := range []string{"AAPL", "BRK.B", "東証", `"A ""B"", C"`} {
			if strings.HasPrefix(rest, s+",") {
				return s
			}
		}
		t.Fatal(row)
		return ""
	}
	counts := make(map[string]int)
	for _, row := range rows {
		counts[name(row)]++
	}
	all := slices.Clone(rows)
	for _, row := range rows {
		at := strings.LastIndex(row[:len(row)-1], ",") + 1
		n, err := strconv.Atoi(row[at : len(row)-1])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprintf("%s%d,", row[:at], n+counts[name(row)]))
	}
	slices.Sort(all)
	return all
}

func TestProduceTellsProgramsWhatItSent(t *testing.T) {
	p := program.New(t)
	p.Write("prices.csv", withBadRows)
	s := p.Up("--without", "feed", "--data", "lake")
	for i, want := range []string{`{"run":1,"read":6,"sent":6,"skipped":0,"bad":4}`, `{"run":1,"read":6,"sent":0,"skipped":6,"bad":4}`, `{"run":2,"read":6,"sent":6,"skipped":0,"bad":4}`} {
		arguments := []string{"produce", "--data", "lake", "--dataset", "prices.csv", "--output", "json"}
		if i == 2 {
			arguments = append(arguments, "--again")
		}
		var got struct {
			Run     int64 `json:"run"`
			Read    int64 `json:"read"`
			Sent    int64 `json:"sent"`
			Skipped int64 `json:"skipped"`
			Bad     int64 `json:"bad"`
		}
		if err := json.Unmarshal([]byte(p.OK(arguments...)), &got); err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		if string(text) != want {
			t.Errorf("%s, want %s", text, want)
		}
	}
	s.Stop()
}
