package watch

import (
	"fmt"
	"strings"
	"time"

	"ticklake/internal/lake"
)

func (f *Facts) feedVital() []Figure {
	if f.Status != nil && f.Status.Feed != nil {
		return []Figure{number("rate", "ticks a second", f.Status.Feed.Rate, "ticks/s")}
	}
	if f.Kafka.Broken() || f.Ticks == 0 && !f.inTopic() {
		return nil
	}
	return []Figure{number("rate", "ticks a second", f.Rate, "ticks/s")}
}

func (f *Facts) feedFigures() (out []Figure) {
	if f.Symbols > 0 {
		out = append(out, number("symbols", "Symbols", f.Symbols, ""))
	}
	if f.Status == nil || f.Status.Feed == nil {
		if f.Ticks > 0 {
			out = append(out, number("read", "Read since the page's server began", f.Ticks, "ticks"))
		}
		return out
	}
	s := f.Status.Feed
	out = append(out, number("sent", "Sent", s.Sent, "rows"))
	if s.Skipped > 0 {
		out = append(out, number("skipped", "In Kafka before", s.Skipped, "rows"))
	}
	out = append(out, number("bad", "Not ticks", s.Bad, "rows"))
	if s.Missed > 0 {
		out = append(out, number("missed", "Left out, too old", s.Missed, "rows"))
	}
	if s.Feed != "" {
		out = append(out, words("feed", "Feed", s.Feed))
	}
	return out
}

func (f *Facts) kafkaVital(v verdict) []Figure {
	if v.state == Broken {
		return []Figure{number("no_answer", "no answer", seconds(f.Now.Sub(v.since)), "s")}
	}
	records, age, ageKnown, known := f.Lag()
	if !known {
		return nil
	}
	out := []Figure{number("lag_records", "records behind", records, "records")}
	if ageKnown {
		out = append(out, number("lag_seconds", "behind", seconds(age), "s"))
	}
	return out
}

func (f *Facts) kafkaFigures() []Figure {
	out := []Figure{words("topic", "Topic", f.Names.Topic)}
	if f.Topic != nil {
		var kept, end int64
		for _, p := range f.Topic.Partitions {
			kept += p.HighWatermark - p.LogStart
			end += p.HighWatermark
		}
		out = append(out, number("partitions", "Partitions", len(f.Topic.Partitions), ""),
			number("end", "Ever", end, "records"), number("kept", "Kept", kept, "records"))
		if !f.Kafka.Broken() {
			out = append(out, number("in", "In", f.In, "records/s"))
		}
	}
	if f.Names.Kafka != "" {
		out = append(out, words("endpoint", "Broker", f.Names.Kafka))
	}
	return out
}

func (f *Facts) sinkVital() []Figure {
	if newest := f.NewestCut(); newest != nil {
		return []Figure{number("since_cut", "since the last cut", seconds(max(0, f.Now.Sub(newest.At))), "s")}
	}
	return nil
}

func (f *Facts) sinkFigures() []Figure {
	var cuts int64
	for _, c := range f.Cuts {
		cuts += c[len(c)-1].Cut.Cut + 1
	}
	out := []Figure{number("cuts", "Cuts", cuts, "cuts"), number("chains", "Chains", len(f.Cuts), ""), number("cut_age", "Cuts after", f.CutAge.Seconds(), "s")}
	if f.Status != nil && f.Status.Sink != nil {
		s := f.Status.Sink
		open := 0
		var due time.Time
		for _, p := range s.Partitions {
			if p.Open.Records > 0 {
				open++
				if at := p.Open.Since.Add(f.CutAge); due.IsZero() || at.Before(due) {
					due = at
				}
			}
		}
		out = append(out, number("buffered", "Buffered", s.Memory, "bytes"), number("open", "Open batches", open, ""))
		if open > 0 {
			out = append(out, number("due", "Next cut due in", seconds(max(0, due.Sub(f.Now))), "s"))
		}
		out = append(out, words("state", "Says", s.State))
	}
	return out
}

func (f *Facts) zone(z lake.Zone) *Zone {
	for i := range f.Zones {
		if f.Zones[i].Zone == string(z) {
			return &f.Zones[i]
		}
	}
	return nil
}

func (f *Facts) lakeVital() []Figure {
	raw, curated := f.zone(lake.Raw), f.zone(lake.Curated)
	if raw == nil || curated == nil {
		return nil
	}
	return []Figure{number("files", "files", raw.Files+curated.Files, "files")}
}

func (f *Facts) lakeFigures() (out []Figure) {
	for _, z := range []struct {
		zone  lake.Zone
		label string
	}{{lake.Raw, "Raw"}, {lake.Curated, "Curated"}} {
		if have := f.zone(z.zone); have != nil {
			out = append(out, number(string(z.zone)+"_files", z.label, have.Files, "files"),
				number(string(z.zone)+"_bytes", z.label, have.Bytes, "bytes"))
		}
	}
	if dead := f.zone(lake.Dead); dead != nil {
		out = append(out, number("dead_files", "Dead", dead.Files, "files"))
	}
	out = append(out, words("bucket", "Bucket", f.Names.Bucket))
	if f.Names.S3 != "" {
		out = append(out, words("endpoint", "Endpoint", f.Names.S3))
	}
	return out
}

func (f *Facts) catalogVital() []Figure {
	if f.Glue.OK.IsZero() {
		return nil
	}
	return []Figure{number("tables", "tables", len(f.Tables), "tables")}
}

func (f *Facts) catalogFigures() []Figure {
	out := []Figure{words("database", "Database", f.Names.Database)}
	if !f.Glue.OK.IsZero() {
		out = append(out, number("folders", "Folders of ticks", f.Folders, "folders"))
	}
	if f.Status != nil && f.Status.Crawl != nil && !f.Status.Crawl.LastCrawl.IsZero() {
		out = append(out, number("since_crawl", "Last crawl", seconds(max(0, f.Now.Sub(f.Status.Crawl.LastCrawl))), "s"),
			number("crawls", "Crawls", f.Status.Crawl.Crawls, ""))
	}
	if f.Names.Glue != "" {
		out = append(out, words("endpoint", "Endpoint", f.Names.Glue))
	}
	return out
}

func (f *Facts) sqlVital() []Figure {
	if behind, known := f.Behind(); known && f.Folders > 0 {
		return []Figure{number("behind", "behind now", seconds(behind), "s")}
	}
	return nil
}

func (f *Facts) sqlFigures() []Figure {
	out := []Figure{number("queries", "Statements run here", f.Queries.Run, "")}
	if f.Queries.Failed > 0 {
		out = append(out, number("failed", "Of these failed", f.Queries.Failed, ""))
	}
	if f.Queries.Run > 0 {
		out = append(out, words("took", "Took, median and slowest", fmt.Sprintf("%d, %d ms", f.Queries.Median.Milliseconds(), f.Queries.Slowest.Milliseconds())),
			number("bytes", "Read", f.Queries.Bytes, "bytes"), number("price", "List price", f.Queries.Dollars, "usd"))
	}
	out = append(out, words("workgroup", "Workgroup", f.Names.Workgroup))
	if f.Names.Athena != "" {
		out = append(out, words("endpoint", "Endpoint", strings.TrimSuffix(f.Names.Athena, "/")))
	}
	return out
}
