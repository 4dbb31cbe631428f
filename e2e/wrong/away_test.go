package wrong

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"ticklake/e2e/program"
)

// apart is Kafka and the rest of the servers, each as a process of its own, and what works on them as a third.
type apart struct {
	t           *testing.T
	p           *program.Place
	lake, kafka *program.Server
}

func startApart(t *testing.T) *apart {
	t.Helper()
	a := &apart{t: t, p: program.New(t)}
	a.startLake()
	a.startKafka()
	// What works on them finds them by the environment and flags.
	a.p.Env = append(account(a.lake),
		"AWS_ENDPOINT_URL_S3="+a.lake.Ready.S3, "AWS_ENDPOINT_URL_GLUE="+a.lake.Ready.Glue, "AWS_ENDPOINT_URL_ATHENA="+a.lake.Ready.Athena)
	return a
}

func (a *apart) startLake() {
	a.t.Helper()
	a.lake = a.p.Up("--parts", "s3,glue,athena", "--data", "data/lake")
}

func (a *apart) startKafka() {
	a.t.Helper()
	a.kafka = a.p.Up("--parts", "kafka", "--data", "data/kafka")
}

// status is what is looked at of what a part says of itself.
type status struct {
	Feed struct{ Feed string }
	Sink struct{ Cuts int64 }
	Away []struct {
		Service, Reason string
		Since           time.Time
		NextTry         *time.Time `json:"next_try"`
	}
}

func statusOf(t *testing.T, s *program.Server) (st status) {
	t.Helper()
	client := http.Client{Timeout: 10 * time.Second}
	resp, err := client.Get(s.Ready.Operations + "/status")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if err := json.NewDecoder(resp.Body).Decode(&st); err != nil {
		t.Fatal(err)
	}
	return st
}

// outage is one service that goes away under a pipeline, stopped and then killed.
type outage struct {
	service string
	server  func(*apart) **program.Server
	start   func(*apart)
	silent  string // what is said of it while it is stopped
	gone    string // and while it is dead
	next    bool   // whether it is told when it is tried again
}

// TestPipelineOutlivesItsServices stops S3, and Kafka, for a while and continues them, and kills them and starts them
// again. The pipeline says so once each time, loses nothing, and goes on by itself.
func TestPipelineOutlivesItsServices(t *testing.T) {
	for _, o := range []outage{
		{
			"S3", func(a *apart) **program.Server { return &a.lake }, (*apart).startLake,
			"S3 has not answered for ", "S3 at http://%s does not answer: connection refused", true,
		},
		{
			"Kafka", func(a *apart) **program.Server { return &a.kafka }, (*apart).startKafka,
			"Kafka at %s does not answer in time", "Kafka at %s cannot be reached: connection refused", false,
		},
	} {
		t.Run(o.service, func(t *testing.T) {
			t.Parallel()
			a := startApart(t)
			pipe := a.p.Up("--parts", "feed,sink,crawl", "--kafka", a.kafka.Ready.Kafka, "--symbols", "4", "--days", "1", "--day-ticks", "3000",
				"--rate", "200", "--max-age", "500ms", "--session-timeout", "6s")
			feed := statusOf(t, pipe).Feed.Feed
			a.goesOn(pipe)
			server := *o.server(a)
			address := map[string]string{"S3": strings.TrimPrefix(a.lake.Ready.S3, "http://"), "Kafka": a.kafka.Ready.Kafka}[o.service]

			if err := server.Cmd.Process.Signal(syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			o.goesAway(t, pipe, inserted(o.silent, address), false)
			if err := server.Cmd.Process.Signal(syscall.SIGCONT); err != nil {
				t.Fatal(err)
			}
			o.comesBack(t, pipe, 1)
			a.goesOn(pipe)

			server.Kill()
			o.goesAway(t, pipe, inserted(o.gone, address), o.next)
			o.start(a)
			o.comesBack(t, pipe, 2)
			a.goesOn(pipe)
			pipe.Stop()

			said := messages(pipe.Log.String())
			if n := strings.Count(said, "\n"); n != 4 {
				t.Errorf("it says %d things, not that it was gone and came back, twice:\n%s", n, said)
			}
			if found := noWords.FindString(said); found != "" {
				t.Errorf("a message has %q:\n%s", found, said)
			}
			a.allIsThere(feed)
		})
	}
}

func inserted(form, address string) string {
	if strings.Contains(form, "%s") {
		return fmt.Sprintf(form, address)
	}
	return form
}

// goesAway waits until the pipeline has said it, on stderr and in its status.
func (o *outage) goesAway(t *testing.T, pipe *program.Server, says string, next bool) {
	t.Helper()
	program.Eventually(t, o.service+" is away in the status: "+says, func() bool {
		for _, away := range statusOf(t, pipe).Away {
			if away.Service == o.service && strings.Contains(away.Reason, says) {
				return time.Since(away.Since) < time.Minute && (away.NextTry != nil || !next)
			}
		}
		return false
	})
	program.Eventually(t, "it is said that "+o.service+" is away", func() bool {
		return strings.Contains(pipe.Log.String(), "ticklake: "+says) && strings.Contains(pipe.Log.String(), "goes on by itself, and nothing is lost")
	})
}

// comesBack waits until the pipeline has said that, for the n-th time.
func (o *outage) comesBack(t *testing.T, pipe *program.Server, n int) {
	t.Helper()
	program.Eventually(t, o.service+" is back", func() bool {
		return strings.Count(pipe.Log.String(), "ticklake: "+o.service+" is back, after ") == n && len(statusOf(t, pipe).Away) == 0
	})
}

// goesOn waits until some more cuts have been made.
func (a *apart) goesOn(pipe *program.Server) {
	a.t.Helper()
	from := statusOf(a.t, pipe).Sink.Cuts
	program.Eventually(a.t, "the sink goes on", func() bool { return statusOf(a.t, pipe).Sink.Cuts > from+3 })
}

// allIsThere moves what is left in the topic, and holds the lake against what `simulate` writes.
func (a *apart) allIsThere(feed string) {
	a.t.Helper()
	sink := a.p.Launch("sink", "--kafka", a.kafka.Ready.Kafka, "--max-age", "500ms", "--max-idle", "200ms")
	program.Eventually(a.t, "the sink has begun", func() bool { return strings.Contains(sink.Log.String(), "Status ") })
	want := a.inTopic()
	program.Eventually(a.t, "the lake has every record of the topic", func() bool { return len(a.p.RawRows("data/lake", "ticks")) >= want })
	sink.Stop()
	program.Contains(a.t, a.p.OK("verify", "--sequences"), "0 missing, 0 twice", "ticks is whole")
	rows := a.p.RawRows("data/lake", "ticks")
	if len(rows) != want {
		a.t.Errorf("%d rows in the lake of %d records", len(rows), want)
	}
	sameTicks(a.t, rows, a.p.OK("simulate", "--out", "-", "--feed", feed, "--count", strconv.Itoa(want)))
}

// inTopic counts the records of the topic.
func (a *apart) inTopic() (n int) {
	a.t.Helper()
	var topic struct {
		Partitions []struct{ Offsets int }
	}
	if err := json.Unmarshal([]byte(a.p.OK("topics", "describe", "ticks", "--kafka", a.kafka.Ready.Kafka, "--output", "json")), &topic); err != nil {
		a.t.Fatal(err)
	}
	for _, p := range topic.Partitions {
		n += p.Offsets
	}
	return n
}

// sameTicks holds raw rows, each symbol's numbered from 1, against the file of as many ticks.
func sameTicks(t *testing.T, rows []string, file string) {
	t.Helper()
	have := make(map[string]bool, len(rows))
	for _, row := range rows {
		fields := strings.Split(row, ",")
		const columns, sequence = 7, 9 // that the file has; where the number stands
		have[strings.Join(append(fields[:columns:columns], fields[sequence]), ",")] = true
	}
	numbers := make(map[string]int)
	missing := 0
	for i, line := range strings.Split(strings.TrimSuffix(file, "\n"), "\n") {
		if i == 0 {
			continue // the header
		}
		symbol := strings.Split(line, ",")[1]
		numbers[symbol]++
		if have[line+","+strconv.Itoa(numbers[symbol])] {
			continue
		}
		if missing++; missing < 4 {
			t.Errorf("the lake has no %q, number %d of %s", line, numbers[symbol], symbol)
		}
	}
	if missing > 0 {
		t.Errorf("%d of %d ticks are not in the lake", missing, len(rows))
	}
}

// TestEveryPartAlone runs all five parts as processes of their own, which find each other by flags and the environment.
func TestEveryPartAlone(t *testing.T) {
	t.Parallel()
	a := startApart(t)
	const rows = 20_000
	a.p.OK("simulate", "--out", "market.csv", "--symbols", "5", "--days", "2", "--day-ticks", strconv.Itoa(rows), "--count", strconv.Itoa(rows))
	a.p.OK("topics", "create", "ticks", "--kafka", a.kafka.Ready.Kafka, "--partitions", "3")
	sink := a.p.Launch("sink", "--kafka", a.kafka.Ready.Kafka, "--max-age", "1s", "--max-idle", "200ms")
	crawl := a.p.Launch("crawl", "--every", "200ms")
	program.Contains(t, a.p.OK("produce", "--kafka", a.kafka.Ready.Kafka, "--dataset", "market.csv", "--partitions", "3"), "sent 20,000")
	program.Eventually(t, "every row can be queried", func() bool {
		r := a.p.Run("query", "SELECT count(*) AS n, count(DISTINCT symbol) AS s FROM ticks", "--output", "csv")
		return r.Code == 0 && strings.Contains(r.Out, strconv.Itoa(rows)+",5")
	})
	for _, part := range []*program.Server{sink, crawl} {
		if said := messages(part.Log.String()); said != "" {
			t.Errorf("a part complains:\n%s", said)
		}
		part.Stop()
	}
	program.Contains(t, a.p.OK("verify", "--sequences"), "0 missing, 0 twice", "ticks is whole")
	file, err := os.ReadFile(filepath.Join(a.p.Dir, "market.csv"))
	if err != nil {
		t.Fatal(err)
	}
	all := a.p.RawRows("data/lake", "ticks")
	if len(all) != rows {
		t.Errorf("%d rows of %d", len(all), rows)
	}
	sameTicks(t, all, string(file))
}
