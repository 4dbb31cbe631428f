package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"ticklake/internal/objects"
	"ticklake/internal/verify"
)

func newVerify(a *app) *cobra.Command {
	var topic string
	var strictSequences bool
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Prove that the lake is whole, from its files alone",
		Long: `Reads every cut and every file of the lake and proves that each chain of cuts has no gap and that each cut's
rows are all there, once, in raw, dead and curated alike, by their checksums. It asks neither Kafka nor a catalog.

A partition's newest cut may lack files: a sink makes the cut first and may be writing them, or was killed. They are waited
for; then the cut is told as not finished, and the lake as not whole yet. It loses nothing while Kafka has the cut's records:
whoever owns the partition next completes it.

What the ticks' own sequence numbers say is told as well; it decides the exit code with --sequences only, because a real
feed has gaps in a perfect lake.`,
		Example: `  ticklake verify                          # of the running up
  ticklake verify --data data/market       # of a data directory, also at rest
  ticklake verify --bucket my-lake --aws   # needs AWS`,
		RunE: untilDone(func(cmd *cobra.Command, _ []string) error {
			e, err := a.endpoints(cmd.Context())
			if err != nil {
				return err
			}
			store, closeStore, err := e.store(cmd.Context())
			if err != nil {
				return err
			}
			defer closeStore()
			if e.atRest {
				wait = 0 // no sink runs
			}
			var so verify.Progress
			stop := a.progress("verifying", inBytes, so.Bytes)
			report, err := verify.Watched(cmd.Context(), store, topic, verify.Patience{For: wait}, &so)
			stop()
			if errors.Is(err, verify.ErrEmpty) && topic != "" {
				return notInLake(cmd.Context(), store, topic, err)
			}
			if err != nil {
				return err
			}
			if err := a.printReport(report); err != nil {
				return err
			}
			if !report.Whole() || (strictSequences && !unbroken(report)) {
				return &silentError{exitBroken}
			}
			return nil
		}),
	}
	cmd.Flags().StringVar(&topic, "topic", "", "check this topic only")
	cmd.Flags().BoolVar(&strictSequences, "sequences", false, "fail where a symbol's numbers have a gap or a double")
	cmd.Flags().DurationVar(&wait, "wait", 15*time.Second, "how long to wait for a running sink to finish the newest cut")
	return cmd
}

// notInLake says that the lake has nothing of a topic, and which was likely meant.
func notInLake(ctx context.Context, store objects.Store, topic string, err error) error {
	topics, listed := verify.Topics(ctx, store)
	if near := nearest(topic, topics); listed == nil && near != "" {
		return fmt.Errorf("%w%s", err, didYouMean(near))
	}
	return err
}

func unbroken(r *verify.Report) bool {
	for i := range r.Topics {
		if !r.Topics[i].Sequences.Unbroken() {
			return false
		}
	}
	return true
}

func (a *app) printReport(r *verify.Report) error {
	if a.flags.output == formJSON {
		return printJSON(a.out, struct {
			Whole bool `json:"whole"`
			*verify.Report
		}{r.Whole(), r})
	}
	for i := range r.Topics {
		if i > 0 {
			_, _ = fmt.Fprintln(a.out)
		}
		if err := a.printVerified(&r.Topics[i]); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) printVerified(t *verify.Topic) error {
	rows := make([][]string, len(t.Partitions))
	for i, p := range t.Partitions {
		rows[i] = []string{
			fmt.Sprintf("%s/%d", t.Topic, p.Partition), count(p.From), count(p.To), count(p.Cuts),
			count(p.Ticks), count(p.DeadLetters), count(p.Files), size(p.Bytes),
		}
	}
	if err := a.printTable(columnsNamed("partition", "from offset#", "to#", "cuts#", "ticks#", "dead letters#", "files#", "size#"), rows); err != nil {
		return err
	}
	on := screenOf(a.out)
	_, _ = fmt.Fprintln(a.out)
	for _, problem := range t.Problems {
		_, _ = fmt.Fprintf(a.out, "%s  %s: %s\n", on.in(red, "PROBLEM"), plain(problem.Where), problem.What)
	}
	if s := t.Sequences; s.Ticks > 0 {
		_, _ = fmt.Fprintf(a.out, "sequences of %s: %s missing, %s twice\n", plural(int64(s.Symbols), "symbol"), count(s.Missing), count(s.Doubles))
		for _, g := range s.Gaps {
			_, _ = fmt.Fprintf(a.out, "  %s: %s to %s missing\n", plain(g.Symbol), count(g.From), count(g.To))
		}
	}
	for _, u := range t.Unfinished {
		_, _ = fmt.Fprintf(a.out, "the newest cut of partition %d, %d, is not finished: %d of %s; whoever owns the partition completes it from Kafka\n",
			u.Partition, u.Cut, u.There, plural(int64(u.Files), "file"))
	}
	_, err := fmt.Fprintln(a.out, verdict(t, on))
	return err
}

// verdict says in one line how a topic's lake is.
func verdict(t *verify.Topic, on *screen) string {
	switch {
	case len(t.Problems) > 0:
		return t.Topic + " is " + on.in(red, "NOT whole") + ": " + plural(int64(len(t.Problems)), "problem")
	case len(t.Unfinished) > 0:
		return t.Topic + " is not whole yet: " + plural(int64(len(t.Unfinished)), "newest cut") + " not finished; every record of every other cut is there once"
	}
	return t.Topic + " is whole: every record of every cut is there once"
}
