package query

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/athena"

	"ticklake/internal/awsclient"
)

// Ping says whether the service answers. It asks for the work group, which runs no statement and costs nothing; a service
// that refuses to tell has answered.
func (c *Client) Ping(ctx context.Context) error {
	_, err := c.athena.GetWorkGroup(ctx, &athena.GetWorkGroupInput{WorkGroup: &c.config.WorkGroup})
	if err == nil {
		return nil
	}
	err = c.explain(ctx, "ask for work group "+c.config.WorkGroup, err)
	if refused := new(awsclient.Error); errors.As(err, &refused) && refused.Answered() {
		return nil
	}
	return err
}
