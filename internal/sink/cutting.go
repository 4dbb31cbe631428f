package sink

import (
	"context"
	"time"

	"ticklake/internal/lake"
)

// cut stores the batch, if it holds records, and begins the next where it ends. When it has returned, every object is
// acknowledged: only then may anybody think of the cut behind it.
func (o *owner) cut(ctx context.Context) error {
	if o.batch.Records() == 0 || o.isRevoked() {
		return nil
	}
	o.report(func(s *PartitionStatus) { s.State = Cutting })
	c := o.batch.Cut(o.next)
	c.Cluster, c.TopicID = o.identity.Cluster, o.identity.TopicID
	c.By, c.At = o.config.By, time.Now().UTC().Truncate(time.Millisecond)
	if err := o.chain.create(ctx, c); err != nil {
		return err
	}
	for _, f := range c.Files {
		if err := o.write(ctx, o.batch, c, f); err != nil {
			return err
		}
	}
	o.next = c.Cut + 1
	o.batch = lake.NewBatch(o.layouts.newest, o.partition, c.To)
	o.flow.commit(c.To, c.Epoch)
	o.report(func(s *PartitionStatus) { s.wrote(c) })
	o.holding()
	return nil
}

// write encodes one file of a cut and puts it.
func (o *owner) write(ctx context.Context, b *lake.Batch, c *lake.Cut, f lake.File) error {
	body, err := b.Encode(&o.encoder, c, f)
	if err != nil {
		return err
	}
	return o.chain.put(ctx, c, f, body)
}
