package kafka

import (
	"net"

	"github.com/twmb/franz-go/pkg/kbin"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// looksAt tells whether answers to a request are read on their way to the client.
func (c *conn) looksAt(key kmsg.Key) bool {
	switch key {
	case kmsg.ApiVersions:
		return true
	case kmsg.InitProducerID:
		return c.guard.suspect
	case kmsg.Metadata, kmsg.FindCoordinator, kmsg.DescribeCluster:
		return c.guard.advertised != "" && c.nearby() != ""
	}
	return false
}

// nearby is the address of the broker as a client on this machine reaches it, "" for others. What is advertised
// to other machines need not lead anywhere from here, such as from within a container.
func (c *conn) nearby() string {
	if tcp, ok := c.LocalAddr().(*net.TCPAddr); ok && tcp.IP.IsLoopback() {
		return tcp.IP.String()
	}
	return ""
}

// look reads an answer on its way to the client: what is not served is not advertised, producer ids are
// remembered, and who is nearby is told so. An answer that cannot be read goes on as it is.
func (c *conn) look(w watch, frame []byte) []byte {
	resp := kmsg.ResponseForKey(w.key)
	resp.SetVersion(w.version)
	r := kbin.Reader{Src: frame[4:]}
	correlation := r.Int32()
	if resp.IsFlexible() && w.key != int16(kmsg.ApiVersions) {
		kmsg.SkipTags(&r)
	}
	if err := resp.ReadFrom(r.Src); err != nil {
		return frame
	}
	switch resp := resp.(type) {
	case *kmsg.ApiVersionsResponse:
		if resp.ErrorCode != 0 {
			return frame
		}
		advertiseServed(resp)
	case *kmsg.InitProducerIDResponse:
		if resp.ErrorCode == 0 {
			c.guard.learn(resp.ProducerID)
		}
		return frame
	case *kmsg.MetadataResponse:
		for i := range resp.Brokers {
			c.tellNear(&resp.Brokers[i].Host, &resp.Brokers[i].Port)
		}
	case *kmsg.FindCoordinatorResponse:
		c.tellNear(&resp.Host, &resp.Port)
		for i := range resp.Coordinators {
			c.tellNear(&resp.Coordinators[i].Host, &resp.Coordinators[i].Port)
		}
	case *kmsg.DescribeClusterResponse:
		for i := range resp.Brokers {
			c.tellNear(&resp.Brokers[i].Host, &resp.Brokers[i].Port)
		}
	}
	return encode(correlation, resp)
}

// advertiseServed leaves out what is not served.
func advertiseServed(resp *kmsg.ApiVersionsResponse) {
	keys := resp.ApiKeys[:0]
	for _, k := range resp.ApiKeys {
		if highest, ok := served[k.ApiKey]; ok && k.MinVersion <= highest {
			k.MaxVersion = min(k.MaxVersion, highest)
			keys = append(keys, k)
		}
	}
	resp.ApiKeys = keys
}

// tellNear puts the address by which the client came in place of the advertised one.
func (c *conn) tellNear(host *string, port *int32) {
	if *host != "" { // no coordinator, no host
		*host, *port = c.nearby(), int32(portOf(c.LocalAddr()))
	}
}
