package query

import (
	"errors"
	"testing"

	"ticklake/internal/awsclient"
)

func TestPingSaysWhetherTheServiceAnswers(t *testing.T) {
	if err := newClient(t, &engine{}, nil).Ping(t.Context()); err != nil {
		t.Error(err)
	}
	refused := newClient(t, &engine{}, func(c *Config) { c.WorkGroup = "no such" })
	if err := refused.Ping(t.Context()); err != nil {
		t.Errorf("a service that refuses has answered: %v", err)
	}
	away := newClient(t, &engine{}, func(c *Config) { c.Endpoint = "http://127.0.0.1:1" })
	var e *awsclient.Error
	if err := away.Ping(t.Context()); !errors.As(err, &e) || e.Answered() {
		t.Errorf("%v", err)
	}
}
