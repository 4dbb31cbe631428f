// Package query asks questions of the lake in SQL: it is Athena's client as the pipeline sees it, be Athena on this
// machine or AWS's own.
package query

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"
	"github.com/google/uuid"

	"ticklake/internal/awsclient"
)

// Config says whom to ask, and how.
type Config struct {
	// AWS has the region and the credentials, and an endpoint if it was loaded with one (AWS_ENDPOINT_URL_ATHENA).
	// Its HTTP client, if any, is used as it is.
	AWS aws.Config
	// Endpoint, if not empty, is the URL of an Athena other than AWS's own.
	Endpoint  string
	WorkGroup string // primary if empty
	Database  string // where tables are looked up; the service's "default" if empty
	// OutputLocation is the folder for results, s3://bucket/prefix/; the work group's if empty.
	OutputLocation string
}

// Client runs statements. Its methods may be called concurrently.
type Client struct {
	config  Config
	athena  *athena.Client
	release func()
	poll    time.Duration // the first wait for a statement's end
}

const (
	localPoll   = 2 * time.Millisecond
	remotePoll  = 100 * time.Millisecond
	longestPoll = time.Second
	stopTimeout = 5 * time.Second
)

// Open returns a client. It asks nothing of the service yet.
func Open(config Config) (*Client, error) {
	if config.WorkGroup == "" {
		config.WorkGroup = "primary"
	}
	var transport aws.HTTPClient
	release := func() {}
	if config.AWS.HTTPClient == nil {
		transport, release = awsclient.New(2 * time.Minute) // of one request: statements are polled
	}
	client := athena.NewFromConfig(config.AWS, func(o *athena.Options) {
		if config.Endpoint != "" {
			o.BaseEndpoint = aws.String(config.Endpoint)
		}
		o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = 500 * time.Millisecond })
		if transport != nil {
			o.HTTPClient = transport
		}
	})
	c := &Client{config: config, athena: client, release: release, poll: remotePoll}
	endpoint := client.Options().BaseEndpoint
	if endpoint != nil {
		u, err := url.Parse(*endpoint)
		if err != nil || u.Host == "" {
			return nil, fmt.Errorf("open query client: endpoint %q is not a URL", *endpoint)
		}
		c.config.Endpoint = *endpoint
		if ip := net.ParseIP(u.Hostname()); ip != nil && ip.IsLoopback() || u.Hostname() == "localhost" {
			c.poll = localPoll
		}
	}
	return c, nil
}

// Close releases idle connections. The client is not to be used afterwards.
func (c *Client) Close() error {
	c.release()
	return nil
}

// Run runs one statement and waits for its end. A statement that failed is an *Error. When ctx ends, the
// statement is stopped, too, and the error is a *StoppedError.
func (c *Client) Run(ctx context.Context, sql string) (*Result, error) {
	began := time.Now()
	id, err := c.start(ctx, sql)
	if err != nil {
		return nil, err
	}
	execution, err := c.wait(ctx, id)
	if err != nil {
		if ctx.Err() != nil {
			return nil, &StoppedError{id, context.Cause(ctx), c.stop(ctx, id)}
		}
		return nil, err
	}
	r := &Result{client: c, Stats: statsOf(execution)}
	if r.first, err = c.page(ctx, id, nil); err != nil {
		return nil, err
	}
	r.setColumns(execution)
	r.Stats.Elapsed = time.Since(began)
	return r, nil
}

// start has the statement accepted. With its token a repetition is not a second statement.
func (c *Client) start(ctx context.Context, sql string) (string, error) {
	in := &athena.StartQueryExecutionInput{
		QueryString:        &sql,
		WorkGroup:          &c.config.WorkGroup,
		ClientRequestToken: aws.String(uuid.NewString()),
	}
	if c.config.Database != "" {
		in.QueryExecutionContext = &types.QueryExecutionContext{Database: &c.config.Database}
	}
	if c.config.OutputLocation != "" {
		in.ResultConfiguration = &types.ResultConfiguration{OutputLocation: &c.config.OutputLocation}
	}
	out, err := c.athena.StartQueryExecution(ctx, in)
	if err == nil {
		return aws.ToString(out.QueryExecutionId), nil
	}
	if ctx.Err() != nil {
		return "", c.abandon(ctx, in)
	}
	var invalid *types.InvalidRequestException
	if errors.As(err, &invalid) && aws.ToString(invalid.AthenaErrorCode) == "MALFORMED_QUERY" {
		return "", newError("", types.QueryExecutionStateFailed, "SYNTAX_ERROR: "+aws.ToString(invalid.Message))
	}
	return "", c.explain(ctx, "start query", err)
}

// abandon stops a statement of which it is not known whether it was accepted: asked again with its token, the service
// tells its id. If that fails, the statement was hardly ever there.
func (c *Client) abandon(ctx context.Context, in *athena.StartQueryExecutionInput) error {
	detached, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	out, err := c.athena.StartQueryExecution(detached, in)
	if err != nil {
		return &StoppedError{Cause: context.Cause(ctx)}
	}
	id := aws.ToString(out.QueryExecutionId)
	return &StoppedError{id, context.Cause(ctx), c.stop(detached, id)}
}

// stop breaks a statement off although ctx has ended. If that fails, it runs to its end and nobody is waiting.
func (c *Client) stop(ctx context.Context, id string) error {
	detached, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if _, err := c.athena.StopQueryExecution(detached, &athena.StopQueryExecutionInput{QueryExecutionId: &id}); err != nil {
		return c.explain(detached, "stop query "+id, err)
	}
	return nil
}

// wait asks for the statement's state, ever less often, until it is the last one.
func (c *Client) wait(ctx context.Context, id string) (*types.QueryExecution, error) {
	for pause := c.poll; ; pause = min(pause*3/2, longestPoll) {
		out, err := c.athena.GetQueryExecution(ctx, &athena.GetQueryExecutionInput{QueryExecutionId: &id})
		if err != nil {
			return nil, c.explain(ctx, "wait for query "+id, err)
		}
		if out.QueryExecution == nil || out.QueryExecution.Status == nil {
			return nil, fmt.Errorf("wait for query %s: the answer has no status", id)
		}
		switch status := out.QueryExecution.Status; status.State {
		case types.QueryExecutionStateSucceeded:
			return out.QueryExecution, nil
		case types.QueryExecutionStateFailed, types.QueryExecutionStateCancelled:
			return nil, newError(id, status.State, aws.ToString(status.StateChangeReason))
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, fmt.Errorf("wait for query %s: %w", id, context.Cause(ctx))
		}
	}
}
