package kafka

import (
	"encoding/binary"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
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
	if answered, err := c.inspectSASL(h, body); answered || err != nil {
		return answered, err
	}
	switch kmsg.Key(h.key) {
	case kmsg.Produce:
		return c.inspectProduce(h, body)
	case kmsg.Fetch:
		clampFetch(h.version, body, c.guard.crowd.share())
	case kmsg.DeleteRecords, kmsg.CreateTopics, kmsg.CreatePartitions:
		refusal, err := refuseTopics(h, body, c.guard.partitions.room)
		if err != nil {
			return false, err
		}
		if refusal != nil {
			return true, c.answer(h, refusal)
		}
	}
	c.expect(h, c.looksAt(kmsg.Key(h.key)))
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

// clampFetch lowers how much a client wants at once to most, in place: kfake would read it all into memory.
func clampFetch(version int16, body []byte, most int32) {
	at := 4 + 4 + 4 // replica, longest wait, least bytes
	if version >= 15 {
		at = 4 + 4
	}
	if version < 3 || len(body) < at+4 {
		return
	}
	if wanted := int32(binary.BigEndian.Uint32(body[at:])); wanted > most || wanted < 0 {
		binary.BigEndian.PutUint32(body[at:], uint32(most))
	}
}
