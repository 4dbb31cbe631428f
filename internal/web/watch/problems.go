package watch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"ticklake/internal/awsclient"
	"ticklake/internal/stream"
)

// Problems puts in words what is wrong, the worst first. A station that only shows what is wrong upstream has none of its
// own.
func Problems(f *Facts, h *Health) []Problem {
	if f.nothingAnswers() {
		return []Problem{f.notRunning()}
	}
	out := []Problem{}
	for i := range h.Stations {
		s := &h.Stations[i]
		if s.State != Look && s.State != Broken {
			continue
		}
		if p := f.problem(s); p != nil {
			p.Station, p.State = s.Name, s.State
			p.ID = s.Name + "-" + s.Word
			if p.Since.IsZero() && s.Since != nil {
				p.Since = *s.Since
			}
			if p.Since.IsZero() {
				p.Since = f.Now
			}
			p.Since = p.Since.UTC()
			out = append(out, *p)
		}
	}
	slices.SortStableFunc(out, func(a, b Problem) int { return cmp.Compare(b.State.rank(), a.State.rank()) })
	return out
}

const (
	nothingLost = "Nothing is lost."
	allWorks    = "Everything else works."
)

func (f *Facts) problem(s *Station) *Problem {
	switch s.Name + " " + s.Word {
	case "feed refused":
		return f.feedRefused()
	case "feed stopped":
		return &Problem{
			Title: "The feed has been stopped", Detail: "It goes on where it was when it is started again.", Lost: nothingLost, Works: allWorks,
			Try: []Try{command("Start it again", "ticklake up")},
		}
	case "kafka unreachable":
		return f.kafkaUnreachable()
	case "kafka unread":
		return &Problem{
			Title: "The topic's records cannot be read for the page", Detail: "It is tried again: " + why(f.Tail) + ".",
			Lost: nothingLost, Works: "All but live prices: what is in the lake is shown.",
			Try: []Try{command("See what the topic has", "ticklake topics describe"), command("See where the address comes from", "ticklake config")},
		}
	case "sink stopped":
		return f.sinkStopped()
	case "sink late":
		return f.sinkLate()
	case "lake unreachable":
		return f.unreachable("The object store does not answer"+at(f.Names.S3), &f.Lake,
			"Nothing is lost. Kafka keeps what comes; the sink goes on from its last cut when the store is back.",
			"Prices go on. SQL does not answer what it has to read.", "ticklake verify")
	case "lake incomplete":
		return f.incomplete()
	case "catalog unreachable":
		return f.unreachable("The catalog does not answer"+at(f.Names.Glue), &f.Glue,
			"Nothing is lost. New folders are registered when it is back.", "Prices and the sink go on. SQL cannot look tables up.", "ticklake catalog tables")
	case "catalog refused", "catalog retrying":
		return f.crawl()
	case "catalog behind":
		return &Problem{
			Title:  "Folders of the lake are not in the catalog",
			Detail: fmt.Sprintf("%d of them, the first is dt=%s. SQL does not see their rows. Does a crawler run?", len(f.Lacking), f.Lacking[0]),
			Lost:   nothingLost, Works: "All but SQL's view of the newest rows.",
			Try: []Try{command("Register them now", "ticklake crawl --once")},
		}
	case "sql unreachable":
		return f.unreachable("SQL does not answer"+at(f.Names.Athena), &f.SQL,
			nothingLost, "Prices, the sink and the catalog go on. History, insights and statements wait.", "ticklake query 'SELECT 1'")
	}
	return nil
}

// nothingAnswers says whether all four seams are away: then it is one problem.
func (f *Facts) nothingAnswers() bool {
	return f.KnowsKafka && f.Kafka.Broken() && f.KnowsLake && f.Lake.Broken() && f.KnowsGlue && f.Glue.Broken() && f.KnowsSQL && f.SQL.Broken()
}

func (f *Facts) notRunning() Problem {
	since, next := f.Kafka.Since, f.Kafka.Next
	for _, p := range []*Probe{&f.Lake, &f.Glue, &f.SQL} {
		if p.Since.Before(since) {
			since = p.Since
		}
		if p.Next.Before(next) {
			next = p.Next
		}
	}
	return Problem{
		ID: "all-unreachable", Station: kafkaStation, State: Broken, Title: "Nothing answers: neither Kafka nor S3, Glue or Athena", Since: since.UTC(),
		Detail:  fmt.Sprintf("For %s: %s. If a ticklake runs them, it has ended, or has been started at other addresses.", span(f.Now.Sub(since)), why(f.Kafka.Err)),
		Lost:    "Nothing is lost: what was acknowledged is on disk, and all goes on where it was when it is started again.",
		Works:   "This page alone, with what it knew.",
		NextTry: instant(next),
		Try:     []Try{command("Start it again, where it was started before", "ticklake up"), command("See where the addresses come from", "ticklake config")},
	}
}

// at is " at PLACE" where that is known.
func at(place string) string {
	if place == "" {
		return ""
	}
	return " at " + place
}

// why is what a service, or the way to it, says: what was tried is the watch's own affair.
func why(err error) string {
	var kafka *stream.Error
	var other *awsclient.Error
	switch {
	case errors.As(err, &kafka):
		return kafka.Says
	case errors.As(err, &other) && other.Code == "":
		return other.Message
	case errors.As(err, &other):
		return other.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	}
	said, _, _ := strings.Cut(err.Error(), "; hint: ")
	return said
}

// unreachable is something that does not answer.
func (f *Facts) unreachable(title string, p *Probe, lost, works, ask string) *Problem {
	return &Problem{
		Title: title, Since: p.Since, Detail: fmt.Sprintf("For %s: %s. Tried %d times.", span(f.Now.Sub(p.Since)), why(p.Err), p.Tries),
		Lost: lost, Works: works, NextTry: instant(p.Next),
		Try: []Try{
			command("See whether it answers", ask), command("See where the address comes from", "ticklake config"),
			command("See what each part does", "ticklake status"),
		},
	}
}

func (f *Facts) kafkaUnreachable() *Problem {
	p := f.unreachable("Kafka does not answer"+at(f.Names.Kafka), &f.Kafka,
		"Nothing is lost. The last cut of each partition is complete or will be completed; the feed holds its position, and both go on from there when Kafka is back.",
		"SQL, the catalog and insights still answer. Prices stand still.", "ticklake topics describe")
	p.Try = slices.Insert(p.Try, 1, command("Start the one that ticklake brings", "ticklake up --parts kafka"))
	return p
}

func (f *Facts) feedRefused() *Problem {
	s := f.Status.Feed
	return &Problem{
		Title: "The feed has ended and does not start again by itself", Detail: cmp.Or(s.Error, s.Reason, "It gives no reason."),
		Lost: "Nothing that was sent is lost.", Works: allWorks,
		Try: []Try{command("See what it says", "ticklake status")},
	}
}

func (f *Facts) sinkStopped() *Problem {
	p := f.stopped()
	return &Problem{
		Title:  fmt.Sprintf("Partition %d has stopped", p.Partition),
		Since:  p.Since,
		Detail: strings.TrimPrefix(p.Reason+": "+p.Detail, ": "),
		Lost:   "It stopped rather than lose or double records. What Kafka no longer has and the lake does not have either would be lost.",
		Works:  "The other partitions go on, and all that is in the lake answers.",
		Try:    []Try{command("See all of what it says", "ticklake status"), command("Check what is in the lake", "ticklake verify")},
	}
}

func (f *Facts) sinkLate() *Problem {
	records, age, _, _ := f.Lag()
	detail := fmt.Sprintf("%d records wait; the oldest has for %s, and is to be in the lake within %s.", records, span(age), span(f.CutAge))
	if f.Status == nil || f.Status.Sink == nil {
		detail += " No sink that is known here says what it does: does one run?"
	} else if f.Status.Sink.Reason != "" {
		detail += " The sink says: " + f.Status.Sink.Reason
	}
	return &Problem{
		Title: "The sink does not keep up", Detail: detail,
		Lost: "Nothing is lost as long as Kafka keeps the records.", Works: "Prices go on; SQL answers what is in the lake.",
		Try: []Try{command("See what it does", "ticklake status"), command("Run one more", "ticklake sink")},
	}
}

func (f *Facts) incomplete() *Problem {
	for id, cuts := range f.Cuts {
		last := cuts[len(cuts)-1]
		if last.Complete || f.Now.Sub(last.At) <= f.limit() {
			continue
		}
		return &Problem{
			Title: fmt.Sprintf("Cut %d of partition %d has not all its files", last.Cut.Cut, id), Since: last.At,
			Detail: fmt.Sprintf("%d of %d are there. Whoever owns the partition completes it, or the next owner does.", len(last.Sizes), len(last.Files)),
			Lost:   "Nothing is lost as long as Kafka keeps the records.", Works: "Everything before it answers.",
			Try: []Try{command("See whether a sink runs", "ticklake status"), command("Run one", "ticklake sink")},
		}
	}
	return nil
}

func (f *Facts) crawl() *Problem {
	c := f.Status.Crawl
	p := &Problem{
		Title: "The crawler cannot register a table", Detail: c.Reason, Lost: nothingLost,
		Works: "What is registered answers.", Try: []Try{command("See what is in the catalog", "ticklake catalog tables")},
	}
	if c.State == "retrying" {
		p.Title = "The crawler fails"
	}
	if c.NextTry != nil {
		p.NextTry = instant(*c.NextTry)
	}
	return p
}

// sinceOf remembers since when each station is as it is.
type sinceOf map[string]Station

// note fills in since when each station is what it is, where nobody knows better.
func (m sinceOf) note(h *Health, now time.Time) {
	for i := range h.Stations {
		s := &h.Stations[i]
		before, known := m[s.Name]
		switch {
		case known && before.State == s.State && before.Word == s.Word:
			s.Since = before.Since
		case s.Since == nil && known:
			s.Since = instant(now)
		}
		m[s.Name] = Station{State: s.State, Word: s.Word, Since: s.Since}
	}
}
