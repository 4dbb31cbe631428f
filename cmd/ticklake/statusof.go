package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"ticklake/internal/awsclient"
	"ticklake/internal/pipeline"
)

// statusOf asks parts that run alone, and tells in the order of their addresses what they say. The others are told where
// one does not answer.
func (a *app) statusOf(ctx context.Context, addresses []string) error {
	ports, err := webOperations(nil, addresses)
	if err != nil {
		return err
	}
	bodies := make([]json.RawMessage, len(ports)) // null, as JSON, of those that do not answer
	var failed []error
	for i := range ports {
		at := operations{url: ports[i].URL}
		st, body, err := fetchStatus(ctx, "the part", &at)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		bodies[i] = body
		if a.flags.output == formJSON {
			continue
		}
		if i > len(failed) {
			_, _ = fmt.Fprintln(a.out)
		}
		if len(ports) > 1 {
			_, _ = fmt.Fprintln(a.out, screenOf(a.out).in(bold, at.url))
		}
		if err := a.printStatus(st); err != nil {
			return err
		}
	}
	if a.flags.output == formJSON {
		failed = append(failed, a.printBodies(bodies))
	}
	return errors.Join(failed...)
}

// printBodies prints one as it came, and several as a list.
func (a *app) printBodies(bodies []json.RawMessage) error {
	if len(bodies) > 1 {
		return printJSON(a.out, bodies)
	}
	_, err := a.out.Write(bodies[0])
	return err
}

// fetchStatus asks an operations port, who being whose it is.
func fetchStatus(ctx context.Context, who string, at *operations) (st *pipeline.Status, body []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	url := at.url + "/status"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, nil, err
	}
	if at.user != "" {
		req.SetBasicAuth(at.user, at.secret)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, nil, fmt.Errorf("ask for the status: %w; hint: is its process stopped, or very busy?", awsclient.Explain(who, at.url, err))
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, nil, fmt.Errorf("ask for the status: %s says %s", url, resp.Status)
	}
	const limit = 16 << 20
	if body, err = io.ReadAll(io.LimitReader(resp.Body, limit)); err != nil {
		return nil, nil, fmt.Errorf("read %s: %w", url, err)
	}
	st = new(pipeline.Status)
	if err := json.Unmarshal(body, st); err != nil {
		return nil, nil, fmt.Errorf("read %s: %w", url, err)
	}
	return st, body, nil
}
