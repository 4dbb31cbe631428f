package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"ticklake/internal/stream"
)

func newTopics(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "topics", Short: "Look at a topic, or make one", Args: knownCommand}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.AddCommand(newTopicsDescribe(a), newTopicsCreate(a))
	return cmd
}

func newTopicsDescribe(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "describe [TOPIC]",
		Short:   "The partitions of a topic, and the offsets that each has",
		Example: "  ticklake topics describe ticks",
		Args:    atMostOne("topic"),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, topics, err := a.topics(cmd)
			if err != nil {
				return err
			}
			defer topics.Close()
			name := e.topic
			if len(args) == 1 {
				name = args[0]
			}
			t, err := topics.Describe(cmd.Context(), name)
			if err != nil {
				return err
			}
			if a.flags.output == "json" {
				return printJSON(a.out, t)
			}
			_, _ = fmt.Fprintf(a.out, "topic %s, id %s, cluster %s\n", t.Name, t.ID, t.Cluster)
			w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', tabwriter.AlignRight)
			_, _ = fmt.Fprintln(w, "partition\tlog start\tlog end\trecords\t")
			for _, p := range t.Partitions {
				_, _ = fmt.Fprintf(w, "%d\t%s\t%s\t%s\t\n", p.Partition, count(p.LogStart), count(p.HighWatermark), count(p.HighWatermark-p.LogStart))
			}
			return w.Flush()
		},
	}
}

func newTopicsCreate(a *app) *cobra.Command {
	spec := stream.Spec{Retention: -1, RetentionBytes: -1}
	cmd := &cobra.Command{
		Use:     "create TOPIC",
		Short:   "Make a topic, or check the one that is there",
		Example: "  ticklake topics create ticks --partitions 6 --replication 3 --retention 168h",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("topics create takes the topic's name; see `%s --help`", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			_, topics, err := a.topics(cmd)
			if err != nil {
				return err
			}
			defer topics.Close()
			spec.Name = args[0]
			created, differences, err := topics.EnsureTopic(cmd.Context(), spec)
			if err != nil {
				return err
			}
			for _, d := range differences {
				_, _ = fmt.Fprintf(a.err, "topic %s has %s = %s, not %s\n", spec.Name, d.Setting, d.Have, d.Want)
			}
			if created {
				_, _ = fmt.Fprintf(a.out, "topic %s made\n", spec.Name)
				return nil
			}
			_, err = fmt.Fprintf(a.out, "topic %s is there\n", spec.Name)
			return err
		},
	}
	flags := cmd.Flags()
	flags.Int32Var(&spec.Partitions, "partitions", 2, "partitions; their number cannot change later")
	flags.Int16Var(&spec.Replication, "replication", 1, "replicas of each partition")
	flags.DurationVar(&spec.Retention, "retention", -1, "how long records are kept (negative: for ever)")
	flags.Int64Var(&spec.RetentionBytes, "retention-bytes", -1, "bytes of a partition that are kept (negative: all)")
	flags.Int16Var(&spec.MinISR, "min-isr", 0, "replicas that must have a record before it is acknowledged (0: the broker's default)")
	return cmd
}

func (a *app) topics(cmd *cobra.Command) (*endpoints, *stream.Topics, error) {
	e, cluster, err := a.kafka(cmd.Context())
	if err != nil {
		return nil, nil, err
	}
	topics, err := stream.OpenTopics(cluster)
	return e, topics, err
}

// atMostOne is the arguments of a command that takes one, or none.
func atMostOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usage("%s takes one %s at most; see `%s --help`", cmd.CommandPath(), what, cmd.CommandPath())
		}
		return nil
	}
}
