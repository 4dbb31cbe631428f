package market

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// FileHeader is the first line of a file that Write makes; such a file loads as a dataset.
const FileHeader = "Timestamp,Stock Symbol,Price,Volume,Open Price,High Price,Low Price\n"

// Write writes the market's first n ticks to w as CSV, or, if n is 0, all of its history; and returns how many it has
// written. They are the ticks that the feed yields.
func (m *Market) Write(ctx context.Context, w io.Writer, n int64) (int64, error) {
	if n == 0 && m.p.Days == 0 {
		return 0, errors.New("write a market: it has no history, and its live part does not end; hint: say how many ticks")
	}
	out := bufio.NewWriterSize(w, 256<<10)
	if _, err := out.WriteString(FileHeader); err != nil {
		return 0, fmt.Errorf("write a market: %w", err)
	}
	opened, err := m.Open(ctx, 0)
	if err != nil {
		return 0, err
	}
	r := opened.(*rows)
	var line []byte
	written := int64(0)
	for ; n == 0 || written < n; written++ {
		if written%1024 == 0 && ctx.Err() != nil {
			return written, ctx.Err()
		}
		i, tk, ok := r.advance()
		if !ok || n == 0 && r.day.live {
			break
		}
		r.fill(i, &tk)
		line = r.appendLine(line[:0])
		if _, err := out.Write(line); err != nil {
			return written, fmt.Errorf("write a market: %w", err)
		}
	}
	if err := out.Flush(); err != nil {
		return written, fmt.Errorf("write a market: %w", err)
	}
	return written, nil
}

// appendLine appends r.t as one line. No symbol needs quotes.
func (r *rows) appendLine(dst []byte) []byte {
	t := &r.t
	dst = append(t.Timestamp.Append(dst), ',')
	dst = append(append(dst, t.Symbol...), ',')
	dst = append(t.Price.Append(dst), ',')
	dst = append(strconv.AppendInt(dst, t.Volume.V, 10), ',')
	dst = append(t.Open.V.Append(dst), ',')
	dst = append(t.High.V.Append(dst), ',')
	return append(t.Low.V.Append(dst), '\n')
}
