package lake

import (
	"fmt"
	"time"

	"ticklake/internal/tick"
)

// Layout is what decides a row's form beside the record and the cut: it is written once for a topic and never
// changed. A later form is a layout of the next number, which an operator adds; along a chain of cuts the number
// never falls.
type Layout struct {
	Layout      int         `json:"layout"` // its number, from 1
	Topic       string      `json:"topic"`
	Rules       int         `json:"rules"` // by which tick reads records
	Granularity Granularity `json:"granularity"`
	// MaxAheadSeconds is how far a tick's time may lie ahead of its record's Kafka timestamp before it is a dead letter.
	MaxAheadSeconds int64 `json:"max_ahead_seconds"`
	// MaxCutBytes and MaxCutFolders limit a cut: bytes of raw and dead rows, and folders of the two. A single record
	// is always allowed.
	MaxCutBytes   int64  `json:"max_cut_bytes"`
	MaxCutFolders int    `json:"max_cut_folders"`
	Raw           Format `json:"raw"`
	Curated       Format `json:"curated"`
	Dead          Format `json:"dead"`
}

// Format names a zone's file format, codec and columns.
type Format struct {
	Format  string   `json:"format"`
	Codec   string   `json:"codec"`
	Columns []string `json:"columns"`
}

// The limits that a new layout has unless told otherwise.
const (
	DefaultMaxCutBytes   = 32 << 20
	DefaultMaxCutFolders = 64
	DefaultMaxAhead      = 48 * time.Hour
)

// NewLayout returns the first layout of a topic.
func NewLayout(topic string, width Granularity) *Layout {
	return &Layout{
		Layout: 1, Topic: topic, Rules: tick.Rules, Granularity: width,
		MaxAheadSeconds: int64(DefaultMaxAhead / time.Second), MaxCutBytes: DefaultMaxCutBytes, MaxCutFolders: DefaultMaxCutFolders,
		Raw:     Format{Format: "csv", Codec: "gzip", Columns: columnNames(rawColumns)},
		Curated: Format{Format: "parquet", Codec: "zstd", Columns: columnNames(curatedColumns)},
		Dead:    Format{Format: "json", Codec: "gzip", Columns: columnNames(deadColumns)},
	}
}

// AllLayouts is where the layouts of all topics stand, a folder a topic.
const AllLayouts = "_ticklake/layout/"

// LayoutPrefix is where the layouts of a topic stand.
func LayoutPrefix(topic string) string { return AllLayouts + topic + "/" }

// LayoutKey names a layout: "_ticklake/layout/ticks/0001.json".
func LayoutKey(topic string, number int) string {
	return fmt.Sprintf("%s%04d.json", LayoutPrefix(topic), number)
}

// Encode returns l as it is stored.
func (l *Layout) Encode() ([]byte, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	return encode(l)
}

// ParseLayout reads a stored layout. One that this program cannot follow to the letter is refused: it was made by a
// newer one.
func ParseLayout(body []byte) (*Layout, error) {
	l := new(Layout)
	if err := decode(body, l); err != nil {
		return nil, fmt.Errorf("read layout: %w", err)
	}
	if err := l.check(); err != nil {
		return nil, err
	}
	return l, nil
}

func (l *Layout) check() error {
	if err := CheckTopic(l.Topic); err != nil {
		return fmt.Errorf("layout %d: %w", l.Layout, err)
	}
	if err := l.Granularity.Check(); err != nil {
		return fmt.Errorf("layout %d: %w", l.Layout, err)
	}
	want := NewLayout(l.Topic, l.Granularity)
	switch {
	case l.Layout < 1 || l.Layout > 9999:
		return fmt.Errorf("layout number %d: it is 1 to 9999", l.Layout)
	case l.Rules != tick.Rules:
		return fmt.Errorf("layout %d reads records by rules %d, which this ticklake does not know; try a newer one", l.Layout, l.Rules)
	case l.MaxCutBytes < 1 || l.MaxCutFolders < 1 || l.MaxAheadSeconds < 0 || l.MaxAheadSeconds > 100*365*86400:
		return fmt.Errorf("layout %d: max_cut_bytes %d, max_cut_folders %d, max_ahead_seconds %d: out of range",
			l.Layout, l.MaxCutBytes, l.MaxCutFolders, l.MaxAheadSeconds)
	case !l.Raw.same(want.Raw) || !l.Curated.same(want.Curated) || !l.Dead.same(want.Dead):
		return fmt.Errorf("layout %d has a file format that this ticklake does not know; try a newer one", l.Layout)
	}
	return nil
}

func (f Format) same(g Format) bool {
	if f.Format != g.Format || f.Codec != g.Codec || len(f.Columns) != len(g.Columns) {
		return false
	}
	for i := range f.Columns {
		if f.Columns[i] != g.Columns[i] {
			return false
		}
	}
	return true
}
