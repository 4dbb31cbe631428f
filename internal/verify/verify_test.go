package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"

	"ticklake/internal/lake"
	"ticklake/internal/objects"
)

// built is a lake of two cuts of partition 3, with ticks of two symbols and a dead letter.
type built struct {
	store *objects.MemoryStore
	cuts  []*lake.Cut
}

func build(t *testing.T) *built {
	t.Helper()
	b := &built{store: objects.Memory()}
	layout := lake.NewLayout("ticks", lake.Day)
	offset := int64(10)
	for n := range int64(2) {
		batch := lake.NewBatch(layout, 3, offset)
		for range 10 {
			value := fmt.Sprintf(`{"timestamp":"2024-05-%02dT14:30:00.%09dZ","symbol":"S%d","price":1.5,"sequence":%d}`, 15+offset%2, offset, offset%2, offset/2)
			if offset == 14 {
				value = "no tick"
			}
			batch.Add(&lake.Record{Offset: offset, Timestamp: 1715956201000, Value: []byte(value)})
			offset++
		}
		cut := batch.Cut(n)
		cut.Cluster, cut.TopicID = "cluster", "topic"
		b.cuts = append(b.cuts, cut)
		b.putCut(t, cut)
		for _, f := range cut.Files {
			body, err := batch.Encode(new(lake.Encoder), cut, f)
			if err != nil {
				t.Fatal(err)
			}
			b.put(t, f.Key, body, cut.Meta(f))
		}
	}
	return b
}

func (b *built) put(t *testing.T, key string, body []byte, meta objects.Meta) {
	t.Helper()
	if err := b.store.Delete(context.Background(), key); err != nil {
		t.Fatal(err)
	}
	if err := b.store.Create(context.Background(), key, body, meta); err != nil {
		t.Fatal(err)
	}
}

func (b *built) putCut(t *testing.T, cut *lake.Cut) {
	t.Helper()
	body, err := cut.Encode()
	if err != nil {
		t.Fatal(err)
	}
	b.put(t, lake.CutKey(cut.Topic, cut.Partition, cut.Cut), body, nil)
}

// change rewrites an object and keeps its metadata.
func (b *built) change(t *testing.T, key string, f func([]byte) []byte) {
	t.Helper()
	body, info, err := objects.ReadAll(context.Background(), b.store, key, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	b.put(t, key, f(body), info.Meta)
}

// rewritten replaces text in a gzip file.
func rewritten(t *testing.T, old, with string) func([]byte) []byte {
	return func(body []byte) []byte {
		z, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(text, []byte(old)) {
			t.Fatalf("no %q in %q", old, text)
		}
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		if _, err := w.Write(bytes.Replace(text, []byte(old), []byte(with), 1)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
}

func (b *built) verify(t *testing.T) *Topic {
	t.Helper()
	report, err := Run(context.Background(), b.store, "", Patience{})
	if err != nil {
		t.Fatal(err)
	}
	return &report.Topics[0]
}

func TestWholeLakeIsWhole(t *testing.T) {
	topic := build(t).verify(t)
	if diff := cmp.Diff([]Problem{}, topic.Problems); diff != "" {
		t.Error(diff)
	}
	p := topic.Partitions[0]
	p.Bytes = 0
	if diff := cmp.Diff(Partition{Partition: 3, Cuts: 2, From: 10, To: 30, Records: 20, Ticks: 19, DeadLetters: 1, Files: 9}, p); diff != "" {
		t.Error(diff)
	}
	want := Sequences{Symbols: 2, Ticks: 19, Missing: 1, Gaps: []Gap{{"S0", 7, 7}}} // of the dead letter
	if diff := cmp.Diff(want, topic.Sequences); diff != "" {
		t.Error(diff)
	}
}

// TestDamageIsFound damages one thing after another.
func TestProgressIsOfTheBytesThatAreRead(t *testing.T) {
	b := build(t)
	var so Progress
	report, err := Watched(t.Context(), b.store, "", Patience{}, &so)
	if err != nil {
		t.Fatal(err)
	}
	read, all := so.Bytes()
	if want := report.Topics[0].Totals().Bytes; read != want || all != want || want == 0 {
		t.Errorf("%d of %d bytes, want %d", read, all, want)
	}
}

func TestDamageIsFound(t *testing.T) {
	const (
		raw     = "raw/ticks/dt=2024-05-15/ticks-00003-0000000000.csv.gz"
		dead    = "dead/ticks/dt=2024-05-17/ticks-00003-0000000000.jsonl.gz"
		curated = "curated/ticks/dt=2024-05-15/ticks-00003-0000000000.parquet"
		newest  = "curated/ticks/dt=2024-05-15/ticks-00003-0000000001.parquet"

		firstOfNewest = "raw/ticks/dt=2024-05-15/ticks-00003-0000000001.csv.gz"
	)
	ctx := context.Background()
	for _, tt := range []struct {
		name   string
		damage func(t *testing.T, b *built)
		where  string
		what   string
	}{
		{"a raw file is gone", func(_ *testing.T, b *built) { _ = b.store.Delete(ctx, raw) }, raw, "4 rows of cut 0 are missing"},
		{"a curated file is gone", func(_ *testing.T, b *built) { _ = b.store.Delete(ctx, curated) }, curated, "are missing"},
		{"a dead letter is gone", func(_ *testing.T, b *built) { _ = b.store.Delete(ctx, dead) }, dead, "1 rows of cut 0 are missing"},
		{"the newest cut lacks a file that is written before another", func(_ *testing.T, b *built) {
			_ = b.store.Delete(ctx, firstOfNewest)
		}, firstOfNewest, "rows of cut 1 are missing"},
		{"a price has changed", func(t *testing.T, b *built) { b.change(t, raw, rewritten(t, ",1.5,", ",1.6,")) }, raw, "crc32c"},
		{"a row is gone", func(t *testing.T, b *built) {
			b.change(t, raw, rewritten(t, "2024-05-15T14:30:00.00000001Z,S0,1.5,,,,,,,5,\n", ""))
		}, raw, "3 rows with crc32c"},
		{"a row is no row", func(t *testing.T, b *built) { b.change(t, raw, rewritten(t, ",1.5,", ",1.5")) }, raw, "eleven fields"},
		{"a header is none", func(t *testing.T, b *built) { b.change(t, raw, rewritten(t, "timestamp,", "time,")) }, raw, "header"},
		{"a file is cut off", func(t *testing.T, b *built) {
			b.change(t, raw, func(body []byte) []byte { return body[:len(body)-9] })
		}, raw, "unexpected EOF"},
		{"a dead letter moved", func(t *testing.T, b *built) {
			b.change(t, dead, rewritten(t, `"kafka_offset":14`, `"kafka_offset":15`))
		}, "curated/ticks/dt=2024-05-16/ticks-00003-0000000000.parquet", "stands twice"},
		{"Parquet that is none", func(t *testing.T, b *built) {
			b.change(t, curated, func([]byte) []byte { return []byte("PAR1 no PAR1") })
		}, curated, "read Parquet"},
		{"another cut's Parquet", func(t *testing.T, b *built) {
			body, _, err := objects.ReadAll(ctx, b.store, newest, 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			b.change(t, curated, func([]byte) []byte { return body })
		}, curated, "a row of partition 3, cut 1"},
		{"metadata of another cut", func(t *testing.T, b *built) {
			body, _, err := objects.ReadAll(ctx, b.store, raw, 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			b.put(t, raw, body, objects.Meta{"cut": "1", "rows": "4", "crc32c": "0"})
		}, raw, "its metadata"},
		{"a stranger's file", func(t *testing.T, b *built) {
			b.put(t, "curated/ticks/dt=2024-05-15/part-0.parquet", []byte("x"), nil)
		}, "curated/ticks/dt=2024-05-15/part-0.parquet", "no cut names this object"},
		{"the first cut is gone", func(_ *testing.T, b *built) { _ = b.store.Delete(ctx, lake.CutKey("ticks", 3, 0)) }, lake.CutKey("ticks", 3, 1), "begins with cut 1"},
		{"a cut begins elsewhere", func(t *testing.T, b *built) {
			b.cuts[1].From--
			b.putCut(t, b.cuts[1])
		}, lake.CutKey("ticks", 3, 1), "begins at offset 19"},
		{"a cut is no cut", func(t *testing.T, b *built) {
			b.put(t, lake.CutKey("ticks", 3, 1), []byte("{}"), nil)
		}, lake.CutKey("ticks", 3, 1), "kind"},
		{"a name that is no cut's", func(t *testing.T, b *built) {
			b.put(t, lake.ChainPrefix("ticks", 3)+"0000000/1.json", []byte("{}"), nil)
		}, lake.ChainPrefix("ticks", 3) + "0000000/1.json", "not a cut's name"},
		{"a partition that is none", func(t *testing.T, b *built) {
			b.put(t, lake.TopicChains("ticks")+"x/0000000/000.json", []byte("{}"), nil)
		}, lake.TopicChains("ticks") + "x", "not the chain of a partition"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := build(t)
			tt.damage(t, b)
			for _, p := range b.verify(t).Problems {
				if p.Where == tt.where && strings.Contains(p.What, tt.what) {
					return
				}
			}
			t.Errorf("not found: %+v", b.verify(t).Problems)
		})
	}
}

// TestNewestCutMayBeUnfinished takes the newest cut's files away, the last written first, as a kill leaves them.
func TestNewestCutMayBeUnfinished(t *testing.T) {
	b := build(t)
	files := b.cuts[1].Files
	for there := len(files) - 1; there >= 0; there-- {
		if err := b.store.Delete(t.Context(), files[there].Key); err != nil {
			t.Fatal(err)
		}
		report, err := Run(t.Context(), b.store, "", Patience{})
		if err != nil {
			t.Fatal(err)
		}
		topic := report.Topics[0]
		if diff := cmp.Diff([]Problem{}, topic.Problems); diff != "" {
			t.Errorf("%d files: %s", there, diff)
		}
		want := []Unfinished{{Partition: 3, Cut: 1, From: 20, To: 30, Files: len(files), There: there}}
		if diff := cmp.Diff(want, topic.Unfinished); diff != "" {
			t.Errorf("%d files: %s", there, diff)
		}
		if report.Whole() {
			t.Errorf("%d files of %d are called whole", there, len(files))
		}
	}
}

// TestNewestCutIsWaitedFor has a sink write the newest cut's files while they are looked for.
func TestNewestCutIsWaitedFor(t *testing.T) {
	for _, tt := range []struct {
		name       string
		patience   time.Duration
		unfinished int
		took       time.Duration
	}{
		{"as long as it takes", 9 * time.Second, 0, 5 * time.Second},
		{"not for ever, and once for all files", 3 * time.Second, 1, 3 * time.Second},
		{"not at all", 0, 1, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := build(t)
			files := b.cuts[1].Files
			bodies, infos := make([][]byte, len(files)), make([]objects.Info, len(files))
			for i, f := range files {
				var err error
				if bodies[i], infos[i], err = objects.ReadAll(t.Context(), b.store, f.Key, 1<<20); err != nil {
					t.Fatal(err)
				}
				if err := b.store.Delete(t.Context(), f.Key); err != nil {
					t.Fatal(err)
				}
			}
			synctest.Test(t, func(t *testing.T) {
				written := make(chan struct{})
				go func() {
					defer close(written)
					for i, f := range files {
						time.Sleep(1100 * time.Millisecond)
						_ = b.store.Create(context.WithoutCancel(t.Context()), f.Key, bodies[i], infos[i].Meta)
					}
				}()
				began := time.Now()
				report, err := Run(t.Context(), b.store, "", Patience{For: tt.patience})
				if err != nil {
					t.Fatal(err)
				}
				if n := len(report.Topics[0].Unfinished); n != tt.unfinished || len(report.Topics[0].Problems) > 0 {
					t.Errorf("%+v", report.Topics[0])
				}
				if took := time.Since(began); took != tt.took {
					t.Errorf("it takes %v, not %v", took, tt.took)
				}
				<-written
			})
		})
	}
}

func TestEmptyBucketIsNoLake(t *testing.T) {
	if _, err := Run(t.Context(), objects.Memory(), "", Patience{}); !errors.Is(err, ErrEmpty) {
		t.Errorf("error %v", err)
	}
	if _, err := Run(t.Context(), objects.Memory(), "ticks", Patience{}); !errors.Is(err, ErrEmpty) {
		t.Errorf("error %v", err)
	}
}

func TestSequencesInAnyOrder(t *testing.T) {
	for _, tt := range []struct {
		name             string
		in               []int64
		missing, doubles int64
	}{
		{"in order", []int64{1, 2, 3, 4}, 0, 0},
		{"backwards", []int64{4, 3, 2, 1}, 0, 0},
		{"a gap", []int64{1, 2, 5, 6}, 2, 0},
		{"a double", []int64{1, 2, 2, 3}, 0, 1},
		{"a run twice", []int64{1, 2, 3, 1, 2, 3}, 0, 3},
		{"a run within", []int64{1, 2, 3, 4, 5, 2, 3}, 0, 2},
		{"negative", []int64{-1, 0, 1}, 0, 0},
	} {
		s := make(sequences)
		for _, n := range tt.in {
			s.add("A", n)
		}
		if sum := s.summary(); sum.Missing != tt.missing || sum.Doubles != tt.doubles || sum.Ticks != int64(len(tt.in)) {
			t.Errorf("%s: %+v", tt.name, sum)
		}
	}
	s := make(sequences)
	for n := int64(20_000); n > 0; n-- {
		s.add("A", n*2)
	}
	if sum := s.summary(); sum.Missing != 19_999 || len(sum.Gaps) != maxGaps {
		t.Errorf("many gaps: %d missing, %d told", sum.Missing, len(sum.Gaps))
	}
}
