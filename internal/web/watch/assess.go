package watch

import (
	"fmt"
	"time"
)

// The stations, in the order of a tick's way.
const (
	feedStation    = "feed"
	kafkaStation   = "kafka"
	sinkStation    = "sink"
	lakeStation    = "lake"
	catalogStation = "catalog"
	sqlStation     = "sql"
)

// verdict is a station's state, its word, and since when that is known better than by looking.
type verdict struct {
	state State
	word  string
	since time.Time
}

// limit is the lag and the age above which a station is worth a look: twice the age at which the sink cuts.
func (f *Facts) limit() time.Duration { return 2 * f.CutAge }

// Assess judges the facts.
func Assess(f *Facts) Health {
	h := Health{Time: f.Now.UTC(), Problems: []Problem{}}
	kafka := f.kafka()
	lake := f.lake()
	catalog := f.catalog(lake)
	for _, s := range []struct {
		name    string
		verdict verdict
		vital   []Figure
		figures []Figure
	}{
		{feedStation, f.feed(kafka), f.feedVital(), f.feedFigures()},
		{kafkaStation, kafka, f.kafkaVital(kafka), f.kafkaFigures()},
		{sinkStation, f.sink(kafka, lake), f.sinkVital(), f.sinkFigures()},
		{lakeStation, lake, f.lakeVital(), f.lakeFigures()},
		{catalogStation, catalog, f.catalogVital(), f.catalogFigures()},
		{sqlStation, f.sql(kafka, lake, catalog), f.sqlVital(), f.sqlFigures()},
	} {
		h.Stations = append(h.Stations, Station{
			Name: s.name, State: s.verdict.state, Word: s.verdict.word, Since: instant(s.verdict.since),
			Vital: some(s.vital), Figures: some(s.figures),
		})
		if h.State == "" || s.verdict.state.rank() > h.State.rank() {
			h.State = s.verdict.state
		}
	}
	return h
}

// some is the figures that are known: a list that is there, be it empty.
func some(figures []Figure) []Figure {
	known := make([]Figure, 0, len(figures))
	for _, f := range figures {
		if f.Value != "" {
			known = append(known, f)
		}
	}
	return known
}

func (f *Facts) feed(kafka verdict) verdict {
	if f.Status != nil && f.Status.Feed != nil {
		s := f.Status.Feed
		switch {
		case s.Error != "" || s.State == "refused":
			return verdict{Broken, "refused", s.Since}
		case s.State == "waiting" || s.State == "retrying":
			return verdict{Look, "held", s.Since}
		case s.State == "done":
			return verdict{Well, "done", s.Since}
		case s.State == "stopped":
			return verdict{Look, "stopped", s.Since}
		case s.State == "starting" || s.State == "searching":
			return verdict{Nothing, "starting", s.Since}
		}
		return verdict{Well, "", s.Since}
	}
	switch {
	case kafka.state == Broken:
		return verdict{Look, "unseen", kafka.since}
	case f.LastTick.IsZero() && f.Ticks == 0 && !f.inTopic():
		return verdict{Nothing, "off", time.Time{}}
	case f.LastTick.IsZero() || f.Now.Sub(f.LastTick) > f.limit():
		return verdict{Well, "quiet", f.LastTick} // whose feed it is, and whether it has an end, nobody says
	}
	return verdict{Well, "", time.Time{}}
}

// inTopic says whether the topic has, or had, any record.
func (f *Facts) inTopic() bool {
	if f.Topic == nil {
		return false
	}
	for _, p := range f.Topic.Partitions {
		if p.HighWatermark > 0 {
			return true
		}
	}
	return false
}

func (f *Facts) kafka() verdict {
	switch {
	case !f.KnowsKafka:
		return verdict{Nothing, "unnamed", time.Time{}}
	case f.Kafka.Broken():
		return verdict{Broken, "unreachable", f.Kafka.Since}
	case f.NoTopic || f.Topic != nil && !f.inTopic():
		return verdict{Nothing, "ready", time.Time{}}
	case f.Topic == nil:
		return verdict{Nothing, "asking", time.Time{}}
	}
	if f.Tail != nil {
		return verdict{Look, "unread", time.Time{}}
	}
	if _, age, known, _ := f.Lag(); known && age > f.limit() {
		return verdict{Look, "behind", f.Now.Add(f.limit() - age)}
	}
	return verdict{Well, "", time.Time{}}
}

// stopped is a partition that cannot go on, as its sink says.
func (f *Facts) stopped() *SinkPartition {
	if f.Status == nil || f.Status.Sink == nil {
		return nil
	}
	for i := range f.Status.Sink.Partitions {
		if p := &f.Status.Sink.Partitions[i]; p.State == "stopped" {
			return p
		}
	}
	return nil
}

func (f *Facts) sink(kafka, lake verdict) verdict {
	newest := f.NewestCut()
	records, age, ageKnown, known := f.Lag()
	if stopped := f.stopped(); stopped != nil {
		return verdict{Broken, "stopped", stopped.Since}
	}
	switch {
	case kafka.state == Broken:
		return verdict{Look, "paused", kafka.since}
	case lake.state == Broken:
		return verdict{Look, "held", lake.since}
	case known && records > 0 && ageKnown && age > f.limit():
		return verdict{Look, "late", f.Now.Add(f.limit() - age)}
	case newest == nil && known && records > 0:
		return verdict{Nothing, "filling", time.Time{}}
	case newest == nil:
		return verdict{Nothing, "waiting", time.Time{}}
	}
	return verdict{Well, "", time.Time{}}
}

func (f *Facts) lake() verdict {
	newest := f.NewestCut()
	switch {
	case !f.KnowsLake:
		return verdict{Nothing, "unnamed", time.Time{}}
	case f.Lake.Broken():
		return verdict{Broken, "unreachable", f.Lake.Since}
	case f.Lake.OK.IsZero():
		return verdict{Nothing, "asking", time.Time{}}
	case newest == nil:
		return verdict{Nothing, "empty", time.Time{}}
	}
	for _, cuts := range f.Cuts {
		if last := cuts[len(cuts)-1]; !last.Complete && f.Now.Sub(last.At) > f.limit() {
			return verdict{Look, "incomplete", last.At}
		}
	}
	return verdict{Well, "", time.Time{}}
}

func (f *Facts) catalog(lake verdict) verdict {
	if f.Status != nil && f.Status.Crawl != nil {
		switch c := f.Status.Crawl; c.State {
		case "refused":
			return verdict{Look, "refused", c.Since}
		case "retrying":
			if !f.Glue.Broken() && lake.state != Broken {
				return verdict{Look, "retrying", c.Since}
			}
		}
	}
	switch {
	case !f.KnowsGlue:
		return verdict{Nothing, "unnamed", time.Time{}}
	case f.Glue.Broken():
		return verdict{Broken, "unreachable", f.Glue.Since}
	case f.Glue.OK.IsZero():
		return verdict{Nothing, "asking", time.Time{}}
	case lake.state == Broken:
		return verdict{Look, "stale", lake.since}
	case len(f.Lacking) > 0 && f.Now.Sub(f.LackingSince) > f.limit():
		return verdict{Look, "behind", f.LackingSince}
	case len(f.Tables) == 0:
		return verdict{Nothing, "empty", time.Time{}}
	case f.Folders == 0:
		return verdict{Nothing, "ready", time.Time{}}
	}
	return verdict{Well, "", time.Time{}}
}

func (f *Facts) sql(kafka, lake, catalog verdict) verdict {
	behind, known := f.Behind()
	switch {
	case !f.KnowsSQL:
		return verdict{Nothing, "unnamed", time.Time{}}
	case f.SQL.Broken():
		return verdict{Broken, "unreachable", f.SQL.Since}
	case f.SQL.OK.IsZero():
		return verdict{Nothing, "asking", time.Time{}}
	case lake.state == Broken:
		return verdict{Look, "stale", lake.since}
	case f.Folders == 0 && catalog.state != Broken:
		return verdict{Nothing, "ready", time.Time{}}
	case kafka.state == Broken:
		return verdict{Look, "stale", kafka.since}
	case catalog.state == Broken:
		return verdict{Look, "stale", catalog.since}
	case known && behind > f.limit():
		return verdict{Look, "stale", f.Now.Add(f.limit() - behind)}
	}
	return verdict{Well, "", time.Time{}}
}

// span is a time in words: "4 min 12 s".
func span(d time.Duration) string {
	d = max(0, d).Round(time.Second)
	switch h, m, s := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60; {
	case h > 0:
		return fmt.Sprintf("%d h %d min", h, m)
	case m > 0:
		return fmt.Sprintf("%d min %d s", m, s)
	default:
		return fmt.Sprintf("%d s", s)
	}
}
