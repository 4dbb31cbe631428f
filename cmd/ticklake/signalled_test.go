package main

import (
	"errors"
	"fmt"
	"os"
	"testing"
)

// TestStoppedWhileItStartsIsStoppedAsAsked has a part that was opening say why it did not.
func TestStoppedWhileItStartsIsStoppedAsAsked(t *testing.T) {
	err := fmt.Errorf("start the SQL engine: %w", &signalled{os.Interrupt})
	if exitCode(err) != exitOK || !endedAsAsked(err) {
		t.Errorf("exit code %d, silent: %v", exitCode(err), endedAsAsked(err))
	}
	if broken := errors.Join(err, errors.New("close the lock: bad file descriptor")); endedAsAsked(broken) {
		t.Errorf("not told: %v", broken)
	}
}
