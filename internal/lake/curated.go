package lake

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/parquet-go/parquet-go"

	"ticklake/internal/tick"
)

// curatedRow is a row of a curated file; its tags are the file's schema, and curatedColumns says the same to a catalog.
// The ids are Iceberg's field ids, frozen. A pointer is a column that may be NULL.
type curatedRow struct {
	Timestamp      int64   `parquet:"timestamp,id(1),timestamp(microsecond:local)"`
	TimestampNanos int64   `parquet:"timestamp_ns,id(2)"`
	Symbol         string  `parquet:"symbol,id(3),dict"`
	Price          int64   `parquet:"price,id(4),decimal(9:18),dict"`
	Volume         *int64  `parquet:"volume,id(5),optional,dict"`
	Open           *int64  `parquet:"open,id(6),optional,decimal(9:18),dict"`
	High           *int64  `parquet:"high,id(7),optional,decimal(9:18),dict"`
	Low            *int64  `parquet:"low,id(8),optional,decimal(9:18),dict"`
	Venue          *string `parquet:"venue,id(9),optional,dict"`
	Currency       *string `parquet:"currency,id(10),optional,dict"`
	Sequence       *int64  `parquet:"sequence,id(11),optional"`
	Extra          *string `parquet:"extra,id(12),optional"`
	KafkaPartition int32   `parquet:"kafka_partition,id(13),dict"`
	KafkaOffset    int64   `parquet:"kafka_offset,id(14)"`
	KafkaTimestamp int64   `parquet:"kafka_timestamp,id(15),timestamp(microsecond:local)"`
	Cut            int64   `parquet:"cut,id(16),dict"`
}

// curated writes the raw rows r as Parquet, sorted by symbol, time and offset.
func (e *Encoder) curated(r *rows, partition int32, cut int64) ([]byte, error) {
	order, err := sortedBySymbol(r)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	// Version 1 data pages are what every reader of the field knows.
	w := parquet.NewGenericWriter[curatedRow](&out, parquet.Compression(&e.zstd), parquet.DataPageVersion(1),
		parquet.CreatedBy("ticklake", "1", "lake"), parquet.SortingWriterConfig(parquet.SortingColumns(
			parquet.Ascending("symbol"), parquet.Ascending("timestamp_ns"), parquet.Ascending("kafka_offset"))))
	buffer := newRowBuffer(partition, cut)
	for len(order) > 0 {
		n := min(len(order), len(buffer.rows))
		for i, s := range order[:n] {
			if err := buffer.set(i, s.row, s.mark); err != nil {
				return nil, err
			}
		}
		if _, err := w.Write(buffer.rows[:n]); err != nil {
			return nil, fmt.Errorf("write Parquet: %w", err)
		}
		order = order[n:]
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("write Parquet: %w", err)
	}
	return out.Bytes(), nil
}

// sortable is a raw row with what it is sorted by.
type sortable struct {
	symbol string
	time   tick.Timestamp
	mark   mark
	row    []byte
}

func sortedBySymbol(r *rows) ([]sortable, error) {
	order := make([]sortable, 0, r.count)
	symbols := make(map[tick.Symbol]string) // one string a symbol, not one a row
	var t tick.Tick
	for _, chunk := range r.chunks {
		for len(chunk) > 0 {
			end := bytes.IndexByte(chunk, '\n') + 1
			row := chunk[:end]
			chunk = chunk[end:]
			if err := tick.ParseRow(row, &t); err != nil {
				return nil, fmt.Errorf("read back row %.200q: %w", row, err)
			}
			symbol, ok := symbols[t.Symbol]
			if !ok {
				symbol = string(t.Symbol)
				symbols[t.Symbol] = symbol
			}
			order = append(order, sortable{symbol, t.Timestamp, r.marks[len(order)], row})
		}
	}
	slices.SortFunc(order, func(a, b sortable) int {
		return cmp.Or(cmp.Compare(a.symbol, b.symbol), cmp.Compare(a.time, b.time), cmp.Compare(a.mark.offset, b.mark.offset))
	})
	return order, nil
}

// rowBuffer is some rows, with room for what their pointers point to.
type rowBuffer struct {
	rows      []curatedRow
	ticks     []tick.Tick
	prices    [][3]int64
	texts     []string
	partition int32
	cut       int64
}

func newRowBuffer(partition int32, cut int64) *rowBuffer {
	const size = 512
	return &rowBuffer{
		rows: make([]curatedRow, size), ticks: make([]tick.Tick, size), prices: make([][3]int64, size), texts: make([]string, size),
		partition: partition, cut: cut,
	}
}

// set makes row i of the buffer of a raw row.
func (b *rowBuffer) set(i int, row []byte, m mark) error {
	t := &b.ticks[i]
	if err := tick.ParseRow(row, t); err != nil {
		return fmt.Errorf("read back row %.200q: %w", row, err)
	}
	r := &b.rows[i]
	*r = curatedRow{
		Timestamp: t.Timestamp.Micros(), TimestampNanos: int64(t.Timestamp), Symbol: string(t.Symbol), Price: int64(t.Price),
		KafkaPartition: b.partition, KafkaOffset: m.offset, KafkaTimestamp: m.timestamp * 1000, Cut: b.cut,
	}
	if t.Volume.Valid {
		r.Volume = &t.Volume.V
	}
	if t.Sequence.Valid {
		r.Sequence = &t.Sequence.V
	}
	for j, p := range [...]struct {
		from tick.Null[tick.Price]
		to   **int64
	}{{t.Open, &r.Open}, {t.High, &r.High}, {t.Low, &r.Low}} {
		if p.from.Valid {
			b.prices[i][j] = int64(p.from.V)
			*p.to = &b.prices[i][j]
		}
	}
	if t.Venue != "" {
		r.Venue = &t.Venue
	}
	if t.Currency != "" {
		r.Currency = &t.Currency
	}
	if len(t.Extra) > 0 {
		b.texts[i] = string(t.Extra)
		r.Extra = &b.texts[i]
	}
	return nil
}

// CuratedRow is a row of a curated file: the tick, and its place in Kafka.
type CuratedRow struct {
	Tick      tick.Tick
	Partition int32
	Offset    int64
	Timestamp int64 // Kafka's, in milliseconds since 1970
	Cut       int64
}

// ReadCurated calls row with each row of a curated file, in the file's order; row must not keep it.
func ReadCurated(file io.ReaderAt, size int64, row func(*CuratedRow) error) (err error) {
	defer func() { // the library panics on some files that are no Parquet
		if p := recover(); p != nil {
			err = fmt.Errorf("read Parquet: %v", p)
		}
	}()
	f, err := parquet.OpenFile(file, size)
	if err != nil {
		return fmt.Errorf("read Parquet: %w", err)
	}
	if want := parquet.SchemaOf(new(curatedRow)); !parquet.EqualNodes(want, f.Schema()) {
		return errors.New("read Parquet: not the columns of curated ticks")
	}
	r := parquet.NewGenericReader[curatedRow](f)
	defer func() { err = errors.Join(err, r.Close()) }()
	buffer := make([]curatedRow, 512)
	var out CuratedRow
	for {
		n, err := r.Read(buffer)
		for i := range buffer[:n] {
			buffer[i].decode(&out)
			if micros := out.Tick.Timestamp.Micros(); buffer[i].Timestamp != micros {
				return fmt.Errorf("offset %d: timestamp is %d µs, timestamp_ns says %d µs", out.Offset, buffer[i].Timestamp, micros)
			}
			if err := row(&out); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read Parquet: %w", err)
		}
	}
}

func (r *curatedRow) decode(out *CuratedRow) {
	t := &out.Tick
	t.Reset()
	t.Timestamp, t.Symbol, t.Price = tick.Timestamp(r.TimestampNanos), tick.Symbol(r.Symbol), tick.Price(r.Price)
	if r.Volume != nil {
		t.Volume = tick.Some(*r.Volume)
	}
	if r.Sequence != nil {
		t.Sequence = tick.Some(*r.Sequence)
	}
	t.Open, t.High, t.Low = price(r.Open), price(r.High), price(r.Low)
	if r.Venue != nil {
		t.Venue = *r.Venue
	}
	if r.Currency != nil {
		t.Currency = *r.Currency
	}
	if r.Extra != nil {
		t.Extra = append(t.Extra, *r.Extra...)
	}
	out.Partition, out.Offset, out.Timestamp, out.Cut = r.KafkaPartition, r.KafkaOffset, r.KafkaTimestamp/1000, r.Cut
}

func price(v *int64) tick.Null[tick.Price] {
	if v == nil {
		return tick.Null[tick.Price]{}
	}
	return tick.Some(tick.Price(*v))
}
