// Package apachekafka tries the built program against Apache Kafka, one node, as Maven has it.
package apachekafka

import (
	"os"
	"testing"

	"ticklake/e2e/program"
)

func TestMain(m *testing.M) { os.Exit(program.Main(m)) }
