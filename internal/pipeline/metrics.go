package pipeline

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics shows the parts' status to Prometheus.
type metrics struct{ pipeline *Pipeline }

var (
	feedRows    = description("feed_rows_total", "Rows of the feed by what became of them.", "outcome")
	feedRate    = description("feed_rows_per_second", "Rows a second that Kafka has acknowledged, of late.")
	sinkRecords = description("sink_records_total", "Records that this sink has stored, by zone.", "zone")
	sinkCuts    = description("sink_cuts_total", "Cuts that this sink has completed.")
	sinkFiles   = description("sink_files_total", "Files that this sink has written.")
	sinkRaces   = description("sink_lost_races_total", "Cuts that another owner had created first.")
	sinkMemory  = description("sink_memory_bytes", "Bytes of batches and of what was fetched.")
	inLakeTo    = description("sink_in_lake_offset", "Offset before which every record is in the lake.", "partition")
	lag         = description("sink_lag_records", "Records between the lake and the end of Kafka's log, as last heard.", "partition")
	stopped     = description("sink_partition_stopped", "1 where the partition cannot go on without losing or doubling records.", "partition", "reason")
)

func description(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("ticklake_"+name, help, labels, nil)
}

// Describe implements prometheus.Collector.
func (m *metrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{feedRows, feedRate, sinkRecords, sinkCuts, sinkFiles, sinkRaces, sinkMemory, inLakeTo, lag, stopped} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (m *metrics) Collect(ch chan<- prometheus.Metric) {
	counter := func(d *prometheus.Desc, v int64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	status := m.pipeline.Status()
	if f := status.Feed; f != nil {
		counter(feedRows, f.Sent, "sent")
		counter(feedRows, f.Skipped, "skipped")
		counter(feedRows, f.Missed, "missed")
		counter(feedRows, f.Bad, "bad")
		gauge(feedRate, f.Rate)
	}
	if s := status.Sink; s != nil {
		counter(sinkRecords, s.Ticks, "raw")
		counter(sinkRecords, s.DeadLetters, "dead")
		counter(sinkCuts, s.Cuts)
		counter(sinkFiles, s.Files)
		counter(sinkRaces, s.LostRaces)
		gauge(sinkMemory, float64(s.Memory))
		for _, p := range s.Partitions {
			id := strconv.Itoa(int(p.Partition))
			gauge(inLakeTo, float64(p.InLakeTo), id)
			gauge(lag, float64(max(0, p.LogEnd-p.InLakeTo)), id)
			if p.Reason != "" {
				gauge(stopped, 1, id, string(p.Reason))
			}
		}
	}
}
