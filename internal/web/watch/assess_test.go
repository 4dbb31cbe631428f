package watch

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ticklake/internal/awsclient"
	"ticklake/internal/lake"
	"ticklake/internal/stream"
	"ticklake/internal/web/market"
)

var now = time.Date(2026, 11, 25, 14, 32, 7, 0, time.UTC)

// ago is a time so long before now.
func ago(d time.Duration) time.Time { return now.Add(-d) }

// good are facts of a pipeline that does what it should.
func good() *Facts {
	ok := Probe{OK: ago(time.Second)}
	return &Facts{
		Now: now, CutAge: 20 * time.Second, Ticks: 1000, Rate: 503, LastTick: ago(time.Second), Symbols: 20,
		Names: Names{Topic: "ticks", Kafka: "127.0.0.1:9092", S3: "http://127.0.0.1:8601", Glue: "http://127.0.0.1:8602", Athena: "http://127.0.0.1:8603"},
		Kafka: ok, Lake: ok, Glue: ok, SQL: ok, Operations: ok, KnowsKafka: true, KnowsLake: true, KnowsGlue: true, KnowsSQL: true,
		Topic: &stream.Topic{Name: "ticks", Partitions: []stream.Partition{
			{Partition: 0, LastStable: 1100, HighWatermark: 1100}, {Partition: 1, LastStable: 900, HighWatermark: 900},
		}},
		Positions: map[int32]market.Position{
			0: {Read: 1100, SQL: 1000, Lake: 1000, Oldest: ago(15 * time.Second), Whole: true},
			1: {Read: 900, SQL: 900, Lake: 900, Whole: true},
		},
		Cuts:    map[int32][]*Cut{0: {cutAt(ago(9 * time.Second))}, 1: {cutAt(ago(15 * time.Second))}},
		Tables:  []Table{{Table: "ticks"}},
		Folders: 3,
		Zones:   []Zone{{Zone: "raw", Files: 900}, {Zone: "curated", Files: 907}, {Zone: "dead"}},
	}
}

func cutAt(at time.Time) *Cut {
	return &Cut{Cut: &lake.Cut{Cut: 445, At: at, Files: []lake.File{{Key: "a"}, {Key: "b"}}}, Complete: true, Sizes: map[string]int64{"a": 1, "b": 1}}
}

// failing is a probe that has failed for a while.
func failing(err error) Probe {
	return Probe{OK: ago(5 * time.Minute), Since: ago(4 * time.Minute), Err: err, Tries: 31, Next: now.Add(8 * time.Second)}
}

var refused = &stream.Error{Says: "Kafka at 127.0.0.1:9092 refuses connections", Hint: "…"}

func TestStationsAreJudgedByTheFacts(t *testing.T) {
	const well = "feed well, kafka well, sink well, lake well, catalog well, sql well"
	for _, test := range []struct {
		name     string
		change   func(*Facts)
		want     string
		problems []string
	}{
		{name: "all is well", change: func(*Facts) {}, want: well},
		{
			name:   "one failure is no news",
			change: func(f *Facts) { f.Kafka = Probe{Since: ago(time.Second), Err: refused, Tries: 1} },
			want:   well,
		},
		{
			name:     "Kafka is away",
			change:   func(f *Facts) { f.Kafka = failing(refused) },
			want:     "feed look unseen, kafka broken unreachable, sink look paused, lake well, catalog well, sql look stale",
			problems: []string{"kafka-unreachable"},
		},
		{
			name: "Kafka is away, and the feed says that it waits",
			change: func(f *Facts) {
				f.Kafka = failing(refused)
				f.Status = status("waiting", "away", "watching")
			},
			want:     "feed look held, kafka broken unreachable, sink look paused, lake well, catalog well, sql look stale",
			problems: []string{"kafka-unreachable"},
		},
		{
			name:     "the topic cannot be read",
			change:   func(f *Facts) { f.Tail = errors.New("TOPIC_AUTHORIZATION_FAILED") },
			want:     "feed well, kafka look unread, sink well, lake well, catalog well, sql well",
			problems: []string{"kafka-unread"},
		},
		{
			name:     "the object store is away",
			change:   func(f *Facts) { f.Lake = failing(errors.New("connection refused")) },
			want:     "feed well, kafka well, sink look held, lake broken unreachable, catalog look stale, sql look stale",
			problems: []string{"lake-unreachable"},
		},
		{
			name:     "the catalog is away",
			change:   func(f *Facts) { f.Glue = failing(errors.New("connection refused")) },
			want:     "feed well, kafka well, sink well, lake well, catalog broken unreachable, sql look stale",
			problems: []string{"catalog-unreachable"},
		},
		{
			name:     "SQL is away",
			change:   func(f *Facts) { f.SQL = failing(errors.New("connection refused")) },
			want:     "feed well, kafka well, sink well, lake well, catalog well, sql broken unreachable",
			problems: []string{"sql-unreachable"},
		},
		{
			name: "everything is away: that is one problem",
			change: func(f *Facts) {
				f.Kafka, f.Lake, f.Glue, f.SQL = failing(refused), failing(refused), failing(refused), failing(refused)
			},
			want:     "feed look unseen, kafka broken unreachable, sink look paused, lake broken unreachable, catalog broken unreachable, sql broken unreachable",
			problems: []string{"all-unreachable"},
		},
		{
			name: "some are away, the worst first",
			change: func(f *Facts) {
				f.Kafka, f.SQL, f.Status = failing(refused), failing(&awsclient.Error{Service: "Athena", Message: "connection refused"}), status("sending", "running", "refused")
			},
			want:     "feed well, kafka broken unreachable, sink look paused, lake well, catalog look refused, sql broken unreachable",
			problems: []string{"kafka-unreachable", "sql-unreachable", "catalog-refused"},
		},
		{
			name: "a lag of twice the cut age is as usual",
			change: func(f *Facts) {
				f.Positions[0] = market.Position{Read: 1100, SQL: 1000, Lake: 1000, Oldest: ago(40 * time.Second), Whole: true}
			},
			want: well,
		},
		{
			name: "a lag above that",
			change: func(f *Facts) {
				f.Positions[0] = market.Position{Read: 1100, SQL: 1000, Lake: 1000, Oldest: ago(41 * time.Second), Whole: true}
			},
			want:     "feed well, kafka look behind, sink look late, lake well, catalog well, sql look stale",
			problems: []string{"sink-late"},
		},
		{
			name: "an old last cut where nothing waits",
			change: func(f *Facts) {
				f.Positions[0] = market.Position{Read: 1100, SQL: 1100, Lake: 1100, Whole: true}
				f.Cuts = map[int32][]*Cut{0: {cutAt(ago(time.Hour))}}
				f.LastTick = ago(time.Hour)
			},
			want: "feed well quiet, kafka well, sink well, lake well, catalog well, sql well",
		},
		{
			name: "a dataset at its end",
			change: func(f *Facts) {
				f.Status = status("done", "running", "watching")
				f.LastTick = ago(time.Hour)
			},
			want: "feed well done, kafka well, sink well, lake well, catalog well, sql well",
		},
		{
			name:     "the feed has ended by itself",
			change:   func(f *Facts) { f.Status = status("refused", "running", "watching") },
			want:     "feed broken refused, kafka well, sink well, lake well, catalog well, sql well",
			problems: []string{"feed-refused"},
		},
		{
			name: "a partition has stopped",
			change: func(f *Facts) {
				f.Status = status("sending", "halted", "watching")
				f.Status.Sink.Partitions = []SinkPartition{{Partition: 1, State: "stopped", Since: ago(time.Minute), Reason: "log_truncated", Detail: "it ends at 7"}}
			},
			want:     "feed well, kafka well, sink broken stopped, lake well, catalog well, sql well",
			problems: []string{"sink-stopped"},
		},
		{
			name: "the newest cut stays without a file",
			change: func(f *Facts) {
				f.Cuts[0][0].Complete, f.Cuts[0][0].At = false, ago(41*time.Second)
				delete(f.Cuts[0][0].Sizes, "b")
			},
			want:     "feed well, kafka well, sink well, lake look incomplete, catalog well, sql well",
			problems: []string{"lake-incomplete"},
		},
		{
			name:   "folders are on their way to the catalog",
			change: func(f *Facts) { f.Lacking, f.LackingSince = []string{"2026-11-25"}, ago(10*time.Second) },
			want:   well,
		},
		{
			name:     "folders do not come into the catalog",
			change:   func(f *Facts) { f.Lacking, f.LackingSince = []string{"2026-11-25"}, ago(time.Minute) },
			want:     "feed well, kafka well, sink well, lake well, catalog look behind, sql look stale",
			problems: []string{"catalog-behind"},
		},
		{
			name:     "the crawler refuses a table",
			change:   func(f *Facts) { f.Status = status("sending", "running", "refused") },
			want:     "feed well, kafka well, sink well, lake well, catalog look refused, sql well",
			problems: []string{"catalog-refused"},
		},
		{
			name: "nothing has come yet",
			change: func(f *Facts) {
				*f = Facts{
					Now: now, CutAge: f.CutAge, Kafka: f.Kafka, Lake: f.Lake, Glue: f.Glue, SQL: f.SQL, KnowsKafka: true, KnowsLake: true, KnowsGlue: true, KnowsSQL: true,
					Topic: &stream.Topic{Partitions: []stream.Partition{{}}}, Tables: f.Tables,
				}
			},
			want: "feed nothing off, kafka nothing ready, sink nothing waiting, lake nothing empty, catalog nothing ready, sql nothing ready",
		},
		{
			name: "there is no topic",
			change: func(f *Facts) {
				*f = Facts{Now: now, CutAge: f.CutAge, Kafka: f.Kafka, Lake: f.Lake, KnowsKafka: true, KnowsLake: true, NoTopic: true}
			},
			want: "feed nothing off, kafka nothing ready, sink nothing waiting, lake nothing empty, catalog nothing unnamed, sql nothing unnamed",
		},
		{
			name: "nothing has been asked yet",
			change: func(f *Facts) {
				*f = Facts{Now: now, KnowsKafka: true, KnowsLake: true, KnowsGlue: true, KnowsSQL: true}
			},
			want: "feed nothing off, kafka nothing asking, sink nothing waiting, lake nothing asking, catalog nothing asking, sql nothing asking",
		},
		{
			name: "the first batch fills",
			change: func(f *Facts) {
				f.Cuts, f.Folders, f.Positions = nil, 0, map[int32]market.Position{0: {Read: 1100, Lake: -1, SQL: -1}}
			},
			want: "feed well, kafka well, sink nothing filling, lake nothing empty, catalog nothing ready, sql nothing ready",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := good()
			test.change(f)
			h := Assess(f)
			var got []string
			for _, s := range h.Stations {
				got = append(got, strings.TrimSpace(s.Name+" "+string(s.State)+" "+s.Word))
			}
			if diff := cmp.Diff(test.want, strings.Join(got, ", ")); diff != "" {
				t.Error(diff)
			}
			var ids []string
			for _, p := range Problems(f, &h) {
				ids = append(ids, p.ID)
				for _, text := range []string{p.Title, p.Detail, p.Lost, p.Works} {
					if text == "" || strings.Contains(text, "%!") {
						t.Errorf("problem %s says %q", p.ID, text)
					}
				}
				if p.Since.IsZero() || p.Since.After(now) || len(p.Try) == 0 {
					t.Errorf("%+v", p)
				}
			}
			if diff := cmp.Diff(test.problems, ids); diff != "" {
				t.Error(diff)
			}
			worst := slices.MaxFunc(h.Stations, func(a, b Station) int { return a.State.rank() - b.State.rank() })
			if h.State != worst.State {
				t.Errorf("all together is %s", h.State)
			}
		})
	}
}

// status is what parts say that are in these states.
func status(feed, sink, crawl string) *Status {
	st := new(Status)
	body := `{"feed":{"state":"` + feed + `","since":"2026-11-25T14:00:00Z","rate":503.2,"feed":"market:v1","reason":"a reason"},
	 "sink":{"state":"` + sink + `","memory":1048576},
	 "crawl":{"state":"` + crawl + `","reason":"the name is taken","since":"2026-11-25T14:00:00Z","last_crawl":"2026-11-25T14:31:58Z"}}`
	if err := decode(body, st); err != nil {
		panic(err)
	}
	return st
}

func TestFiguresThatAreNotKnownAreNotThere(t *testing.T) {
	for name, f := range map[string]*Facts{
		"all": good(), "nothing": {Now: now}, "with status": func() *Facts { f := good(); f.Status = status("sending", "running", "watching"); return f }(),
		"Kafka away": func() *Facts { f := good(); f.Kafka = failing(refused); return f }(),
	} {
		for _, s := range Assess(f).Stations {
			if len(s.Vital) > 2 || len(s.Figures) > 8 {
				t.Errorf("%s: %s has %d and %d figures", name, s.Name, len(s.Vital), len(s.Figures))
			}
			for _, figure := range append(s.Vital, s.Figures...) {
				if figure.Value == nil || figure.Value == "" || figure.Label == "" || figure.Name == "" {
					t.Errorf("%s: %s: %+v", name, s.Name, figure)
				}
			}
		}
	}
	vital := make(map[string]any)
	for _, s := range Assess(good()).Stations {
		for _, v := range s.Vital {
			vital[s.Name+" "+v.Name] = v.Value
		}
	}
	want := map[string]any{
		"feed rate": 503.0, "kafka lag_records": int64(100), "kafka lag_seconds": 15.0, "sink since_cut": 9.0, "lake files": int64(1807), "catalog tables": 1, "sql behind": 15.0,
	}
	if diff := cmp.Diff(want, vital); diff != "" {
		t.Error(diff)
	}
}

func TestSinceIsWhenAStationBecameWhatItIs(t *testing.T) {
	since := make(sinceOf)
	look := func(at time.Time, change func(*Facts)) Station {
		f := good()
		f.Now = at
		change(f)
		h := Assess(f)
		since.note(&h, at)
		return h.Stations[1]
	}
	same := func(*Facts) {}
	away := func(f *Facts) { f.Kafka = failing(refused) }
	if s := look(now, same); s.Since != nil {
		t.Errorf("what was so when it was looked at first is so since %v", s.Since)
	}
	if s := look(now.Add(time.Second), away); !s.Since.Equal(ago(4 * time.Minute)) {
		t.Errorf("it is away since %v", s.Since)
	}
	look(now.Add(2*time.Second), away)
	if s := look(now.Add(3*time.Second), same); !s.Since.Equal(now.Add(3 * time.Second)) {
		t.Errorf("it is well since %v", s.Since)
	}
	if s := look(now.Add(9*time.Second), same); !s.Since.Equal(now.Add(3 * time.Second)) {
		t.Errorf("it is well since %v, later", s.Since)
	}
}

func TestHistoryIsFiveMinutesLong(t *testing.T) {
	var h history
	for i := range steps + 50 {
		f := good()
		f.Now = now.Add(time.Duration(i) * Step)
		f.Rate = float64(i)
		if i == steps {
			f.Kafka = failing(refused)
		}
		h.add(f)
	}
	if len(h.series) != 6 {
		t.Fatalf("%d series", len(h.series))
	}
	values := h.series[0].Values
	if len(values) != steps || *values[steps-1] != steps+49 || values[steps-50] != nil || *values[0] != 50 {
		t.Errorf("%d values, from %v to %v; %v where Kafka was away", len(values), *values[0], *values[steps-1], values[steps-50])
	}
}

func TestSpansInWords(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0 s", 900 * time.Millisecond: "1 s", 4*time.Minute + 12*time.Second: "4 min 12 s", 2*time.Hour + 27*time.Minute: "2 h 27 min",
	} {
		if got := span(d); got != want {
			t.Errorf("%v is %q, not %q", d, got, want)
		}
	}
}
