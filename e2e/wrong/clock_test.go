package wrong

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"ticklake/e2e/program"
)

// TestClockThatIsBehind has a machine whose clock is hours behind, as what is in Kafka and in the lake shows: the times
// there lie hours ahead.
func TestClockThatIsBehind(t *testing.T) {
	t.Parallel()
	p := program.New(t)
	const ahead = 3 * time.Hour
	later := time.Now().UTC().Add(ahead).Truncate(time.Minute)

	// A market that is to go on from a later time sends nothing until then.
	kafka := p.Up("--parts", "kafka", "--data", "data/kafka")
	p.OK("topics", "create", "ticks", "--kafka", kafka.Ready.Kafka)
	market := fmt.Sprintf("market:v1;seed=1;symbols=1;live=%s;rate=5;session=always", later.Format("2006-01-02T15:04Z"))
	produce(t, kafka.Ready.Kafka, &kgo.Record{
		Topic: "ticks", Key: []byte("ALFA"), Value: tick("ALFA", later),
		Headers: []kgo.RecordHeader{{Key: "feed", Value: []byte(market)}, {Key: "position", Value: []byte("0")}, {Key: "partitions", Value: []byte("2")}},
	})
	feed := p.Launch("produce", "--kafka", kafka.Ready.Kafka)
	says(t, feed, "this machine's clock is behind the market of topic ticks", later.Format(time.RFC3339), "nothing comes until then", "hint: is the clock right?")
	feed.Stop()

	// Ticks of a later time are told of, and so is a lake whose newest cut is later.
	up := p.Up("--parts", "s3,sink", "--kafka", kafka.Ready.Kafka, "--data", "data/lake", "--max-idle", "200ms")
	says(t, up, "ticks of topic ticks are ahead of this machine's clock", later.Format(time.RFC3339), "hint: is the clock right?")
	program.Eventually(t, "a cut is made", func() bool { return len(cuts(t, p, "data/lake")) > 0 })
	up.Stop()
	for _, name := range cuts(t, p, "data/lake") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var cut map[string]any
		if err := json.Unmarshal(text, &cut); err != nil {
			t.Fatal(err)
		}
		at, ok := cut["at"].(string)
		if !ok {
			t.Fatalf("no time in %s", text)
		}
		text = []byte(strings.Replace(string(text), at, later.Format(time.RFC3339), 1))
		if err := os.Chmod(name, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	up = p.Up("--parts", "s3,sink", "--kafka", kafka.Ready.Kafka, "--data", "data/lake")
	says(t, up, "the newest cuts of partition", "are ahead of this machine's clock", later.Format(time.RFC3339))
	up.Stop()
	kafka.Stop()
}

// says waits until a running program has said something, all in one line.
func says(t *testing.T, s *program.Server, words ...string) {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Logf("it has said:\n%s", s.Log)
		}
	}()
	program.Eventually(t, fmt.Sprintf("it says %q", words), func() bool {
		for line := range strings.Lines(s.Log.String()) {
			all := strings.HasPrefix(line, "ticklake: ")
			for _, word := range words {
				all = all && strings.Contains(line, word)
			}
			if all {
				return true
			}
		}
		return false
	})
	if found := noWords.FindString(s.Log.String()); found != "" {
		t.Errorf("it says %q\n%s", found, s.Log)
	}
}

func tick(symbol string, at time.Time) []byte {
	return fmt.Appendf(nil, `{"timestamp":%q,"symbol":%q,"price":1.5,"volume":1,"sequence":1}`, at.Format(time.RFC3339), symbol)
}

func produce(t *testing.T, broker string, record *kgo.Record) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(broker))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.ProduceSync(t.Context(), record).FirstErr(); err != nil {
		t.Fatal(err)
	}
}
