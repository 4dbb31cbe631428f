package kafka

import (
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"

	"github.com/twmb/franz-go/pkg/kbin"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Bounds on topics: kfake makes a folder and open files of each partition.
const (
	maxPartitions   = 1024
	maxTopicsAtOnce = 100
)

// inspect decides on a complete frame: it is for kfake, or answered here, or the client is cut off.
func (c *conn) inspect(h header, body []byte) (answered bool, err error) {
	if h.key == int16(kmsg.ApiVersions) && h.version > served[h.key] {
		return true, c.answer(h, refuseVersion())
	}
	if h.flexible && h.key != int16(kmsg.Produce) {
		if err := walkFlexible(h, body); err != nil {
			return false, err
		}
	}
	switch kmsg.Key(h.key) {
	case kmsg.Produce:
		return c.inspectProduce(h, body)
	case kmsg.Fetch:
		clampFetch(h.version, body)
	case kmsg.DeleteRecords, kmsg.CreateTopics, kmsg.CreatePartitions:
		refusal, err := refuseTopics(h, body)
		if err != nil {
			return false, err
		}
		if refusal != nil {
			return true, c.answer(h, refusal)
		}
	}
	look := h.key == int16(kmsg.ApiVersions) || c.guard.suspect && h.key == int16(kmsg.InitProducerID)
	c.expect(h, look)
	return false, nil
}

// refuseVersion is Kafka's answer to a version of ApiVersions that it does not know: in version 0, naming that it does.
func refuseVersion() kmsg.Response {
	resp := kmsg.NewPtrApiVersionsResponse()
	resp.ErrorCode = kerr.UnsupportedVersion.Code
	key := kmsg.NewApiVersionsResponseApiKey()
	key.ApiKey, key.MaxVersion = int16(kmsg.ApiVersions), served[int16(kmsg.ApiVersions)]
	resp.ApiKeys = append(resp.ApiKeys, key)
	return resp
}

func (c *conn) inspectProduce(h header, body []byte) (answered bool, err error) {
	p, err := walkProduce(h.version, body)
	if err != nil {
		return false, err
	}
	var code *kerr.Error
	switch {
	case c.guard.fenced(p.producers):
		// Every client gives up at this one: the others let some renumber their batches and send them again.
		code = kerr.ProducerFenced
	case c.guard.diskFull():
		code = kerr.KafkaStorageError
	}
	switch {
	case code == nil && p.acks != 0:
		c.expect(h, false)
		return false, nil
	case code == nil:
		return false, nil
	case p.acks == 0:
		return false, fmt.Errorf("produce request without acknowledgement is refused: %w", code)
	}
	req := kmsg.NewPtrProduceRequest()
	req.SetVersion(h.version)
	if err := req.ReadFrom(body); err != nil {
		return false, err
	}
	return true, c.answer(h, refuseProduce(req, code))
}

func refuseProduce(req *kmsg.ProduceRequest, code *kerr.Error) kmsg.Response {
	resp := req.ResponseKind().(*kmsg.ProduceResponse)
	for _, t := range req.Topics {
		rt := kmsg.NewProduceResponseTopic()
		rt.Topic, rt.TopicID = t.Topic, t.TopicID
		for _, p := range t.Partitions {
			rp := kmsg.NewProduceResponseTopicPartition()
			rp.Partition, rp.ErrorCode, rp.BaseOffset = p.Partition, code.Code, -1
			rt.Partitions = append(rt.Partitions, rp)
		}
		resp.Topics = append(resp.Topics, rt)
	}
	return resp
}

// clampFetch lowers how much a client wants at once, in place: kfake would read it all into memory.
func clampFetch(version int16, body []byte) {
	at := 4 + 4 + 4 // replica, longest wait, least bytes
	if version >= 15 {
		at = 4 + 4
	}
	if version < 3 || len(body) < at+4 {
		return
	}
	if most := int32(binary.BigEndian.Uint32(body[at:])); most > maxFetch || most < 0 {
		binary.BigEndian.PutUint32(body[at:], maxFetch)
	}
}

// refuseTopics returns the answer to a request on topics that is out of bounds or not served, nil to others.
func refuseTopics(h header, body []byte) (kmsg.Response, error) {
	req := kmsg.RequestForKey(h.key)
	req.SetVersion(h.version)
	if err := req.ReadFrom(body); err != nil {
		return nil, fmt.Errorf("%s is malformed: %w", kmsg.NameForKey(h.key), err)
	}
	switch req := req.(type) {
	case *kmsg.DeleteRecordsRequest:
		return refuseDeleteRecords(req), nil
	case *kmsg.CreateTopicsRequest:
		return refuseCreateTopics(req), nil
	case *kmsg.CreatePartitionsRequest:
		return refuseCreatePartitions(req), nil
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

func refuseCreateTopics(req *kmsg.CreateTopicsRequest) kmsg.Response {
	code, message := int16(0), ""
	if len(req.Topics) > maxTopicsAtOnce {
		code, message = kerr.InvalidRequest.Code, fmt.Sprintf("at most %d topics at a time", maxTopicsAtOnce)
	}
	for _, t := range req.Topics {
		switch {
		case !topicName.MatchString(t.Topic) || t.Topic == "." || t.Topic == "..":
			code, message = kerr.InvalidTopicException.Code, "a topic's name is 1 to 249 of a-z, A-Z, 0-9, ., _ and -"
		case t.NumPartitions > maxPartitions || len(t.ReplicaAssignment) > maxPartitions:
			code, message = kerr.InvalidPartitions.Code, fmt.Sprintf("at most %d partitions a topic", maxPartitions)
		}
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

func refuseCreatePartitions(req *kmsg.CreatePartitionsRequest) kmsg.Response {
	fits := true
	for _, t := range req.Topics {
		fits = fits && t.Count <= maxPartitions
	}
	if fits {
		return nil
	}
	message := fmt.Sprintf("at most %d partitions a topic", maxPartitions)
	resp := req.ResponseKind().(*kmsg.CreatePartitionsResponse)
	for _, t := range req.Topics {
		rt := kmsg.NewCreatePartitionsResponseTopic()
		rt.Topic, rt.ErrorCode, rt.ErrorMessage = t.Topic, kerr.InvalidPartitions.Code, &message
		resp.Topics = append(resp.Topics, rt)
	}
	return resp
}

// look reads an answer on its way to the client: what is not served is not advertised, producer ids are
// remembered. An answer that cannot be read goes on as it is.
func (g *guard) look(w watch, frame []byte) []byte {
	r := kbin.Reader{Src: frame[4:]}
	correlation := r.Int32()
	switch kmsg.Key(w.key) {
	case kmsg.ApiVersions:
		resp := kmsg.NewPtrApiVersionsResponse()
		resp.SetVersion(w.version)
		if err := resp.ReadFrom(r.Src); err != nil || resp.ErrorCode != 0 {
			return frame
		}
		keys := resp.ApiKeys[:0]
		for _, k := range resp.ApiKeys {
			if highest, ok := served[k.ApiKey]; ok && k.MinVersion <= highest {
				k.MaxVersion = min(k.MaxVersion, highest)
				keys = append(keys, k)
			}
		}
		resp.ApiKeys = keys
		return encode(correlation, resp)
	case kmsg.InitProducerID:
		resp := kmsg.NewPtrInitProducerIDResponse()
		resp.SetVersion(w.version)
		if resp.IsFlexible() {
			kmsg.SkipTags(&r)
		}
		if err := resp.ReadFrom(r.Src); err == nil && resp.ErrorCode == 0 {
			g.learn(resp.ProducerID)
		}
	}
	return frame
}
