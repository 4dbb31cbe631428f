package lake

import (
	"cmp"
	"fmt"
	"slices"

	"ticklake/internal/tick"
)

// Batch is the records of one partition from an offset on, as the rows that they become, until a cut stores them.
// What it holds depends on the records and the layout alone, so that any owner of the partition gets the same.
type Batch struct {
	layout    *Layout
	partition int32
	from, to  int64
	epoch     int32
	records   int64
	bytes     int64 // of rows
	memory    int64
	files     map[string]*rows // by zone and folder
	newest    tick.Timestamp   // of its ticks

	// Kept between calls of Add to save memory, not state.
	tick   tick.Tick
	row    []byte
	folder []byte
}

// NewBatch returns an empty batch that begins at the offset from.
func NewBatch(layout *Layout, partition int32, from int64) *Batch {
	return &Batch{layout: layout, partition: partition, from: from, to: from, epoch: -1, files: make(map[string]*rows)}
}

// From and To are the offsets of the batch: [From, To).
func (b *Batch) From() int64 { return b.from }

// To is where the next record may stand.
func (b *Batch) To() int64 { return b.to }

// Records counts the records in the batch.
func (b *Batch) Records() int64 { return b.records }

// Bytes is the size of the rows, which the layout limits.
func (b *Batch) Bytes() int64 { return b.bytes }

// Memory is about how many bytes of memory the batch holds.
func (b *Batch) Memory() int64 { return b.memory }

// Newest is the latest time of a tick in the batch, or the zero of Timestamp, 1970, where none is later.
func (b *Batch) Newest() tick.Timestamp { return b.newest }

// Full says that the batch has reached the layout's bytes for a cut.
func (b *Batch) Full() bool { return b.bytes >= b.layout.MaxCutBytes }

// Add takes the next record; offsets only rise. It returns false, and takes nothing, where the record would lead the
// batch beyond the layout's limits: cut first. An empty batch takes any record. Add does not keep r.
func (b *Batch) Add(r *Record) bool {
	zone, folder := b.render(r)
	place := append(append(b.folder[:0], zone...), '/')
	place = append(place, folder...)
	b.folder = place
	file := b.files[string(place)]
	if b.records > 0 && (b.bytes+int64(len(b.row)) > b.layout.MaxCutBytes || (file == nil && len(b.files) >= b.layout.MaxCutFolders)) {
		return false
	}
	if file == nil {
		file = &rows{zone: zone, folder: folder}
		b.files[string(place)] = file
	}
	b.memory += file.add(b.row)
	if zone == Raw {
		file.marks = append(file.marks, mark{r.Offset, r.Timestamp})
		b.memory += markBytes
		b.newest = max(b.newest, b.tick.Timestamp)
	}
	b.records++
	b.bytes += int64(len(b.row))
	b.to, b.epoch = r.Offset+1, r.Epoch
	return true
}

// Pass moves the end of the batch behind an offset that holds no record of the topic, such as a transaction's marker.
func (b *Batch) Pass(offset int64, epoch int32) { b.to, b.epoch = offset+1, epoch }

// render makes the row of r in b.row and says where it belongs.
func (b *Batch) render(r *Record) (Zone, string) {
	if why := b.layout.fate(r, &b.tick); why != nil {
		b.row = appendDead(b.row[:0], r, why, b.layout.Topic, b.partition)
		produced, _ := kafkaTime(r.Timestamp) // where there is none, the day is 1970-01-01
		return Dead, Day.Folder(produced)
	}
	b.row = tick.AppendRow(b.row[:0], &b.tick)
	return Raw, b.layout.Granularity.Folder(b.tick.Timestamp)
}

// Cut returns the cut of that number which would store the batch; who makes it fills in the cluster and the topic id.
func (b *Batch) Cut(number int64) *Cut {
	c := &Cut{
		Cut: number, Kind: KindData, Layout: b.layout.Layout, Topic: b.layout.Topic, Partition: b.partition,
		From: b.from, To: b.to, Epoch: b.epoch, Records: b.records, Files: []File{},
	}
	for _, f := range b.inOrder() {
		c.Files = append(c.Files, File{Key: f.zone.Key(c.Topic, f.folder, c.Partition, number), Rows: f.count, CRC: f.crc})
	}
	for _, f := range b.inOrder() {
		if f.zone == Raw {
			c.Files = append(c.Files, File{Key: Curated.Key(c.Topic, f.folder, c.Partition, number), Rows: f.count, CRC: f.crc})
		}
	}
	return c
}

// inOrder returns the raw and the dead files in the order in which they are written.
func (b *Batch) inOrder() []*rows {
	files := make([]*rows, 0, len(b.files))
	for _, f := range b.files {
		files = append(files, f)
	}
	slices.SortFunc(files, func(x, y *rows) int {
		if x.zone != y.zone {
			return cmp.Compare(y.zone, x.zone) // raw before dead
		}
		return cmp.Compare(x.folder, y.folder)
	})
	return files
}

// Encode returns the bytes of the file f of cut c, which Cut returned for this batch. The files are encoded one by
// one, so that no more than one is held beside the rows.
func (b *Batch) Encode(e *Encoder, c *Cut, f File) ([]byte, error) {
	zone, folder, err := c.place(f)
	if err != nil {
		return nil, err
	}
	source := zone
	if zone == Curated {
		source = Raw
	}
	rows := b.files[string(source)+"/"+folder]
	if rows == nil {
		return nil, fmt.Errorf("encode %q: the batch has no such rows", f.Key)
	}
	return e.encode(zone, rows, b.partition, c.Cut)
}

// Differs says in what a cut made before differs from c, which the same offsets gave now, or returns nil. What it
// finds means that Kafka no longer holds the records that the cut was made of.
func (c *Cut) Differs(before *Cut) error {
	switch {
	case c.From != before.From || c.To != before.To:
		return fmt.Errorf("offsets [%d, %d) now, [%d, %d) in the cut", c.From, c.To, before.From, before.To)
	case c.Records != before.Records:
		return fmt.Errorf("%d records in offsets [%d, %d) now, %d in the cut", c.Records, c.From, c.To, before.Records)
	case c.Epoch != before.Epoch:
		return fmt.Errorf("leader epoch %d of the last record now, %d in the cut", c.Epoch, before.Epoch)
	case len(c.Files) != len(before.Files):
		return fmt.Errorf("%d files now, %d in the cut", len(c.Files), len(before.Files))
	}
	for i, f := range c.Files {
		if g := before.Files[i]; f != g {
			return fmt.Errorf("%s: %d rows, crc32c %v now; %s: %d rows, crc32c %v in the cut", f.Key, f.Rows, f.CRC, g.Key, g.Rows, g.CRC)
		}
	}
	return nil
}
