package stream

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// firstContact bounds how long brokers may take to answer a client for the first time.
const firstContact = 10 * time.Second

// Contact returns when one of the brokers has answered, or after ten seconds an *Error that says why none does. Whatever
// works on Kafka goes on trying by itself; this is for a command that shall not hang at a wrong address.
func (c Cluster) Contact(ctx context.Context) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	defer client.Close()
	return c.contact(ctx, client)
}

// contact asks all brokers at once, and then looks whether there is a way to any of those that the answer names: they may
// go by other names than those that were given.
func (c Cluster) contact(ctx context.Context, client *kgo.Client) error {
	bounded, cancel := context.WithTimeout(ctx, firstContact)
	defer cancel()
	seeds := client.SeedBrokers()
	answer, failed := first(len(seeds), func(i int) (*kmsg.MetadataResponse, error) {
		req := kmsg.NewPtrMetadataRequest()
		req.Topics = []kmsg.MetadataRequestTopic{} // none: it is all the same what there is
		var note dialNote
		resp, err := seeds[i].Request(context.WithValue(bounded, dialNoteKey{}, &note), req)
		if failed := note.newest.Load(); failed != nil && errors.Is(err, context.DeadlineExceeded) {
			err = failed
		}
		if err != nil {
			return nil, c.contactFailed(c.Brokers[i], err)
		}
		return resp.(*kmsg.MetadataResponse), nil
	}, cancel)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case failed != nil:
		return together(failed)
	}
	return c.reach(ctx, answer.Brokers)
}

// reach says whether a connection can be opened to any of the brokers that an answer names.
func (c Cluster) reach(ctx context.Context, brokers []kmsg.MetadataResponseBroker) error {
	addresses := make([]string, len(brokers))
	for i, b := range brokers {
		addresses[i] = net.JoinHostPort(b.Host, strconv.Itoa(int(b.Port)))
		if c.names(addresses[i]) {
			return nil // as far as is known: it, or another that was named, has answered
		}
	}
	if len(brokers) == 0 {
		return nil // a cluster that is starting
	}
	dial, err := c.dialer()
	if err != nil {
		return err
	}
	bounded, cancel := context.WithTimeout(ctx, firstContact)
	defer cancel()
	_, failed := first(len(addresses), func(i int) (none struct{}, err error) {
		conn, err := dial(bounded, "tcp", addresses[i])
		if err != nil {
			return none, c.explain(err)
		}
		return none, conn.Close()
	}, cancel)
	switch {
	case failed == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return failed[0]
}

// first runs n questions at once and returns the first answer, or all their errors. cancel ends the rest, which are
// waited for.
func first[T any](n int, ask func(int) (T, error), cancel func()) (answer T, failed []error) {
	type result struct {
		i      int
		answer T
		err    error
	}
	var asking sync.WaitGroup
	defer asking.Wait()
	defer cancel()
	results := make(chan result, n)
	for i := range n {
		asking.Go(func() {
			answer, err := ask(i)
			results <- result{i, answer, err}
		})
	}
	failed = make([]error, n)
	for range n {
		r := <-results
		if r.err == nil {
			return r.answer, nil
		}
		failed[r.i] = r.err
	}
	return answer, failed
}

// together is one error of all brokers'.
func together(failed []error) error {
	if len(failed) == 1 {
		return failed[0]
	}
	var says []string
	hint := hintOther
	for i, err := range failed {
		var e *Error
		if errors.As(err, &e) {
			says = append(says, e.Says)
			if i == 0 {
				hint = e.Hint
			}
		}
	}
	return &Error{
		Says: fmt.Sprintf("none of Kafka's %d brokers can be used: %s", len(failed), strings.Join(says, "; ")), Hint: hint, Err: errors.Join(failed...),
	}
}

// contactFailed says why one broker cannot be used.
func (c Cluster) contactFailed(address string, err error) *Error {
	one := c
	one.Brokers = []string{address}
	if errors.Is(err, context.DeadlineExceeded) && !errors.As(err, new(*dialError)) {
		return &Error{
			Says: fmt.Sprintf("Kafka at %s takes connections and does not answer within %v", address, firstContact), Hint: hintOther, Err: err,
		}
	}
	var e *Error
	if errors.As(one.explain(err), &e) {
		return e
	}
	return &Error{Says: fmt.Sprintf("Kafka at %s cannot be used: %v", address, err), Hint: hintOther, Err: err}
}
