package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"ticklake/internal/pipeline"
	"ticklake/internal/sink"
)

func newStatus(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "What each running part is doing, and since when",
		Example: `  ticklake status
  ticklake status --output json`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			e, err := a.endpoints(cmd.Context())
			if err != nil {
				return err
			}
			if e.operations == "" {
				return fmt.Errorf("no running ticklake on %s; hint: start one with `ticklake up`", a.flags.data)
			}
			body, err := fetchStatus(cmd.Context(), e.operations+"/status")
			if err != nil {
				return err
			}
			if a.flags.output == "json" {
				_, err := a.out.Write(body)
				return err
			}
			var st pipeline.Status
			if err := json.Unmarshal(body, &st); err != nil {
				return fmt.Errorf("read %s/status: %w", e.operations, err)
			}
			return a.printStatus(&st)
		},
	}
}

// fetchStatus asks a part's operations port.
func fetchStatus(ctx context.Context, url string) (body []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask for the status: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask for the status: %s says %s", url, resp.Status)
	}
	const limit = 16 << 20
	return io.ReadAll(io.LimitReader(resp.Body, limit))
}

func (a *app) printStatus(st *pipeline.Status) error {
	now := st.At
	if f := st.Feed; f != nil {
		_, _ = fmt.Fprintf(a.out, "feed   %-12s since %s  %s sent, %s skipped, %s bad, %s missed  %.0f/s\n", f.State, ago(now, f.Since),
			count(f.Sent), count(f.Skipped), count(f.Bad), count(f.Missed), f.Rate)
		a.reason(f.Reason, f.Error)
	}
	if s := st.Sink; s != nil {
		_, _ = fmt.Fprintf(a.out, "sink   %-12s since %s  %s, %s in %s of %s  %s of memory\n", s.State, ago(now, s.Since), plural(s.Ticks, "tick"), plural(s.DeadLetters, "dead letter"),
			plural(s.Files, "file"), plural(s.Cuts, "cut"), size(s.Memory))
		a.reason(s.Reason)
		for i := range s.Partitions {
			a.printPartition(now, s.Topic, &s.Partitions[i])
		}
	}
	if c := st.Crawl; c != nil {
		_, _ = fmt.Fprintf(a.out, "crawl  %-12s since %s  last %s ago", c.State, ago(now, c.Since), ago(now, c.LastCrawl))
		for _, t := range c.Tables {
			_, _ = fmt.Fprintf(a.out, "  %s: %s", t.Table, plural(int64(t.Partitions), "partition"))
		}
		_, _ = fmt.Fprintln(a.out)
		a.reason(c.Reason)
		for _, prefix := range c.Foreign {
			_, _ = fmt.Fprintf(a.out, "         not the lake's: %s\n", prefix)
		}
	}
	return nil
}

func (a *app) printPartition(now time.Time, topic string, p *sink.PartitionStatus) {
	_, _ = fmt.Fprintf(a.out, "  %s/%d  %-12s since %s  in lake to %s, log end %s, behind %s", topic, p.Partition, p.State, ago(now, p.Since),
		count(p.InLakeTo), count(p.LogEnd), count(max(0, p.LogEnd-p.InLakeTo)))
	if p.Cut >= 0 {
		_, _ = fmt.Fprintf(a.out, "  cut %s, %s ago", count(p.Cut), ago(now, p.CutAt))
	}
	if p.Open.Records > 0 {
		_, _ = fmt.Fprintf(a.out, "  open: %s, %s, %s old", plural(p.Open.Records, "record"), size(p.Open.Bytes), ago(now, p.Open.Since))
	}
	_, _ = fmt.Fprintln(a.out)
	a.reason(string(p.Reason), p.Detail)
}

func (a *app) reason(words ...string) {
	for _, w := range words {
		if w != "" {
			_, _ = fmt.Fprintf(a.out, "         %s\n", w)
		}
	}
}

// ago is how long before now something was.
func ago(now, then time.Time) string {
	if then.IsZero() {
		return "-"
	}
	return now.Sub(then).Round(time.Second).String()
}
