package lake

import (
	"bytes"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"ticklake/internal/tick"
)

// Encoder makes files of rows. It keeps the compressors' memory from one file to the next; it is for one goroutine. The
// zero value is ready.
type Encoder struct {
	gzip *gzip.Writer
	zstd zstd.Codec
}

// encode returns the bytes of a zone's file of rows.
func (e *Encoder) encode(zone Zone, r *rows, partition int32, cut int64) ([]byte, error) {
	switch zone {
	case Raw:
		return e.text(tick.Header, r)
	case Dead:
		return e.text("", r)
	default:
		return e.curated(r, partition, cut)
	}
}

// text compresses a header line and rows.
func (e *Encoder) text(header string, r *rows) ([]byte, error) {
	var out bytes.Buffer
	if e.gzip == nil {
		e.gzip = gzip.NewWriter(&out)
	}
	e.gzip.Reset(&out)
	if _, err := io.WriteString(e.gzip, header); err != nil {
		return nil, fmt.Errorf("compress header: %w", err)
	}
	for _, chunk := range r.chunks {
		if _, err := e.gzip.Write(chunk); err != nil {
			return nil, fmt.Errorf("compress rows: %w", err)
		}
	}
	if err := e.gzip.Close(); err != nil {
		return nil, fmt.Errorf("compress rows: %w", err)
	}
	return out.Bytes(), nil
}
