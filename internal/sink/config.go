package sink

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"ticklake/internal/lake"
)

// Config says when to cut, and with how much memory. Its zero values are the defaults.
type Config struct {
	Topic string
	Group string // consumer group; "ticklake-" and the topic if empty
	By    string // who cuts, for people: host and process

	// InstanceID makes the group's membership static: whoever starts with the same one takes the place of the one before,
	// at once. No two that run may have the same.
	InstanceID string
	// SessionTimeout is how long a member may be unheard of before others get its partitions; 45 s if 0.
	SessionTimeout time.Duration

	// A batch is cut at the first of these, and at the layout's bytes and folders.
	MaxAge     time.Duration // since its first record; 60 s if 0
	MaxIdle    time.Duration // since its newest record; 5 s if 0
	MaxRecords int64         // no limit if 0

	// Memory bounds all batches and what was fetched and not yet filed, in bytes; 256 MiB if 0. It must be at least
	// twice the layout's bytes of a cut.
	Memory int64

	// Granularity is the width of a folder where the topic has no layout yet; a day if empty. Where it has one, another
	// width is an error.
	Granularity lake.Granularity

	// Grace is how long a last cut may take when the sink is stopped; 8 s if 0.
	Grace time.Duration

	Log *slog.Logger // nil discards
}

// GroupOf is the consumer group of a topic where none is named.
func GroupOf(topic string) string { return "ticklake-" + topic }

const (
	defaultMaxAge  = time.Minute
	defaultMaxIdle = 5 * time.Second
	defaultMemory  = 256 << 20
	defaultGrace   = 8 * time.Second
)

// fill sets defaults and validates against the layout.
func (c *Config) fill(layout *lake.Layout) error {
	if c.Topic == "" {
		return errors.New("sink: no topic named")
	}
	if c.MaxAge < 0 || c.MaxIdle < 0 || c.MaxRecords < 0 || c.Memory < 0 {
		return fmt.Errorf("sink: negative limit: age %v, idle %v, records %d, memory %d", c.MaxAge, c.MaxIdle, c.MaxRecords, c.Memory)
	}
	if c.Group == "" {
		c.Group = GroupOf(c.Topic)
	}
	if c.MaxAge == 0 {
		c.MaxAge = defaultMaxAge
	}
	if c.MaxIdle == 0 {
		c.MaxIdle = defaultMaxIdle
	}
	if c.Grace == 0 {
		c.Grace = defaultGrace
	}
	if c.MaxRecords == 0 {
		c.MaxRecords = 1<<63 - 1
	}
	if c.Memory == 0 {
		c.Memory = defaultMemory
	}
	if need := 2 * layout.MaxCutBytes; c.Memory < need {
		return fmt.Errorf("sink: %d bytes of memory are too few to finish any cut: layout %d allows cuts of %d bytes of rows; hint: give at least %d",
			c.Memory, layout.Layout, layout.MaxCutBytes, need)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return nil
}
