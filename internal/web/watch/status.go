package watch

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Operations is a port at which parts tell their status, and what opens it.
type Operations struct{ URL, User, Secret string }

// Status is what parts say of themselves at /status, as far as it is shown.
type Status struct {
	At   time.Time `json:"at"`
	Feed *struct {
		State   string     `json:"state"`
		Reason  string     `json:"reason"`
		Error   string     `json:"error"`
		Since   time.Time  `json:"since"`
		NextTry *time.Time `json:"next_try"`
		Feed    string     `json:"feed"`
		Read    int64      `json:"read"`
		Sent    int64      `json:"sent"`
		Skipped int64      `json:"skipped"`
		Missed  int64      `json:"missed"`
		Bad     int64      `json:"bad"`
		Rate    float64    `json:"rate"`
	} `json:"feed"`
	Sink *struct {
		State      string          `json:"state"`
		Reason     string          `json:"reason"`
		Since      time.Time       `json:"since"`
		Memory     int64           `json:"memory"`
		Partitions []SinkPartition `json:"partitions"`
		LostRaces  int64           `json:"lost_races"`
	} `json:"sink"`
	Crawl *struct {
		State     string     `json:"state"`
		Reason    string     `json:"reason"`
		Since     time.Time  `json:"since"`
		NextTry   *time.Time `json:"next_try"`
		LastCrawl time.Time  `json:"last_crawl"`
		Crawls    int64      `json:"crawls"`
		Foreign   int        `json:"foreign_total"`
		Tables    []struct {
			Table      string `json:"table"`
			Partitions int    `json:"partitions"`
		} `json:"tables"`
	} `json:"crawl"`
}

// SinkPartition is what a sink says of a partition that it owns.
type SinkPartition struct {
	Partition int32     `json:"partition"`
	State     string    `json:"state"`
	Since     time.Time `json:"since"`
	Reason    string    `json:"reason"`
	Detail    string    `json:"detail"`
	Open      struct {
		From    int64     `json:"from"`
		To      int64     `json:"to"`
		Records int64     `json:"records"`
		Bytes   int64     `json:"bytes"`
		Since   time.Time `json:"since"`
	} `json:"open"`
}

// maxStatus bounds what is read of an answer.
const maxStatus = 16 << 20

// ask asks one port.
func (o *Operations) ask(ctx context.Context, client *http.Client) (*Status, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, o.URL+"/status", nil)
	if err != nil {
		return nil, err
	}
	if o.User != "" {
		req.SetBasicAuth(o.User, o.Secret)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask for the status: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask for the status: %s says %s", o.URL, resp.Status)
	}
	st := new(Status)
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxStatus)).Decode(st); err != nil {
		return nil, fmt.Errorf("read the status of %s: %w", o.URL, err)
	}
	return st, nil
}

// statuses asks all ports and joins what they say: parts may run alone. What one says that the others do not is taken
// also where another does not answer.
func statuses(ctx context.Context, client *http.Client, ports []Operations) (Status, error) {
	joined := Status{At: time.Now().UTC()}
	var failed error
	for i := range ports {
		st, err := ports[i].ask(ctx, client)
		if err != nil {
			failed = err
			continue
		}
		if joined.Feed == nil {
			joined.Feed = st.Feed
		}
		if joined.Crawl == nil {
			joined.Crawl = st.Crawl
		}
		switch {
		case joined.Sink == nil:
			joined.Sink = st.Sink
		case st.Sink != nil: // of several sinks each owns some partitions
			joined.Sink.Partitions = append(joined.Sink.Partitions, st.Sink.Partitions...)
			joined.Sink.Memory += st.Sink.Memory
		}
	}
	return joined, failed
}
