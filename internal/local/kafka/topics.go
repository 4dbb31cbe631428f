package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Bounds on topics: kfake makes a folder and open files of each partition.
const (
	maxPartitions     = 1024
	maxTopicsAtOnce   = 100
	maxAllPartitions  = 4096
	defaultPartitions = 10 // what kfake makes where no number is given
)

const tooManyPartitions = "too many partitions in all: delete topics that are not used"

// partitions counts what topics were made of.
type partitions struct {
	log   *slog.Logger
	most  int
	mu    sync.Mutex
	admin *kgo.Client // nil until there is one
	count int         // there are at most so many
}

func (p *partitions) use(admin *kgo.Client) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.admin, p.count = admin, p.most
}

// room tells whether there may be n partitions more, and counts them. The count only grows, until it says that there are
// too many: then it is taken anew.
func (p *partitions) room(n int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.count+n > p.most && p.admin != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		req := kmsg.NewPtrMetadataRequest() // of all topics; the library's own would tell what it heard before
		resp, err := req.RequestWith(ctx, p.admin)
		if err != nil {
			p.log.Warn("broker cannot count its partitions", "error", err)
			return false
		}
		p.count = 0
		for _, t := range resp.Topics {
			p.count += len(t.Partitions)
		}
	}
	if p.count+n > p.most {
		return false
	}
	p.count += n
	return true
}

// refuseTopics returns the answer to a request on topics that is out of bounds or not served, nil to others. room tells
// whether there may be so many partitions more.
func refuseTopics(h header, body []byte, room func(int) bool) (kmsg.Response, error) {
	req := kmsg.RequestForKey(h.key)
	req.SetVersion(h.version)
	if err := req.ReadFrom(body); err != nil {
		return nil, fmt.Errorf("%s is malformed: %w", kmsg.NameForKey(h.key), err)
	}
	switch req := req.(type) {
	case *kmsg.DeleteRecordsRequest:
		return refuseDeleteRecords(req), nil
	case *kmsg.CreateTopicsRequest:
		return refuseCreateTopics(req, room), nil
	case *kmsg.CreatePartitionsRequest:
		return refuseCreatePartitions(req, room), nil
	}
	return nil, errors.New("not a request on topics")
}

func refuseDeleteRecords(req *kmsg.DeleteRecordsRequest) kmsg.Response {
	resp := req.ResponseKind().(*kmsg.DeleteRecordsResponse)
	for _, t := range req.Topics {
		rt := kmsg.NewDeleteRecordsResponseTopic()
		rt.Topic = t.Topic
		for _, p := range t.Partitions {
			rp := kmsg.NewDeleteRecordsResponseTopicPartition()
			rp.Partition, rp.ErrorCode = p.Partition, kerr.PolicyViolation.Code
			rt.Partitions = append(rt.Partitions, rp)
		}
		resp.Topics = append(resp.Topics, rt)
	}
	return resp
}

// topicName is Kafka's rule, which kfake does not know.
var topicName = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,249}$`)

func refuseCreateTopics(req *kmsg.CreateTopicsRequest, room func(int) bool) kmsg.Response {
	code, message := int16(0), ""
	partitions := 0
	if len(req.Topics) > maxTopicsAtOnce {
		code, message = kerr.InvalidRequest.Code, fmt.Sprintf("at most %d topics at a time", maxTopicsAtOnce)
	}
	for _, t := range req.Topics {
		partitions += max(int(t.NumPartitions), len(t.ReplicaAssignment), defaultPartitions)
		switch {
		case !topicName.MatchString(t.Topic) || t.Topic == "." || t.Topic == "..":
			code, message = kerr.InvalidTopicException.Code, "a topic's name is 1 to 249 of a-z, A-Z, 0-9, ., _ and -"
		case t.NumPartitions > maxPartitions || len(t.ReplicaAssignment) > maxPartitions:
			code, message = kerr.InvalidPartitions.Code, fmt.Sprintf("at most %d partitions a topic", maxPartitions)
		}
	}
	if code == 0 && !req.ValidateOnly && !room(partitions) {
		code, message = kerr.PolicyViolation.Code, tooManyPartitions
	}
	if code == 0 {
		return nil
	}
	resp := req.ResponseKind().(*kmsg.CreateTopicsResponse)
	for _, t := range req.Topics {
		rt := kmsg.NewCreateTopicsResponseTopic()
		rt.Topic, rt.ErrorCode, rt.ErrorMessage = t.Topic, code, &message
		resp.Topics = append(resp.Topics, rt)
	}
	return resp
}

func refuseCreatePartitions(req *kmsg.CreatePartitionsRequest, room func(int) bool) kmsg.Response {
	message, partitions := "", 0
	for _, t := range req.Topics {
		partitions += max(int(t.Count), 0)
		if t.Count > maxPartitions {
			message = fmt.Sprintf("at most %d partitions a topic", maxPartitions)
		}
	}
	if message == "" && !room(partitions) {
		message = tooManyPartitions
	}
	if message == "" {
		return nil
	}
	resp := req.ResponseKind().(*kmsg.CreatePartitionsResponse)
	for _, t := range req.Topics {
		rt := kmsg.NewCreatePartitionsResponseTopic()
		rt.Topic, rt.ErrorCode, rt.ErrorMessage = t.Topic, kerr.InvalidPartitions.Code, &message
		resp.Topics = append(resp.Topics, rt)
	}
	return resp
}
