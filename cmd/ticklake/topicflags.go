package main

import (
	"github.com/spf13/pflag"

	"ticklake/internal/stream"
)

// topicFlags name a topic, and say how it is made where it is not there.
type topicFlags struct {
	name        string
	partitions  int32
	replication int16
}

func (f *topicFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.name, "topic", defaultTopic, "Kafka topic")
	flags.Int32Var(&f.partitions, "partitions", 0, "partitions of a new topic (default: 2, or 1 for a dataset)")
	flags.Int16Var(&f.replication, "replication", 1, "replicas of each partition of a new topic")
}

// spec is what a new topic shall be: it keeps all it gets until the lake has it.
func (f *topicFlags) spec(partitions int32) *stream.Spec {
	return &stream.Spec{Partitions: partitions, Replication: f.replication, Retention: -1, RetentionBytes: -1, AnyShape: f.partitions == 0}
}
