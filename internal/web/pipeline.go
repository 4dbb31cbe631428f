package web

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"ticklake/internal/lake"
	"ticklake/internal/web/watch"
)

// sortBy sorts by a number.
func sortBy[T any](list []T, by func(T) int64) {
	slices.SortFunc(list, func(a, b T) int { return cmp.Compare(by(a), by(b)) })
}

// shownCuts is how many cuts are told.
const shownCuts = 40

type pipelineView struct {
	Time       time.Time       `json:"time"`
	Seen       *time.Time      `json:"seen"`
	Partitions []partitionView `json:"partitions"`
	Cuts       []cutView       `json:"cuts"`
	Zones      []watch.Zone    `json:"zones"`
	Tables     []watch.Table   `json:"tables"`
	Dead       deadSummary     `json:"dead"`
	History    historyView     `json:"history"`
}

type historyView struct {
	Step   int            `json:"step_seconds"`
	End    time.Time      `json:"end"`
	Series []watch.Series `json:"series"`
}

type partitionView struct {
	Partition  int32      `json:"partition"`
	LogStart   *int64     `json:"log_start"`
	LogEnd     *int64     `json:"log_end"`
	InLakeTo   *int64     `json:"in_lake_to"`
	SQLTo      *int64     `json:"sql_to"`
	LagRecords *int64     `json:"lag_records"`
	LagSeconds *float64   `json:"lag_seconds"`
	InLakeTime *time.Time `json:"in_lake_time"`
	Cut        *int64     `json:"cut"`
	CutAt      *time.Time `json:"cut_at"`
	State      *string    `json:"state"`
	StateSince *time.Time `json:"state_since"`
	Reason     *string    `json:"reason"`
	Open       *openView  `json:"open"`
}

type openView struct {
	From    int64      `json:"from"`
	To      int64      `json:"to"`
	Records int64      `json:"records"`
	Bytes   int64      `json:"bytes"`
	Since   *time.Time `json:"since"`
	Due     *time.Time `json:"due"`
}

type cutView struct {
	Partition int32      `json:"partition"`
	Cut       int64      `json:"cut"`
	From      int64      `json:"from"`
	To        int64      `json:"to"`
	Records   int64      `json:"records"`
	Ticks     int64      `json:"ticks"`
	Dead      int64      `json:"dead"`
	At        time.Time  `json:"at"`
	By        string     `json:"by"`
	Complete  bool       `json:"complete"`
	Bytes     *int64     `json:"bytes"`
	Files     []fileView `json:"files"`
}

type fileView struct {
	Key   string `json:"key"`
	Zone  string `json:"zone"`
	Rows  int64  `json:"rows"`
	Bytes *int64 `json:"bytes"`
}

func (s *Server) getPipeline(w http.ResponseWriter, _ *http.Request) error {
	f := s.watch.Facts()
	series, end := s.watch.History()
	writeJSON(w, http.StatusOK, pipelineView{
		Time: f.Now, Seen: instant(f.Kafka.OK), Partitions: partitionsOf(f), Cuts: cutsOf(f), Zones: listOf(f.Zones), Tables: listOf(f.Tables),
		Dead: s.summary(f), History: historyView{int(watch.Step / time.Second), end.UTC(), listOf(series)},
	})
	return nil
}

// partitionsOf are all that Kafka, the lake or a sink knows.
func partitionsOf(f *watch.Facts) []partitionView {
	views := make(map[int32]*partitionView)
	at := func(id int32) *partitionView {
		if views[id] == nil {
			views[id] = &partitionView{Partition: id}
		}
		return views[id]
	}
	for id, p := range f.Positions {
		v := at(id)
		if p.Lake >= 0 {
			v.InLakeTo = &p.Lake
		}
		if p.SQL >= 0 {
			v.SQLTo = &p.SQL
		}
		v.InLakeTime = instant(p.Landed)
	}
	if f.Topic != nil {
		for i := range f.Topic.Partitions {
			p := &f.Topic.Partitions[i]
			v := at(p.Partition)
			v.LogStart, v.LogEnd = &p.LogStart, &p.HighWatermark
			if records, age, ageKnown, known := f.LagOf(p); known && !f.Kafka.Broken() {
				v.LagRecords = &records
				if ageKnown {
					seconds := age.Round(100 * time.Millisecond).Seconds()
					v.LagSeconds = &seconds
				}
			}
		}
	}
	for id, cuts := range f.Cuts {
		newest := cuts[len(cuts)-1]
		at(id).Cut, at(id).CutAt = &newest.Cut.Cut, instant(newest.At)
	}
	if f.Status != nil && f.Status.Sink != nil {
		for i := range f.Status.Sink.Partitions {
			p := &f.Status.Sink.Partitions[i]
			at(p.Partition).sink(p, f.CutAge)
		}
	}
	out := make([]partitionView, 0, len(views))
	for _, v := range views {
		out = append(out, *v)
	}
	sortBy(out, func(v partitionView) int64 { return int64(v.Partition) })
	return out
}

// sink adds what a sink says.
func (v *partitionView) sink(p *watch.SinkPartition, cutAge time.Duration) {
	v.State, v.StateSince = &p.State, instant(p.Since)
	switch {
	case p.Reason != "" && p.Detail != "":
		v.Reason = maybe(p.Reason + ": " + p.Detail)
	default:
		v.Reason = maybe(cmp.Or(p.Reason, p.Detail))
	}
	v.Open = &openView{From: p.Open.From, To: p.Open.To, Records: p.Open.Records, Bytes: p.Open.Bytes, Since: instant(p.Open.Since)}
	if p.Open.Records > 0 && !p.Open.Since.IsZero() {
		v.Open.Due = instant(p.Open.Since.Add(cutAge))
	}
}

// cutsOf are the newest of all partitions.
func cutsOf(f *watch.Facts) []cutView {
	out := []cutView{}
	for _, cuts := range f.Cuts {
		for _, c := range cuts {
			out = append(out, cutOf(c))
		}
	}
	slices.SortFunc(out, func(a, b cutView) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.Cut, a.Cut), cmp.Compare(a.Partition, b.Partition))
	})
	return out[:min(len(out), shownCuts)]
}

func cutOf(c *watch.Cut) cutView {
	v := cutView{
		Partition: c.Partition, Cut: c.Cut.Cut, From: c.From, To: c.To, Records: c.Records, Ticks: c.Ticks(), At: c.At.UTC(), By: c.By,
		Complete: c.Complete, Files: []fileView{},
	}
	v.Dead = v.Records - v.Ticks
	sum, whole := int64(0), true
	for _, file := range c.Files {
		fv := fileView{Key: file.Key, Rows: file.Rows, Zone: string(zoneOf(c.Topic, file.Key))}
		if size, known := c.Sizes[file.Key]; known {
			fv.Bytes = &size
			sum += size
		} else {
			whole = false
		}
		v.Files = append(v.Files, fv)
	}
	if whole {
		v.Bytes = &sum
	}
	return v
}

// zoneOf is the zone of a file of a cut.
func zoneOf(topic, key string) lake.Zone {
	for _, zone := range []lake.Zone{lake.Raw, lake.Curated} {
		if prefix := zone.Prefix(topic); len(key) > len(prefix) && key[:len(prefix)] == prefix {
			return zone
		}
	}
	return lake.Dead
}
