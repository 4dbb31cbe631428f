package feed_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kfake"

	"ticklake/internal/feed"
	"ticklake/internal/lake"
	"ticklake/internal/objects"
	"ticklake/internal/pipeline"
	"ticklake/internal/sink"
	"ticklake/internal/stream"
	"ticklake/internal/tick"
)

// source is one row of a file, and what must become of it.
type source struct {
	line string // as it stands
	tick string // symbol, time, prices and volume in exact arithmetic, and the rest; "" where it must be dead
}

// anyNumber writes a number in one of the ways in which files have them.
func anyNumber(r *rand.Rand) string {
	digits := func(most int) string {
		b := make([]byte, 1+r.IntN(most))
		for i := range b {
			b[i] = byte('0' + r.IntN(10))
		}
		return string(b)
	}
	s := strings.TrimLeft(digits(11), "0")
	if s == "" {
		s = "0"
	}
	if r.IntN(2) == 0 {
		s += "." + digits(10)
	}
	switch r.IntN(8) {
	case 0:
		s += "e" + strconv.Itoa(r.IntN(6)-3)
	case 1:
		s = "-" + s
	}
	return s
}

// scaled is a number over a scale, exactly; ok is false where a price cannot hold it.
func scaled(text string, scale int64) (exact string, ok bool) {
	v, ok := new(big.Rat).SetString(text)
	if !ok {
		return "", false
	}
	v.Quo(v, new(big.Rat).SetInt64(scale))
	limit := big.NewRat(1_000_000_000, 1)
	return v.RatString(), new(big.Rat).Mul(v, limit).IsInt() && new(big.Rat).Abs(v).Cmp(limit) < 0
}

// sources makes up a file without a header, its prices multiplied by scale, its times on New York's clocks.
func sources(t *testing.T, r *rand.Rand, rows int, scale int64) (all []source) {
	t.Helper()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		at := time.Date(2024, time.Month(1+r.IntN(12)), 1+r.IntN(28), 9+r.IntN(7), r.IntN(60), r.IntN(60), r.IntN(1e9), zone)
		symbol := []string{"A", "BRK.B", "東証", `A "B", C`}[r.IntN(4)]
		price, low := anyNumber(r), anyNumber(r)
		volume := strconv.FormatInt(r.Int64(), 10)
		note := []string{"", `"`, "ü,\\", strconv.Itoa(i)}[r.IntN(4)]
		s := source{line: strings.Join([]string{
			quoted(symbol), at.Format("01/02/2006 15:04:05.000000000"), price, low, volume + ".0", strconv.Itoa(i), quoted(note),
		}, ",")}
		exact, ok := scaled(price, scale)
		exactLow, okLow := scaled(low, scale)
		if ok && okLow {
			s.tick = fmt.Sprintf("%s|%d|%s|%s|%s|id %d|%s", symbol, at.UnixNano(), exact, exactLow, volume, i, note)
		}
		all = append(all, s)
	}
	return all
}

func quoted(s string) string {
	if !strings.ContainsAny(s, `",`) {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// stored is what a lake has: the ticks of its raw and of its curated files, and the texts of its dead letters.
func stored(t *testing.T, store objects.Store) (raw, curated, dead []string) {
	t.Helper()
	describe := func(symbol string, at int64, price, low, volume, extra string) string {
		var more struct{ ID, Note string }
		if err := json.Unmarshal([]byte(extra), &more); err != nil {
			t.Fatalf("%q: %v", extra, err)
		}
		exact, _ := scaled(price, 1)
		exactLow, _ := scaled(low, 1)
		return fmt.Sprintf("%s|%d|%s|%s|%s|id %s|%s", symbol, at, exact, exactLow, volume, more.ID, more.Note)
	}
	for info, err := range store.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		zone, _, _ := strings.Cut(info.Key, "/")
		body := unpacked(t, store, info.Key)
		switch zone {
		case "raw":
			rows, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range rows[1:] {
				at, err := time.Parse(time.RFC3339Nano, row[0])
				if err != nil {
					t.Fatal(err)
				}
				raw = append(raw, describe(row[1], at.UnixNano(), row[2], row[6], row[3], row[10]))
			}
		case "curated":
			err := lake.ReadCurated(bytes.NewReader(body), int64(len(body)), func(r *lake.CuratedRow) error {
				nanos := func(p tick.Price) string { return fmt.Sprintf("%de-9", int64(p)) }
				curated = append(curated, describe(string(r.Tick.Symbol), int64(r.Tick.Timestamp), nanos(r.Tick.Price), nanos(r.Tick.Low.V),
					strconv.FormatInt(r.Tick.Volume.V, 10), string(r.Tick.Extra)))
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		case "dead":
			for line := range strings.Lines(string(body)) {
				var letter struct {
					Text string `json:"value_text"`
				}
				if err := json.Unmarshal([]byte(line), &letter); err != nil {
					t.Fatal(err)
				}
				dead = append(dead, letter.Text)
			}
		}
	}
	return raw, curated, dead
}

func unpacked(t *testing.T, store objects.Store, key string) []byte {
	t.Helper()
	r, _, err := store.Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var from io.Reader = r
	if strings.HasSuffix(key, ".gz") {
		if from, err = gzip.NewReader(r); err != nil {
			t.Fatal(err)
		}
	}
	body, err := io.ReadAll(from)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// TestEveryDigitOfAFileIsInTheLake holds that from a file through Kafka into the lake each price is the number that
// stands in the file, exactly, over the scale, and each time the instant that the clocks showed; and that what cannot be
// so is a dead letter as it stood. It is worked out here in other ways.
func TestEveryDigitOfAFileIsInTheLake(t *testing.T) {
	b, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	for seed, scale := range []int64{1, 10, 10_000, 1_000_000_000} {
		for _, order := range []feed.Order{feed.FileOrder, feed.TimeOrder} {
			t.Run(fmt.Sprintf("scale %d, order %s", scale, order), func(t *testing.T) {
				all := sources(t, rand.New(rand.NewPCG(uint64(seed), 1)), 300, scale)
				store := objects.Memory()
				send(t, b.ListenAddrs(), store, fmt.Sprintf("t-%d-%s", scale, order), feed.DatasetConfig{
					Files: []string{writeRows(t, all)}, Order: order, Mapping: feed.Mapping{
						NoHeader: true, PriceScale: scale, TimeFormat: "%m/%d/%Y %H:%M:%S.%f", TimeZone: "America/New_York",
						Columns: map[string]string{"1": "symbol", "2": "timestamp", "3": "price", "4": "low", "5": "volume", "6": "extra.id", "7": "extra.note"},
					},
				})
				var ticks, bad []string
				for _, s := range all {
					if s.tick == "" {
						bad = append(bad, s.line)
					} else {
						ticks = append(ticks, s.tick)
					}
				}
				if len(ticks) < 50 || len(bad) < 10 {
					t.Fatalf("%d ticks and %d bad rows are no test", len(ticks), len(bad))
				}
				raw, curated, dead := stored(t, store)
				for what, pair := range map[string][2][]string{"raw": {ticks, raw}, "curated": {ticks, curated}, "dead": {bad, dead}} {
					slices.Sort(pair[0])
					slices.Sort(pair[1])
					if d := cmp.Diff(pair[0], pair[1]); d != "" {
						t.Errorf("%s: %s", what, d)
					}
				}
			})
		}
	}
}

func writeRows(t *testing.T, rows []source) string {
	t.Helper()
	var b strings.Builder
	for _, s := range rows {
		b.WriteString(s.line + "\n")
	}
	path := filepath.Join(t.TempDir(), "rows.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// send brings a dataset through Kafka into a store.
func send(t *testing.T, brokers []string, store objects.Store, topic string, c feed.DatasetConfig) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	d, err := feed.OpenDataset(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	p, err := pipeline.Open(ctx, pipeline.Config{
		Cluster: stream.Cluster{Brokers: brokers}, Topic: topic, Store: store, Feed: &feed.Config{Feed: d, Settle: -1},
		Create: &stream.Spec{Partitions: 2, Replication: 1, Retention: -1, RetentionBytes: -1}, Sink: &sink.Config{Granularity: lake.Year},
	})
	if err != nil {
		t.Fatal(err)
	}
	if sum, err := p.Once(ctx); err != nil || sum.Feed.Sent != d.Facts().Rows {
		t.Fatalf("%+v, %v", sum, err)
	}
}
