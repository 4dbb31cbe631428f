package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ticklake/internal/feed"
	"ticklake/internal/pipeline"
	"ticklake/internal/sink"
)

func newStatus(a *app) *cobra.Command {
	var of []string
	cmd := &cobra.Command{
		Use:   "status",
		Short: "What each running part is doing, and since when",
		Long: `Tells what each part of the running up is doing, and since when.

A part that runs alone, such as a sink, says it at the address of its --operations: --status-of names that.`,
		Example: `  ticklake status
  ticklake status --output json
  ticklake status --status-of sink-1:8604,sink-2:8604   # needs sinks that run there`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if len(of) > 0 {
				return a.statusOf(cmd.Context(), of)
			}
			e, err := a.endpoints(cmd.Context())
			if err != nil {
				return err
			}
			if e.operations.err != nil {
				return e.operations.err
			}
			st, body, err := fetchStatus(cmd.Context(), "the running ticklake", &e.operations)
			if err != nil {
				return err
			}
			if a.flags.output == formJSON {
				_, err := a.out.Write(body)
				return err
			}
			return a.printStatus(st)
		},
	}
	cmd.Flags().StringSliceVar(&of, "status-of", nil, "addresses of parts that run alone (default: the running up's)")
	return cmd
}

// printStatus says it for people: a line for each part, then the partitions and the tables.
func (a *app) printStatus(st *pipeline.Status) error {
	for _, away := range st.Away {
		a.printPart(away.Service, "away", st.At, away.Since, away.Reason)
		a.nextTry(st.At, away.NextTry)
	}
	if f := st.Feed; f != nil {
		a.printPart("feed", string(f.State), st.At, f.Since, fmt.Sprintf("%s rows/s; %s sent, %s skipped, %s bad, %s missed",
			count(int64(f.Rate+0.5)), count(f.Sent), count(f.Skipped), count(f.Bad), count(f.Missed)))
		a.reason(f.Reason, f.Error)
		a.nextTry(st.At, f.NextTry)
	}
	if s := st.Sink; s != nil {
		a.printPart("sink", string(s.State), st.At, s.Since, fmt.Sprintf("%s, %s in %s of %s; %s of memory",
			plural(s.Ticks, "tick"), plural(s.DeadLetters, "dead letter"), plural(s.Files, "file"), plural(s.Cuts, "cut"), size(s.Memory)))
		a.reason(s.Reason)
	}
	if c := st.Crawl; c != nil {
		looked := "not looked yet"
		if !c.LastCrawl.IsZero() {
			looked = "looked " + ago(st.At, c.LastCrawl) + " ago"
		}
		a.printPart("crawl", string(c.State), st.At, c.Since, fmt.Sprintf("%s; %s added", looked, plural(c.Added, "partition")))
		a.reason(c.Reason)
		a.nextTry(st.At, c.NextTry)
		a.printForeign(indent, c)
	}
	if s := st.Sink; s != nil && len(s.Partitions) > 0 {
		if err := a.printPartitions(st.At, s); err != nil {
			return err
		}
	}
	if c := st.Crawl; c != nil && len(c.Tables) > 0 {
		_, _ = fmt.Fprintln(a.out)
		return a.printCrawled(c.Tables)
	}
	return nil
}

// indent is where what is said of a part begins.
const indent = "       "

// printPart says what a part is doing. A state that is no good stands out.
func (a *app) printPart(name, state string, now, since time.Time, more string) {
	how := bold
	if slices.Contains([]string{string(feed.Waiting), string(feed.Retrying), string(feed.Refused), string(sink.Away), string(sink.Halted)}, state) {
		how = red
	}
	on := screenOf(a.out)
	_, _ = fmt.Fprintf(a.out, "%-6s %s for %s: %s\n", name, on.in(how, state), ago(now, since), more)
}

func (a *app) printPartitions(now time.Time, s *sink.Status) error {
	_, _ = fmt.Fprintln(a.out)
	rows := make([][]string, len(s.Partitions))
	for i := range s.Partitions {
		p := &s.Partitions[i]
		state, cut, open := string(p.State), "-", "-"
		if p.State != sink.Collecting && p.State != sink.Cutting {
			state += " for " + ago(now, p.Since)
		}
		if p.Cut >= 0 {
			cut = fmt.Sprintf("%s, %s ago", count(p.Cut), ago(now, p.CutAt))
		}
		if p.Open.Records > 0 {
			open = fmt.Sprintf("%s, %s old", count(p.Open.Records), ago(now, p.Open.Since))
		}
		rows[i] = []string{
			fmt.Sprintf("%s/%d", s.Topic, p.Partition), state, count(p.InLakeTo), count(p.LogEnd), count(max(0, p.LogEnd-p.InLakeTo)), cut, open,
		}
	}
	err := a.printTable(columnsNamed("partition", "state", "in lake to#", "log end#", "behind#", "newest cut#", "open records#"), rows)
	for i := range s.Partitions {
		if p := &s.Partitions[i]; p.Reason != "" || p.Detail != "" {
			_, _ = fmt.Fprintf(a.out, "%s/%d: %s\n", s.Topic, p.Partition, strings.TrimPrefix(string(p.Reason)+": "+p.Detail, ": "))
		}
	}
	return err
}

func (a *app) reason(words ...string) {
	for _, w := range words {
		if w != "" {
			_, _ = fmt.Fprintf(a.out, "%s%s\n", indent, w)
		}
	}
}

func (a *app) nextTry(now time.Time, next *time.Time) {
	if next != nil {
		_, _ = fmt.Fprintf(a.out, "%sit is tried again in %s\n", indent, span(next.Sub(now)))
	}
}

// ago is how long before now something was.
func ago(now, then time.Time) string {
	if then.IsZero() {
		return "-"
	}
	return span(now.Sub(then))
}
