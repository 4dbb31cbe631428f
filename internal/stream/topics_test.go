package stream

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEnsureTopicCreatesOnceAndThenOnlyCompares(t *testing.T) {
	_, c := start(t)
	ts := topics(t, c)
	spec := Spec{Name: "new", Partitions: 3, Replication: 1, Retention: 48 * time.Hour, RetentionBytes: 1 << 30, MinISR: 1}

	created, diff, err := ts.EnsureTopic(deadline(t), spec)
	if !created || len(diff) != 0 || err != nil {
		t.Fatalf("first: created %v, differences %v, %v", created, diff, err)
	}
	created, diff, err = ts.EnsureTopic(deadline(t), spec)
	if created || len(diff) != 0 || err != nil {
		t.Fatalf("second: created %v, differences %v, %v", created, diff, err)
	}

	other := spec
	other.Retention, other.RetentionBytes = -1, -1
	created, diff, err = ts.EnsureTopic(deadline(t), other)
	want := []Difference{
		{Setting: "retention.bytes", Have: "1073741824", Want: "-1"},
		{Setting: "retention.ms", Have: "172800000", Want: "-1"},
	}
	if created || err != nil || !cmp.Equal(diff, want) {
		t.Errorf("other retention: created %v, %v, differences %s", created, err, cmp.Diff(want, diff))
	}

	other.Partitions = 4
	_, _, err = ts.EnsureTopic(deadline(t), other)
	var partitions *PartitionsError
	if !errors.As(err, &partitions) || partitions.Have != 3 || partitions.Want != 4 {
		t.Errorf("other partitions: %v", err)
	}
	spec.Partitions, spec.Replication, spec.AnyShape = 4, 3, true
	if created, diff, err = ts.EnsureTopic(deadline(t), spec); created || len(diff) != 0 || err != nil {
		t.Errorf("any shape: created %v, differences %v, %v", created, diff, err)
	}
}

func TestEnsureTopicRefusesWhatWouldLoseRecords(t *testing.T) {
	_, c := start(t)
	for name, spec := range map[string]Spec{
		"no name":           {Partitions: 1, Replication: 1, Retention: -1, RetentionBytes: -1},
		"no partition":      {Name: "x", Replication: 1, Retention: -1, RetentionBytes: -1},
		"no retention":      {Name: "x", Partitions: 1, Replication: 1, RetentionBytes: -1},
		"no retained bytes": {Name: "x", Partitions: 1, Replication: 1, Retention: -1},
	} {
		if _, _, err := topics(t, c).EnsureTopic(deadline(t), spec); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestDescribeTellsIdentityAndEnds(t *testing.T) {
	broker, c := start(t)
	fill(t, c, 1, 5)
	if err := broker.DeleteRecords(topic, 1, 2); err != nil {
		t.Fatal(err)
	}
	ts := topics(t, c)
	got, err := ts.Describe(deadline(t), topic)
	if err != nil {
		t.Fatal(err)
	}
	if got.Cluster == "" || len(got.ID) != 22 {
		t.Errorf("cluster %q, topic id %q", got.Cluster, got.ID)
	}
	for i := range got.Partitions {
		got.Partitions[i].LeaderEpoch, got.Partitions[i].Leader = 0, 0
	}
	want := []Partition{{Partition: 0}, {Partition: 1, LogStart: 2, LastStable: 5, HighWatermark: 5}}
	if d := cmp.Diff(want, got.Partitions); d != "" {
		t.Error(d)
	}
	if _, err := ts.Describe(deadline(t), "nowhere"); !errors.Is(err, ErrNoTopic) {
		t.Errorf("a topic that is not there: %v", err)
	}

	if err := broker.DeleteTopic(topic); err != nil {
		t.Fatal(err)
	}
	if err := broker.CreateTopic(topic, 2, nil); err != nil {
		t.Fatal(err)
	}
	again, err := ts.Describe(deadline(t), topic)
	if err != nil || again.ID == got.ID {
		t.Errorf("made anew: id %q as before, %v", again.ID, err)
	}
}

func TestEpochEndTellsWhereAnEpochEnds(t *testing.T) {
	_, c := start(t)
	fill(t, c, 0, 3)
	ts := topics(t, c)
	got, err := ts.Describe(deadline(t), topic)
	if err != nil {
		t.Fatal(err)
	}
	epoch := got.Partitions[0].LeaderEpoch
	if found, end, err := ts.EpochEnd(deadline(t), topic, 0, epoch); err != nil || found != epoch || end != 3 {
		t.Errorf("epoch %d ends at %d, %v; want %d, 3", found, end, err, epoch)
	}
	if _, end, err := ts.EpochEnd(deadline(t), topic, 0, epoch+7); err == nil && end != -1 {
		t.Errorf("an epoch to come ends at %d", end)
	}
}
