package kafka

import (
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kbin"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// served are the keys that clients may use, with the highest version. The rest of kfake's keys (ACLs, quotas,
// users, configurations, reassignments, share groups, telemetry) are neither advertised nor passed on.
//
// The versions are the last without tagged fields, wherever that will do: the library that kfake reads requests with
// believes any count of tags, and a 20-byte request would keep it counting to four billion. Requests
// of later versions are walked here first (walk.go).
var served = map[int16]int16{
	int16(kmsg.Produce): 13, int16(kmsg.Fetch): 11, int16(kmsg.ListOffsets): 5, int16(kmsg.Metadata): 13,
	int16(kmsg.OffsetCommit): 7, int16(kmsg.OffsetFetch): 5, int16(kmsg.FindCoordinator): 2,
	int16(kmsg.JoinGroup): 5, int16(kmsg.Heartbeat): 3, int16(kmsg.LeaveGroup): 3, int16(kmsg.SyncGroup): 3,
	int16(kmsg.DescribeGroups): 4, int16(kmsg.ListGroups): 2, int16(kmsg.ApiVersions): 5,
	int16(kmsg.CreateTopics): 4, int16(kmsg.DeleteTopics): 3, int16(kmsg.DeleteRecords): 1, int16(kmsg.InitProducerID): 5,
	int16(kmsg.OffsetForLeaderEpoch): 3, int16(kmsg.AddPartitionsToTxn): 2, int16(kmsg.AddOffsetsToTxn): 2, int16(kmsg.EndTxn): 2,
	int16(kmsg.TxnOffsetCommit): 2, int16(kmsg.DescribeConfigs): 3, int16(kmsg.DescribeLogDirs): 1, int16(kmsg.CreatePartitions): 1,
	int16(kmsg.SASLHandshake): 1, int16(kmsg.SASLAuthenticate): 1,
	int16(kmsg.DeleteGroups): 1, int16(kmsg.OffsetDelete): 0, int16(kmsg.DescribeCluster): 2,
}

func checkKey(key, version int16) error {
	highest, ok := served[key]
	switch {
	case key == 0x4745 || key == 0x504f || key == 0x5055 || key == 0x4845: // GE, PO, PU, HE
		return errors.New("a client speaks HTTP to the Kafka port")
	case !ok:
		return fmt.Errorf("request key %d (%s) is not served", key, kmsg.NameForKey(key))
	case key == int16(kmsg.ApiVersions) && version > highest:
		return nil // a newer client asks first what there is, and is told
	case version < 0 || version > highest:
		return fmt.Errorf("version %d of %s is not served, the highest is %d", version, kmsg.NameForKey(key), highest)
	}
	return nil
}

type header struct {
	key, version int16
	correlation  int32
	flexible     bool // has tagged fields
}

// parseHeader splits a request (without its size) into header and body.
func parseHeader(frame []byte) (header, []byte, error) {
	r := kbin.Reader{Src: frame}
	h := header{key: r.Int16(), version: r.Int16(), correlation: r.Int32()}
	r.NullableString() // client id
	req := kmsg.RequestForKey(h.key)
	if req == nil {
		return h, nil, fmt.Errorf("request key %d is not known", h.key)
	}
	req.SetVersion(h.version)
	h.flexible = req.IsFlexible()
	if h.flexible && !skipTags(&r) || !r.Ok() {
		return h, nil, fmt.Errorf("header of %s is malformed", kmsg.NameForKey(h.key))
	}
	return h, r.Src, nil
}
