// Package verify proves from the lake's objects alone that each partition's chain of cuts is whole and that the rows
// of every cut are all there, once, in raw, dead and curated alike. It asks neither Kafka nor a catalog.
package verify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ticklake/internal/lake"
	"ticklake/internal/objects"
)

// Report is what was found in a lake.
type Report struct {
	Topics []Topic `json:"topics"`
}

// Topic is what was found of one topic.
type Topic struct {
	Topic      string      `json:"topic"`
	Partitions []Partition `json:"partitions"`
	// Problems are what keeps the lake from being whole. There is none where every record is in it exactly once.
	Problems []Problem `json:"problems"`
	// Unfinished are newest cuts that their owners may still be at. They are no problem, and keep the lake from being whole.
	Unfinished []Unfinished `json:"unfinished"`
	// Sequences is what the ticks say of themselves: a real feed has gaps in a perfect lake.
	Sequences Sequences `json:"sequences"`
}

// Partition is the chain of one partition.
type Partition struct {
	Partition   int32 `json:"partition"`
	Cuts        int64 `json:"cuts"`
	From        int64 `json:"from"` // offsets that the chain covers
	To          int64 `json:"to"`
	Records     int64 `json:"records"`
	Ticks       int64 `json:"ticks"`
	DeadLetters int64 `json:"dead_letters"`
	Files       int64 `json:"files"`
	Bytes       int64 `json:"bytes"` // of the files, as stored
}

// Totals are the sums over the partitions.
func (t *Topic) Totals() (sum Partition) {
	for _, p := range t.Partitions {
		sum.Cuts += p.Cuts
		sum.Records += p.Records
		sum.Ticks += p.Ticks
		sum.DeadLetters += p.DeadLetters
		sum.Files += p.Files
		sum.Bytes += p.Bytes
	}
	return sum
}

// Problem is one thing that is wrong, and where.
type Problem struct {
	Where string `json:"where"` // a key, or what a prefix has
	What  string `json:"what"`
}

// maxProblems bounds the list of a topic: what is wrong everywhere is wrong for one reason.
const maxProblems = 100

func (t *Topic) problem(where, format string, args ...any) {
	if len(t.Problems) < maxProblems {
		t.Problems = append(t.Problems, Problem{where, fmt.Sprintf(format, args...)})
	}
}

// Whole says that no topic has a problem or a cut that is not finished: every record of every cut is in the lake.
func (r *Report) Whole() bool {
	for i := range r.Topics {
		if len(r.Topics[i].Problems)+len(r.Topics[i].Unfinished) > 0 {
			return false
		}
	}
	return true
}

// ErrEmpty says that there is no lake in the bucket.
var ErrEmpty = errors.New("no cut has been made in this bucket yet")

// Run checks every topic, or only the one named. The error says that the store could not be read; what is wrong with
// the lake stands in the report. Run may be used beside a running sink: files are listed before the chains, so a cut
// that is made meanwhile does no harm, and newest cuts without all their files are waited for while ctx.Err() is nil and
// patience lasts.
func Run(ctx context.Context, store objects.Store, topic string, patience Patience) (*Report, error) {
	return Watched(ctx, store, topic, patience, new(Progress))
}

// Watched is Run, and says meanwhile how far it is.
func Watched(ctx context.Context, store objects.Store, topic string, patience Patience, so *Progress) (*Report, error) {
	topics := []string{topic}
	if topic == "" {
		var err error
		if topics, err = Topics(ctx, store); err != nil {
			return nil, err
		}
	}
	report := &Report{Topics: []Topic{}}
	for _, name := range topics {
		t, err := verifyTopic(ctx, store, name, &patience, so)
		if err != nil {
			return nil, err
		}
		report.Topics = append(report.Topics, *t)
	}
	if len(report.Topics) == 0 {
		return nil, ErrEmpty
	}
	return report, nil
}

// Topics are those that the lake has a cut of, in order.
func Topics(ctx context.Context, store objects.Store) ([]string, error) {
	topics, err := collect(store.Folders(ctx, lake.AllChains))
	if err != nil {
		return nil, fmt.Errorf("list topics: %w", err)
	}
	slices.Sort(topics)
	return topics, nil
}

func verifyTopic(ctx context.Context, store objects.Store, name string, patience *Patience, so *Progress) (*Topic, error) {
	t := &checker{
		Topic: Topic{Topic: name, Partitions: []Partition{}, Problems: []Problem{}, Unfinished: []Unfinished{}},
		store: store, patience: patience, so: so, unnamed: make(map[string]bool), sequences: make(sequences),
	}
	if err := lake.CheckTopic(name); err != nil {
		return nil, err
	}
	for _, zone := range []lake.Zone{lake.Raw, lake.Dead, lake.Curated} {
		for info, err := range store.List(ctx, zone.Prefix(name)) {
			if err != nil {
				return nil, fmt.Errorf("list %s: %w", zone.Prefix(name), err)
			}
			t.unnamed[info.Key] = true
			so.all.Add(info.Size)
		}
	}
	partitions, err := collect(store.Folders(ctx, lake.TopicChains(name)))
	if err != nil {
		return nil, fmt.Errorf("list chains: %w", err)
	}
	if len(partitions) == 0 {
		return nil, fmt.Errorf("topic %q: %w", name, ErrEmpty)
	}
	slices.Sort(partitions)
	for _, p := range partitions {
		n, ok := lake.ParsePartition(p)
		if !ok {
			t.problem(lake.TopicChains(name)+p, "not the chain of a partition")
			continue
		}
		if err := t.chain(ctx, n); err != nil {
			return nil, err
		}
	}
	for _, key := range sortedKeys(t.unnamed) {
		if base := key[strings.LastIndexByte(key, '/')+1:]; base[0] == '_' || base[0] == '.' {
			continue // hidden from readers of the lake
		}
		t.problem(key, "no cut names this object, and readers of the folder see its rows")
	}
	t.Topic.Sequences = t.sequences.summary()
	return &t.Topic, nil
}

func collect(names func(func(string, error) bool)) (all []string, err error) {
	for name, e := range names {
		if e != nil {
			return nil, e
		}
		all = append(all, name)
	}
	return all, nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
