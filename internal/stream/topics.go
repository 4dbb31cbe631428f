package stream

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Topics creates topics and tells what stands in them. Its methods may be called concurrently.
type Topics struct {
	cluster Cluster
	client  *kgo.Client
	admin   *kadm.Client
	met     atomic.Bool // a broker has answered
}

// OpenTopics does not connect yet. The first request does, and gives up soon where no broker answers; see Contact.
func OpenTopics(c Cluster) (*Topics, error) {
	client, err := c.client()
	if err != nil {
		return nil, err
	}
	return &Topics{cluster: c, client: client, admin: kadm.NewClient(client)}, nil
}

// Close ends the connections.
func (t *Topics) Close() { t.client.Close() }

// Ping says whether any broker answers; if none does, its error is an *Error.
func (t *Topics) Ping(ctx context.Context) error { return t.cluster.contact(ctx, t.client) }

// meet does so until one has.
func (t *Topics) meet(ctx context.Context) error {
	if t.met.Load() {
		return nil
	}
	if err := t.Ping(ctx); err != nil {
		return err
	}
	t.met.Store(true)
	return nil
}

// Spec is what a topic shall be.
type Spec struct {
	Name           string
	Partitions     int32         // at least 1
	Replication    int16         // at least 1
	Retention      time.Duration // whole milliseconds; negative keeps records whatever their age; 0 is not allowed
	RetentionBytes int64         // of each partition; negative keeps them whatever their size; 0 is not allowed
	MinISR         int16         // replicas that must have a record before it is acknowledged; 0 leaves it to the broker
	// AnyShape lets a topic that is there have any number of partitions and replicas: those of Spec are for one that is made.
	AnyShape bool
}

// Difference is a setting that a topic has otherwise than its Spec says.
type Difference struct{ Setting, Have, Want string }

func (s Spec) check() error {
	switch {
	case s.Name == "":
		return errors.New("topic without a name")
	case s.Partitions < 1 || s.Replication < 1:
		return fmt.Errorf("topic %q: partitions and replication must be at least 1", s.Name)
	case s.Retention == 0 || s.RetentionBytes == 0:
		return fmt.Errorf("topic %q: retention of 0 would drop records as they arrive; hint: -1 keeps them all", s.Name)
	}
	return nil
}

// configs are the settings that decide what becomes of records; each is set, whatever the brokers' defaults are.
func (s Spec) configs() map[string]string {
	ms := int64(-1)
	if s.Retention > 0 {
		ms = max(s.Retention.Milliseconds(), 1)
	}
	c := map[string]string{
		"cleanup.policy":         "delete",
		"retention.ms":           strconv.FormatInt(ms, 10),
		"retention.bytes":        strconv.FormatInt(max(s.RetentionBytes, -1), 10),
		"message.timestamp.type": "CreateTime",
	}
	if s.MinISR > 0 {
		c["min.insync.replicas"] = strconv.Itoa(int(s.MinISR))
	}
	return c
}

// EnsureTopic creates the topic with every setting of spec, or holds the one that is there against it. Another number of
// partitions is a *PartitionsError, unless any is allowed; other differences are returned, sorted by setting, and nothing
// is changed.
func (t *Topics) EnsureTopic(ctx context.Context, spec Spec) (created bool, diff []Difference, err error) {
	if err := spec.check(); err != nil {
		return false, nil, err
	}
	if err := t.meet(ctx); err != nil {
		return false, nil, err
	}
	defer func() { err = t.cluster.explain(err) }()
	configs := make(map[string]*string)
	for name, value := range spec.configs() {
		configs[name] = &value
	}
	_, err = t.admin.CreateTopic(ctx, spec.Partitions, spec.Replication, configs, spec.Name)
	switch {
	case err == nil:
		return true, nil, nil
	case !errors.Is(err, kerr.TopicAlreadyExists):
		return false, nil, fmt.Errorf("create topic %q: %w", spec.Name, err)
	}
	diff, err = t.compare(ctx, spec)
	return false, diff, err
}

func (t *Topics) compare(ctx context.Context, spec Spec) ([]Difference, error) {
	d, err := describe(ctx, t.client, spec.Name)
	if err != nil {
		return nil, err
	}
	if have := int32(len(d.partitions)); have != spec.Partitions && !spec.AnyShape {
		return nil, &PartitionsError{Topic: spec.Name, Have: have, Want: spec.Partitions}
	}
	var diff []Difference
	note := func(setting, have, want string) {
		if have != want {
			diff = append(diff, Difference{Setting: setting, Have: have, Want: want})
		}
	}
	for _, p := range d.partitions {
		if len(p.Replicas) != int(spec.Replication) && !spec.AnyShape {
			note("replication", strconv.Itoa(len(p.Replicas)), strconv.Itoa(int(spec.Replication)))
			break
		}
	}
	described, err := t.admin.DescribeTopicConfigs(ctx, spec.Name)
	if err == nil {
		_, err = described.On(spec.Name, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("describe settings of topic %q: %w", spec.Name, err)
	}
	want := spec.configs()
	for _, c := range described[0].Configs {
		if w, asked := want[c.Key]; asked {
			note(c.Key, c.MaybeValue(), w)
		}
	}
	slices.SortFunc(diff, func(a, b Difference) int { return cmp.Compare(a.Setting, b.Setting) })
	return diff, nil
}

// Topic is what stands in a topic.
type Topic struct {
	Cluster    string // the cluster's id
	Name       string
	ID         string // as Kafka's tools print it; a topic made anew has another
	Partitions []Partition
}

// Partition is the state of one partition's log.
type Partition struct {
	Partition     int32
	Leader        int32 // -1 while there is none
	LeaderEpoch   int32 // -1 where the broker does not say
	LogStart      int64 // offset of the first record that is still there
	LastStable    int64 // behind the last record that a read-committed reader gets
	HighWatermark int64 // the log's end: behind the last record that all replicas in sync have
}

// Describe asks Kafka for the topic; ErrNoTopic if there is none. Partitions are in order.
func (t *Topics) Describe(ctx context.Context, topic string) (_ Topic, err error) {
	if err := t.meet(ctx); err != nil {
		return Topic{}, err
	}
	defer func() { err = t.cluster.explain(err) }()
	d, err := describe(ctx, t.client, topic)
	if err != nil {
		return Topic{}, err
	}
	out := Topic{Cluster: d.cluster, Name: topic, ID: TopicID(d.id)}
	for _, p := range d.partitions {
		if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
			return Topic{}, fmt.Errorf("describe %s/%d: %w", topic, p.Partition, err)
		}
		out.Partitions = append(out.Partitions, Partition{Partition: p.Partition, Leader: p.Leader, LeaderEpoch: p.LeaderEpoch})
	}
	for _, ask := range []struct {
		what string
		list func(context.Context, ...string) (kadm.ListedOffsets, error)
		into func(*Partition) *int64
	}{
		{"log start", t.admin.ListStartOffsets, func(p *Partition) *int64 { return &p.LogStart }},
		{"last stable offset", t.admin.ListCommittedOffsets, func(p *Partition) *int64 { return &p.LastStable }},
		{"log end", t.admin.ListEndOffsets, func(p *Partition) *int64 { return &p.HighWatermark }},
	} {
		listed, err := ask.list(ctx, topic)
		if err == nil {
			err = listed.Error()
		}
		if err != nil {
			return Topic{}, fmt.Errorf("ask %s of topic %q: %w", ask.what, topic, err)
		}
		for i := range out.Partitions {
			p := &out.Partitions[i]
			o, ok := listed.Lookup(topic, p.Partition)
			if !ok {
				return Topic{}, fmt.Errorf("ask %s of %s/%d: no answer", ask.what, topic, p.Partition)
			}
			*ask.into(p) = o.Offset
		}
	}
	return out, nil
}

// TopicID is a topic's id as Kafka's tools print it.
func TopicID(id [16]byte) string { return base64.RawURLEncoding.EncodeToString(id[:]) }

// detail is what a broker says of a topic now. The library's own question is answered from what the client heard last,
// which may be the topic before it was made anew.
type detail struct {
	cluster    string
	id         [16]byte
	partitions []kmsg.MetadataResponseTopicPartition // in order
}

func describe(ctx context.Context, client *kgo.Client, topic string) (detail, error) {
	req := kmsg.NewPtrMetadataRequest()
	t := kmsg.NewMetadataRequestTopic()
	t.Topic = &topic
	req.Topics = append(req.Topics, t)
	resp, err := req.RequestWith(ctx, client)
	if err == nil && len(resp.Topics) != 1 {
		err = fmt.Errorf("answered for %d topics", len(resp.Topics))
	}
	if err == nil {
		err = kerr.ErrorForCode(resp.Topics[0].ErrorCode)
	}
	if errors.Is(err, kerr.UnknownTopicOrPartition) {
		return detail{}, &NoTopicError{Topic: topic}
	}
	if err != nil {
		return detail{}, fmt.Errorf("describe topic %q: %w", topic, err)
	}
	d := detail{id: resp.Topics[0].TopicID, partitions: resp.Topics[0].Partitions}
	if resp.ClusterID != nil {
		d.cluster = *resp.ClusterID
	}
	slices.SortFunc(d.partitions, func(a, b kmsg.MetadataResponseTopicPartition) int {
		return cmp.Compare(a.Partition, b.Partition)
	})
	return d, nil
}

// EpochEnd asks where records of a leader epoch end (Kafka's OffsetForLeaderEpoch): found is the newest epoch at or
// below the one asked for that has records, end the offset behind its last one. Both are -1 where the broker has no
// record of it.
func (t *Topics) EpochEnd(ctx context.Context, topic string, partition, epoch int32) (found int32, end int64, err error) {
	defer func() { err = t.cluster.explain(err) }()
	var req kadm.OffsetForLeaderEpochRequest
	req.Add(topic, partition, epoch)
	resp, err := t.admin.OffsetForLeaderEpoch(ctx, req)
	if err != nil {
		return -1, -1, fmt.Errorf("ask the end of epoch %d of %s/%d: %w", epoch, topic, partition, err)
	}
	r, ok := resp[topic][partition]
	if !ok {
		return -1, -1, fmt.Errorf("ask the end of epoch %d of %s/%d: no answer", epoch, topic, partition)
	}
	if r.Err != nil {
		return -1, -1, fmt.Errorf("ask the end of epoch %d of %s/%d: %w", epoch, topic, partition, r.Err)
	}
	return r.LeaderEpoch, r.EndOffset, nil
}
