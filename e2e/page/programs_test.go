package page

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"ticklake/e2e/program"
)

// programs are what the specs look at: one with a market, and others that they ask for.
type programs struct {
	t       *testing.T
	control string // where they ask

	mu     sync.Mutex
	place  *program.Place
	market *program.Server
	others map[string]string // the address of the page of each that has been started
}

// start starts the program with a market, and gives it what a hostile client would.
func start(t *testing.T) *programs {
	t.Helper()
	p := &programs{t: t, place: program.New(t), others: make(map[string]string)}
	p.market = p.place.Up(p.flags()...)
	hostile(t, p.market.Ready.Kafka)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /restart", p.restart)
	mux.HandleFunc("POST /empty", p.other("empty", p.empty))
	mux.HandleFunc("POST /without-kafka", p.other("without-kafka", p.withoutKafka))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	p.control = server.URL
	return p
}

// flags are of the market; its cuts are early, so that no spec waits for them.
func (p *programs) flags() []string {
	return []string{"--days", "2", "--day-ticks", "20000", "--rate", "500", "--max-age", "5s"}
}

func (p *programs) url() string { return p.market.Ready.Web }

// restart kills the program and starts it again. Its ports are those that it had.
func (p *programs) restart(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	was := p.url()
	p.market.Kill()
	p.market = p.place.Up(p.flags()...)
	if now := p.url(); now != was {
		http.Error(w, fmt.Sprintf("it is at %s, and was at %s", now, was), http.StatusInternalServerError)
	}
}

// other starts a program when it is first asked for, and tells where its page is.
func (p *programs) other(name string, start func() string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.others[name] == "" {
			p.others[name] = start()
		}
		_, _ = fmt.Fprint(w, p.others[name])
	}
}

func (p *programs) empty() string {
	return program.New(p.t).Up("--without", "feed").Ready.Web
}

// withoutKafka is a program whose Kafka is another, which has had its ticks and is gone.
func (p *programs) withoutKafka() string {
	kafka := program.New(p.t).Up("--parts", "kafka")
	place := program.New(p.t)
	rest := place.Up("--without", "kafka", "--kafka", kafka.Ready.Kafka, "--days", "0", "--symbols", "3", "--max-age", "2s")
	program.Eventually(p.t, "some ticks are in the lake", func() bool { return len(place.RawRows("data/market", "ticks")) > 0 })
	kafka.Kill()
	return rest.Ready.Web
}

// hostile sends symbols and records that a page that trusts them would run.
func hostile(t *testing.T, broker string) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.DefaultProduceTopic("ticks"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var records []*kgo.Record
	for _, symbol := range []string{`<img src=x onerror=alert(1)>`, `"><script>alert(2)</script>`, `{{7*7}}`, `${alert(3)}`} {
		records = append(records, &kgo.Record{
			Key:   []byte(symbol),
			Value: fmt.Appendf(nil, `{"timestamp":%q,"symbol":%q,"price":1.5,"volume":1,"venue":"<b>","currency":"USD","sequence":1}`, time.Now().UTC().Format(time.RFC3339Nano), symbol),
		})
	}
	records = append(records, &kgo.Record{
		Value:   []byte(`<script>alert("dead")</script>`),
		Headers: []kgo.RecordHeader{{Key: "from", Value: []byte("<i>kcat</i>")}},
	})
	if err := client.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}
