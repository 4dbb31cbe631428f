package stream

import (
	"context"
	"errors"
	"net"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func TestBrokersAreAwayWhenNoneHasAnsweredForSomeTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []error
		r := newReach(5*time.Second, func(err error) { told = append(told, err) })
		var broker kgo.BrokerMetadata
		refused := &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
		answer := func() { r.OnBrokerE2E(broker, 1, kgo.BrokerE2E{}) }
		wait := func() { <-time.After(2 * time.Second) }
		for range 5 { // one of two is gone
			r.OnBrokerConnect(broker, 0, nil, refused)
			answer()
			wait()
		}
		if len(told) != 0 {
			t.Fatalf("told %v while another answers", told)
		}
		for range 5 {
			r.OnBrokerConnect(broker, 0, nil, context.Canceled)
			r.OnBrokerE2E(broker, 1, kgo.BrokerE2E{ReadErr: kgo.ErrClientClosed})
			wait()
		}
		if len(told) != 0 {
			t.Fatalf("told %v of what this side has ended", told)
		}
		r.OnBrokerConnect(broker, 0, nil, refused)
		r.OnBrokerE2E(broker, 1, kgo.BrokerE2E{ReadErr: syscall.ECONNRESET})
		if len(told) != 1 || !errors.Is(told[0], syscall.ECONNREFUSED) {
			t.Fatalf("told %v", told)
		}
		answer()
		answer()
		if len(told) != 2 || told[1] != nil {
			t.Fatalf("told %v", told)
		}
	})
}

// breakable is a network that can be cut.
type breakable struct {
	mu    sync.Mutex
	cut   bool
	conns []net.Conn
}

func (b *breakable) dial(ctx context.Context, network, address string) (net.Conn, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cut {
		return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	}
	c, err := new(net.Dialer).DialContext(ctx, network, address)
	if err == nil {
		b.conns = append(b.conns, c)
	}
	return c, err
}

func (b *breakable) set(cut bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cut = cut; cut {
		for _, c := range b.conns {
			_ = c.Close()
		}
		b.conns = nil
	}
}

func TestAConsumerTellsThatKafkaIsAwayAndThatItIsBack(t *testing.T) {
	_, c := start(t)
	fill(t, c, 0, 3)
	network := new(breakable)
	c.Dial = network.dial
	k, err := OpenConsumer(c, ConsumerConfig{Topic: topic, Group: "sink", Heartbeat: 50 * time.Millisecond, awayAfter: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	var records int
	until := func(what string, done func(*Event) bool) {
		t.Helper()
		for {
			e, batches, err := k.Poll(deadline(t), 10)
			if err != nil {
				t.Fatalf("waiting for %s: %v", what, err)
			}
			for _, b := range batches {
				records += len(b.Records)
			}
			if e == nil {
				if done(&Event{}) {
					return
				}
				continue
			}
			e.Done()
			if e.Kind == Assigned {
				for _, p := range e.Partitions {
					k.Seek(p, 0, -1)
				}
			}
			if done(e) {
				return
			}
		}
	}
	until("records", func(*Event) bool { return records == 3 })
	network.set(true)
	until("Away", func(e *Event) bool {
		var why *Error
		if e.Kind == Away && (!errors.As(e.Err, &why) || !errors.Is(why, syscall.ECONNREFUSED)) {
			t.Errorf("it is away because %v", e.Err)
		}
		return e.Kind == Away
	})
	network.set(false)
	until("Back", func(e *Event) bool { return e.Kind == Back })
}

func TestAGroupThatMayNotBeUsedIsNamed(t *testing.T) {
	_, c := start(t, kfake.EnableSASL(), kfake.EnableACLs(), kfake.User("SCRAM-SHA-512", "guest", "right",
		kfake.ACL{Resource: kmsg.ACLResourceTypeTopic, Name: topic, Pattern: kmsg.ACLResourcePatternTypeLiteral, Operation: kmsg.ACLOperationRead, Allow: true}))
	c.Security = Security{SASL: ScramSHA512, User: "guest", Password: "right"}
	k, err := OpenConsumer(c, ConsumerConfig{Topic: topic, Group: "sink"})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	e, _, err := k.Poll(deadline(t), 10)
	if err != nil {
		t.Fatal(err)
	}
	var why *Error
	if e.Kind != Trouble || !errors.As(e.Err, &why) || !errors.Is(why, kerr.GroupAuthorizationFailed) {
		t.Errorf("%v: %v", e.Kind, e.Err)
	}
	t.Log(e.Err)
}
