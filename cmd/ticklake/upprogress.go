package main

import (
	"context"
	"fmt"
	"sync/atomic"

	"ticklake/internal/feed/market"
)

// toSend is how many rows come at once, before the feed is live or at its end.
func (src *source) toSend() int64 {
	if src.dataset != nil {
		return src.dataset.Facts().Rows
	}
	if m, ok := src.feed.(*market.Market); ok {
		p := m.Params()
		return int64(p.Days) * int64(p.Ticks) // nearly: a day has a few more or less
	}
	return 0
}

// showLake tells how much of a dataset is in the lake, until stop.
func (a *app) showLake(s *started, src *source) (stop func()) {
	total := src.toSend()
	return a.progress("into the lake", inRows, func() (done, of int64) {
		if st := s.pipeline.Status().Sink; st != nil {
			for i := range st.Partitions {
				done += max(0, st.Partitions[i].InLakeTo)
			}
		}
		return done, total
	})
}

// showSending tells how far the feed is with what comes at once, until it is through or ctx ends.
func (a *app) showSending(ctx context.Context, s *started, src *source) (stop func()) {
	total := src.toSend()
	if total == 0 {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	var through atomic.Bool
	hide := a.progress("sending", inRows, func() (done, of int64) {
		if f := s.pipeline.Status().Feed; f != nil {
			if done = f.Position + 1; done >= total || f.Error != "" {
				through.Store(done >= total)
				cancel()
			}
		}
		return done, total
	})
	go func() {
		defer close(ended)
		<-ctx.Done()
		hide()
		if through.Load() && src.dataset == nil {
			_, _ = fmt.Fprintln(a.out, "Live      the market's history is in Kafka; ticks now come as they fall due")
		}
	}()
	return func() {
		cancel()
		<-ended
	}
}
