package pipeline

import (
	"time"

	"ticklake/internal/crawl"
	"ticklake/internal/feed"
	"ticklake/internal/sink"
)

// Status is what `/status` says: each part that runs here, and what it is doing.
type Status struct {
	At    time.Time     `json:"at"`
	Feed  *FeedStatus   `json:"feed"`
	Sink  *sink.Status  `json:"sink"`
	Crawl *crawl.Status `json:"crawl"`
	Away  []Away        `json:"away"` // what the parts need and that does not do what it is asked to
}

// FeedStatus is a feed's, and how it ended where it has.
type FeedStatus struct {
	feed.Snapshot
	Error string `json:"error,omitempty"`
}

// Status says how the parts are doing.
func (p *Pipeline) Status() Status {
	st := Status{At: time.Now().UTC()}
	st.Away = p.contacts.away(st.At)
	if p.config.Feed != nil {
		st.Feed = &FeedStatus{Snapshot: p.feed.Snapshot()}
		p.mu.Lock()
		if err := p.ended["feed"]; err != nil {
			st.Feed.Error = err.Error()
		}
		p.mu.Unlock()
	}
	if p.sink != nil {
		s := p.sink.Status()
		st.Sink = &s
	}
	if p.crawler != nil {
		c := p.crawler.Status()
		st.Crawl = &c
	}
	return st
}

// Ready says whether every part that runs here has begun its work, and if not, which has not.
func (s *Status) Ready() (waiting string, ready bool) {
	if s.Sink != nil {
		if len(s.Sink.Partitions) == 0 {
			return "the sink owns no partition yet", false
		}
		for _, p := range s.Sink.Partitions {
			if p.State == sink.TakingOver {
				return "the sink takes partitions over", false
			}
		}
	}
	if s.Crawl != nil && s.Crawl.Crawls == 0 {
		return "the crawler has not looked at the lake yet", false
	}
	if s.Feed != nil && (s.Feed.State == feed.Starting || s.Feed.State == feed.Searching) {
		return "the feed looks for where it was", false
	}
	return "", true
}
