package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"ticklake/internal/stream"
)

func newTopics(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "topics", Short: "Look at a topic, or make one", Args: knownCommand}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.AddCommand(newTopicsDescribe(a), newTopicsCreate(a))
	return cmd
}

// topicInfo is a topic as it is printed.
type topicInfo struct {
	Topic      string          `json:"topic"`
	ID         string          `json:"id"`
	Cluster    string          `json:"cluster"`
	Partitions []partitionInfo `json:"partitions"`
}

type partitionInfo struct {
	Partition int32 `json:"partition"`
	Leader    int32 `json:"leader"`
	LogStart  int64 `json:"log_start"`
	LogEnd    int64 `json:"log_end"`
	Offsets   int64 `json:"offsets"` // that have a record, or had one
}

func newTopicsDescribe(a *app) *cobra.Command {
	return prints(&cobra.Command{
		Use:   "describe [TOPIC]",
		Short: "The partitions of a topic, and the offsets that each has",
		Example: `  ticklake topics describe
  ticklake topics describe ticks --output json`,
		Args: atMostOne("topic"),
		RunE: untilDone(func(cmd *cobra.Command, args []string) error {
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
			if errors.Is(err, stream.ErrNoTopic) {
				return noTopic(cmd, topics, name, err)
			}
			if err != nil {
				return err
			}
			info := topicInfo{t.Name, t.ID, t.Cluster, make([]partitionInfo, len(t.Partitions))}
			rows := make([][]string, len(t.Partitions))
			for i, p := range t.Partitions {
				o := partitionInfo{p.Partition, p.Leader, p.LogStart, p.HighWatermark, p.HighWatermark - p.LogStart}
				info.Partitions[i] = o
				rows[i] = []string{
					a.number(int64(o.Partition)), a.number(int64(o.Leader)), a.number(o.LogStart), a.number(o.LogEnd), a.number(o.Offsets),
				}
			}
			if a.flags.output == formTable {
				_, _ = fmt.Fprintf(a.out, "topic %s, id %s, cluster %s\n\n", screenOf(a.out).in(bold, t.Name), t.ID, t.Cluster)
			}
			return a.printList(info, columnsNamed("partition#", "leader#", "log start#", "log end#", "offsets#"), rows)
		}),
	}, allForms...)
}

// noTopic says that there is no topic of a name, and which was likely meant.
func noTopic(cmd *cobra.Command, topics *stream.Topics, name string, err error) error {
	names, listed := topics.Names(cmd.Context())
	if near := nearest(name, names); listed == nil && near != "" {
		return fmt.Errorf("topic %q: %w%s", name, stream.ErrNoTopic, didYouMean(near))
	}
	return err
}

// topicMade is what `topics create` has come to.
type topicMade struct {
	Topic       string       `json:"topic"`
	Created     bool         `json:"created"`
	Differences []difference `json:"differences"` // of a topic that was there
}

type difference struct {
	Setting string `json:"setting"`
	Have    string `json:"have"`
	Want    string `json:"want"`
}

func newTopicsCreate(a *app) *cobra.Command {
	var spec stream.Spec
	cmd := &cobra.Command{
		Use:   "create TOPIC",
		Short: "Make a topic, or check the one that is there",
		Example: `  ticklake topics create trades --partitions 6
  ticklake topics create quotes --partitions 6 --replication 3 --retention 168h --kafka broker:9092   # needs a broker`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("topics create takes the topic's name; see `%s --help`", cmd.CommandPath())
			}
			return nil
		},
		RunE: untilDone(func(cmd *cobra.Command, args []string) error {
			if err := checkTopic(args[0]); err != nil {
				return err
			}
			if spec.Partitions < 1 || spec.Replication < 1 {
				return usage("--partitions %d, --replication %d: a topic has at least one of each", spec.Partitions, spec.Replication)
			}
			_, topics, err := a.topics(cmd)
			if err != nil {
				return err
			}
			defer topics.Close()
			spec.Name = args[0]
			if spec.Retention == 0 {
				spec.Retention = -1
			}
			if spec.RetentionBytes == 0 {
				spec.RetentionBytes = -1
			}
			made := topicMade{Topic: spec.Name, Differences: []difference{}}
			var differences []stream.Difference
			if made.Created, differences, err = topics.EnsureTopic(cmd.Context(), spec); err != nil {
				return err
			}
			for _, d := range differences {
				made.Differences = append(made.Differences, difference(d))
				_, _ = fmt.Fprintf(a.err, "ticklake: topic %s has %s = %s, not %s\n", spec.Name, d.Setting, d.Have, d.Want)
			}
			if a.flags.output == formJSON {
				return printJSON(a.out, made)
			}
			is := "is there"
			if made.Created {
				is = "made"
			}
			_, err = fmt.Fprintf(a.out, "topic %s %s\n", spec.Name, is)
			return err
		}),
	}
	flags := cmd.Flags()
	flags.Int32Var(&spec.Partitions, "partitions", 2, "partitions; their number cannot change later")
	flags.Int16Var(&spec.Replication, "replication", 1, "replicas of each partition")
	flags.DurationVar(&spec.Retention, "retention", 0, "how long records are kept (0: for ever)")
	flags.Int64Var(&spec.RetentionBytes, "retention-bytes", 0, "bytes of a partition that are kept (0: all)")
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
