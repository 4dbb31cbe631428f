package crawl

import (
	"slices"
	"strings"
	"time"
)

// State is what a crawler is doing, in a word.
type State string

// The states of a crawler.
const (
	Starting State = "starting" // has not crawled yet
	Watching State = "watching" // crawls every few seconds
	Refused  State = "refused"  // as watching, but a table's name is taken by somebody else's
	Retrying State = "retrying" // after a failure; NextTry says when
)

// Status is what can be seen of a crawler.
type Status struct {
	State     State         `json:"state"`
	Reason    string        `json:"reason,omitempty"` // why it is tried again, or what is refused
	Since     time.Time     `json:"since"`
	NextTry   *time.Time    `json:"next_try,omitempty"`
	LastCrawl time.Time     `json:"last_crawl"` // that succeeded
	Crawls    int64         `json:"crawls"`
	Added     int64         `json:"added_partitions"` // by this crawler
	Tables    []TableStatus `json:"tables"`
	Foreign   []string      `json:"foreign"` // prefixes in the bucket that are not the lake's, the first hundred
	// ForeignTotal is how many there are.
	ForeignTotal int `json:"foreign_total"`
}

// maxForeign bounds what is told of a bucket that is full of other things.
const maxForeign = 100

// TableStatus is a table that is registered.
type TableStatus struct {
	Table      string `json:"table"`
	Partitions int    `json:"partitions"`
}

// Status says how the crawl is doing.
func (c *Crawler) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.status
}

func (c *Crawler) crawled(began time.Time, foreign []string, refused error) {
	tables := make([]TableStatus, 0, len(c.known))
	for _, k := range c.known {
		tables = append(tables, TableStatus{k.table.Name, len(k.partitions)})
	}
	slices.SortFunc(tables, func(a, b TableStatus) int { return strings.Compare(a.Table, b.Table) })
	slices.Sort(foreign)
	c.mu.Lock()
	defer c.mu.Unlock()
	s, state := &c.status, Watching
	if refused != nil {
		state = Refused
	}
	if s.State != state {
		s.State, s.Since = state, began.UTC()
	}
	s.Reason, s.NextTry, s.LastCrawl = message(refused), nil, began.UTC()
	s.Crawls++
	s.Added, s.Tables = c.added, tables
	s.Foreign, s.ForeignTotal = append([]string{}, foreign[:min(maxForeign, len(foreign))]...), len(foreign)
}

func (c *Crawler) failed(err error, wait time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := &c.status
	if s.State != Retrying {
		s.State, s.Since = Retrying, time.Now().UTC()
	}
	next := time.Now().Add(wait).UTC()
	s.Reason, s.NextTry, s.Added = err.Error(), &next, c.added
}
