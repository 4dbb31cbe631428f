package watch

import "time"

// Step and steps are how far apart values of the history are, and how many are kept: five minutes.
const (
	Step  = time.Second
	steps = 300
)

// Series is the history of one figure.
type Series struct {
	Station string     `json:"station"`
	Label   string     `json:"label"`
	Unit    string     `json:"unit"`
	Values  []*float64 `json:"values"` // the newest last; null where it was not known
}

// history keeps the values of what each station is looked at for.
type history struct {
	series []Series
	end    time.Time
}

// sample is a figure at one moment.
type sample struct {
	station, label, unit string
	value                float64
	known                bool
}

// samples are those of the six stations.
func (f *Facts) samples() []sample {
	records, _, _, lagKnown := f.Lag()
	behind, behindKnown := f.Behind()
	out := []sample{
		{feedStation, "Ticks a second", "ticks/s", f.Rate, !f.Kafka.Broken()},
		{kafkaStation, "Records behind", "records", float64(records), lagKnown && !f.Kafka.Broken()},
		{sinkStation, "Since the last cut", "s", 0, false},
		{lakeStation, "Files", "files", 0, false},
		{catalogStation, "Not in the catalog", "folders", float64(len(f.Lacking)), !f.Glue.OK.IsZero() && !f.Glue.Broken()},
		{sqlStation, "Behind now", "s", seconds(behind), behindKnown && f.Folders > 0},
	}
	if newest := f.NewestCut(); newest != nil {
		out[2].value, out[2].known = seconds(max(0, f.Now.Sub(newest.At))), true
	}
	if v := f.lakeVital(); len(v) > 0 {
		if n, ok := v[0].Value.(int64); ok {
			out[3].value, out[3].known = float64(n), true
		}
	}
	return out
}

func (h *history) add(f *Facts) {
	samples := f.samples()
	if h.series == nil {
		for _, s := range samples {
			h.series = append(h.series, Series{s.station, s.label, s.unit, nil})
		}
	}
	h.end = f.Now
	for i, s := range samples {
		var v *float64
		if s.known {
			v = &s.value
		}
		values := append(h.series[i].Values, v)
		if len(values) > steps {
			values = append(values[:0:0], values[len(values)-steps:]...) // whoever was given the slice may be reading it
		}
		h.series[i].Values = values
	}
}
