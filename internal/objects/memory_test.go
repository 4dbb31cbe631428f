package objects_test

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"ticklake/internal/objects"
	"ticklake/internal/objects/objectstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMemoryKeepsTheContract(t *testing.T) {
	objectstest.Run(t, func(*testing.T) objects.Store { return objects.Memory() })
}

func TestDecoratorsKeepTheContract(t *testing.T) {
	objectstest.Run(t, func(*testing.T) objects.Store {
		s := objects.Fault(objects.Memory(), nil)
		traced := objects.Trace(s, func(objects.Op, error) {})
		return objects.Retry(objects.Stale(traced, func(string) bool { return false }), objects.Backoff{Attempt: time.Minute})
	})
}
