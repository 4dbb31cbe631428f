package watch

import (
	"time"

	"ticklake/internal/stream"
	"ticklake/internal/web/market"
)

// Facts are what is known at one moment. What is judged of them is judged of nothing else.
type Facts struct {
	Now    time.Time
	CutAge time.Duration
	Names  Names

	Feed                                       string // the newest record's, "" where it has none or none was seen
	Ticks                                      int64  // read since the server began
	Rate                                       float64
	LastTick                                   time.Time // when one was read last
	Symbols                                    int
	Kafka, Lake, Glue, SQL, Operations         Probe
	KnowsKafka, KnowsLake, KnowsGlue, KnowsSQL bool // there is somewhere to ask
	Topic                                      *stream.Topic
	NoTopic                                    bool
	In                                         float64 // records a second into the topic, of late
	Positions                                  map[int32]market.Position
	Cuts                                       map[int32][]*Cut // the newest of each partition, in order
	Zones                                      []Zone
	Tables                                     []Table
	Lacking                                    []string // folders of the lake that the catalog has not
	LackingSince                               time.Time
	Folders                                    int
	Status                                     *Status // nil where no part says anything
	Queries                                    Queries
	Tail                                       error // why Kafka's records are not read
}

// Names are what things are called.
type Names struct {
	Topic, Bucket, Database, Workgroup string
	Kafka, S3, Glue, Athena            string // where they are
}

// Zone is what stands in a zone of the lake.
type Zone struct {
	Zone  string    `json:"zone"`
	Files int64     `json:"files"`
	Bytes int64     `json:"bytes"`
	More  bool      `json:"more"` // there are more: counting stopped
	Time  time.Time `json:"time"`
}

// Table is a table of the catalog.
type Table struct {
	Table   string `json:"table"`
	Comment string `json:"comment"`
}

// Queries are what statements have come to since the server began.
type Queries struct {
	Run, Failed     int64
	Median, Slowest time.Duration // of the last hundred
	Bytes           int64
	Dollars         float64
}

// LagOf is how far a partition of the topic is ahead of the lake.
func (f *Facts) LagOf(p *stream.Partition) (records int64, age time.Duration, ageKnown, known bool) {
	pos, ok := f.Positions[p.Partition]
	if !ok || pos.Lake < 0 {
		if len(f.Cuts[p.Partition]) > 0 || f.Lake.OK.IsZero() {
			return 0, 0, false, false
		}
		pos.Lake = p.LogStart // nothing of it is in the lake
	}
	records = max(0, p.LastStable-pos.Lake)
	switch {
	case records == 0:
		return 0, 0, true, true
	case ok && pos.Whole && !pos.Oldest.IsZero():
		return records, f.Now.Sub(pos.Oldest), true, true
	}
	return records, 0, false, true
}

// Lag is that of the topic: records of all partitions, and the age of the oldest that is not in the lake.
func (f *Facts) Lag() (records int64, age time.Duration, ageKnown, known bool) {
	if f.Topic == nil {
		return 0, 0, false, false
	}
	ageKnown = true
	for i := range f.Topic.Partitions {
		n, a, aKnown, ok := f.LagOf(&f.Topic.Partitions[i])
		if !ok {
			return 0, 0, false, false
		}
		records += n
		age = max(age, a)
		ageKnown = ageKnown && aKnown
	}
	return records, age, ageKnown, true
}

// NewestCut is the newest of all partitions', or nil.
func (f *Facts) NewestCut() (newest *Cut) {
	for _, cuts := range f.Cuts {
		if last := cuts[len(cuts)-1]; newest == nil || last.At.After(newest.At) {
			newest = last
		}
	}
	return newest
}

// Behind is how old the oldest record is that SQL does not see; 0 where it sees all.
func (f *Facts) Behind() (age time.Duration, known bool) {
	_, age, ageKnown, known := f.Lag()
	if !known || !ageKnown {
		return 0, false
	}
	if len(f.Lacking) > 0 && !f.LackingSince.IsZero() {
		age = max(age, f.Now.Sub(f.LackingSince))
	}
	return age, true
}
