package wrong

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"ticklake/e2e/program"
)

// smallMarket are flags of an `up` that is soon ready and does not do much.
var smallMarket = []string{"--symbols", "3", "--days", "1", "--day-ticks", "2000", "--rate", "50", "--max-age", "500ms"}

// account is the environment of a user of AWS's, whose access key is the running ticklake's.
func account(s *program.Server) []string {
	return []string{"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=" + s.Ready.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + s.Ready.SecretAccessKey}
}

// service is one of the protocols, by the variable that says where it is, and commands that need it.
type service struct {
	name, variable string
	commands       [][]string
}

var services = []service{
	{"S3", "AWS_ENDPOINT_URL_S3", [][]string{{"verify"}, {"sink"}, {"crawl"}, {"crawl", "--once"}, {"up", "--parts", "sink,crawl"}}},
	{"Glue", "AWS_ENDPOINT_URL_GLUE", [][]string{{"catalog", "tables"}, {"crawl"}, {"up", "--parts", "crawl"}}},
	{"Athena", "AWS_ENDPOINT_URL_ATHENA", [][]string{{"query", "SELECT 1"}, {"insights", "highest_traded"}}},
}

// TestServicesThatDoNotAnswer asks where nobody is, where somebody else is, and where nobody speaks.
func TestServicesThatDoNotAnswer(t *testing.T) {
	t.Parallel()
	p := program.New(t)
	up := p.Up(smallMarket...)
	own := map[string]string{"S3": up.Ready.S3, "Glue": up.Ready.Glue, "Athena": up.Ready.Athena}
	other := tlsServer()
	defer other.Close()
	gone := freeAddress(t)
	for _, s := range services {
		elsewhere := "the running ticklake's is at " + own[s.name]
		for _, c := range s.commands {
			tryAll(t, p, []situation{
				{
					name: s.name + " refused, " + strings.Join(c, " "), args: c, env: append(account(up), s.variable+"=http://"+gone), code: 1,
					says: []string{s.name + " refused at http://" + gone + ", from " + s.variable, elsewhere, "hint: is it the right address"},
				},
			})
		}
		at := func(name, url string, says ...string) situation {
			return situation{
				name: s.name + " " + name, args: s.commands[0], env: append(account(up), s.variable+"="+url), code: 1,
				says: append([]string{s.name + " does not answer: ", "from " + s.variable, elsewhere, "hint: is it the right address"}, says...),
			}
		}
		tryAll(t, p, []situation{
			at("at an unknown name", "http://no-such-host.invalid:8601", `there is no host "no-such-host.invalid"`),
			at("by https where there is http", strings.Replace(own[s.name], "http:", "https:", 1), "it speaks plain HTTP, and the address begins with https"),
			at("by http where there is https", "http://"+other.Listener.Addr().String(), "it speaks TLS; the address should begin with https"),
			at("with a certificate of nobody's", other.URL, "its certificate is of an authority that is not trusted", "AWS_CA_BUNDLE"),
			at("where Kafka is", "http://"+up.Ready.Kafka, "is it an HTTP server"),
			at("at what is no URL", "127.0.0.1:8601", "it is no URL, such as http://127.0.0.1:8601"),
		})
	}
	kafka := func(name, at string, says ...string) situation {
		return situation{
			name: "Kafka " + name, args: []string{"topics", "describe", "ticks", "--kafka", at}, code: 1,
			says: append([]string{"Kafka at " + at, "from --kafka", "the running ticklake's is at " + up.Ready.Kafka, "hint: "}, says...),
		}
	}
	tryAll(t, p, []situation{
		kafka("refused", gone, "connection refused"),
		kafka("at an unknown name", "no-such-host.invalid:9092", `there is no host "no-such-host.invalid"`),
		{name: "Kafka refused, to a feed", args: []string{"produce", "--kafka", gone}, code: 1, says: []string{"Kafka at " + gone + " cannot be reached: connection refused", "hint: "}},
		{name: "Kafka refused, to a sink", args: []string{"sink", "--kafka", gone}, code: 1, says: []string{"Kafka at " + gone + " cannot be reached: connection refused", "hint: "}},
		{name: "Kafka refused, to a part of up", args: []string{"up", "--parts", "feed", "--kafka", gone}, code: 1, says: []string{"Kafka at " + gone + " cannot be reached: connection refused", "hint: "}},
		{name: "Kafka with TLS where there is none", args: []string{"topics", "describe", "ticks", "--kafka", up.Ready.Kafka, "--kafka-tls"}, code: 1, says: []string{"Kafka at " + up.Ready.Kafka, "hint: leave out --kafka-tls"}},
		{name: "Kafka with a login where there is none", args: []string{"topics", "describe", "ticks", "--kafka", up.Ready.Kafka, "--kafka-sasl", "scram-sha-512", "--kafka-user", "u", "--kafka-password", "p"}, code: 1, says: []string{"Kafka at " + up.Ready.Kafka, "hint: leave out --kafka-sasl"}},
	})
	t.Run("no answer", func(t *testing.T) { silence(t, p, up) })
}

// silence asks where connections are taken and nothing is said. All commands wait at once.
func silence(t *testing.T, p *program.Place, up *program.Server) {
	silent := silentAddress(t)
	var asking sync.WaitGroup
	defer asking.Wait()
	ask := func(s situation) {
		asking.Go(func() {
			began := time.Now()
			s.try(t, p)
			if took := time.Since(began); took > 25*time.Second {
				t.Errorf("%s took %v", s.name, took)
			}
		})
	}
	for _, s := range services {
		ask(situation{
			name: s.name, args: s.commands[0], env: append(account(up), s.variable+"=http://"+silent), code: 1,
			says: []string{s.name + " does not answer: no answer in time (http://" + silent, "hint: "},
		})
	}
	ask(situation{
		name: "Kafka", args: []string{"topics", "describe", "ticks", "--kafka", silent}, code: 1,
		says: []string{"Kafka at " + silent + " takes connections and does not answer within 10s", "hint: "},
	})
	ask(situation{ // where there are no keys, the SDK asks the machine's own metadata service
		name: "no credentials", args: []string{"verify"}, code: 1,
		env:  []string{"AWS_REGION=us-east-1", "AWS_ENDPOINT_URL_S3=" + up.Ready.S3, "AWS_EC2_METADATA_SERVICE_ENDPOINT=http://" + silent},
		says: []string{"no AWS credentials are found", "hint: set AWS_ACCESS_KEY_ID", "ticklake env"},
	})
}

// TestServicesThatRefuse has wrong keys, clocks and names.
func TestServicesThatRefuse(t *testing.T) {
	t.Parallel()
	p := program.New(t)
	up := p.Up(smallMarket...)
	own := map[string]string{"S3": up.Ready.S3, "Glue": up.Ready.Glue, "Athena": up.Ready.Athena}
	at := []string{"AWS_ENDPOINT_URL_ATHENA=" + up.Ready.Athena}
	as := func(s service, id, secret string) []string {
		return []string{"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=" + id, "AWS_SECRET_ACCESS_KEY=" + secret, s.variable + "=" + own[s.name]}
	}
	skewed := skewedServer(t)
	for _, s := range services {
		for _, c := range s.commands {
			name := s.name + " of " + strings.Join(c, " ")
			tryAll(t, p, []situation{
				{name: "a key unknown to " + name, args: c, env: as(s, "AKIAUNKNOWNUNKNOWN00", "s"), code: 1, says: []string{s.name + " does not know this access key", "hint: ", "ticklake env"}},
				{name: "a secret wrong for " + name, args: c, env: as(s, up.Ready.AccessKeyID, "s"), code: 1, says: []string{s.name + " refuses the signature", "hint: ", "ticklake env"}},
			})
		}
		(&situation{
			args: s.commands[0], env: append(as(s, up.Ready.AccessKeyID, "s"), s.variable+"="+skewed), code: 1,
			says: []string{s.name + " refuses the request because its clock and this machine's differ", "hint: set this machine's clock"},
		}).try(t, p)
	}
	tryAll(t, p, []situation{
		{name: "no region", args: []string{"query", "SELECT 1"}, env: at, code: 2, says: []string{"no AWS region is set; hint: set AWS_REGION"}},
		{name: "a profile that is not there", args: []string{"query", "SELECT 1"}, env: append([]string{"AWS_REGION=us-east-1", "AWS_PROFILE=nosuch"}, at...), code: 2, says: []string{`there is no AWS profile "nosuch"`, "hint: "}},
		{name: "a bucket, verified", args: []string{"verify", "--bucket", "nosuch"}, code: 1, says: []string{`there is no bucket "nosuch"`, "hint: `aws s3 mb s3://nosuch` makes it"}},
		{name: "a bucket to write to", args: []string{"sink", "--bucket", "nosuch"}, code: 1, says: []string{`there is no bucket "nosuch"`, "hint: `aws s3 mb s3://nosuch` makes it"}},
		{name: "a bucket to crawl", args: []string{"crawl", "--bucket", "nosuch"}, code: 1, says: []string{`there is no bucket "nosuch"`, "hint: `aws s3 mb s3://nosuch` makes it"}},
		{name: "a bucket's name", args: []string{"crawl", "--bucket", "A B"}, code: 1, says: []string{"InvalidBucketName", "hint: "}},
		{name: "a topic to move", args: []string{"sink", "--topic", "nosuch"}, code: 1, says: []string{`topic "nosuch" does not exist`, "hint: `ticklake topics create nosuch` makes it"}},
		{name: "a topic to describe", args: []string{"topics", "describe", "tick"}, code: 1, says: []string{`topic "tick"`, "does not exist", "did you mean \"ticks\"?"}},
		{name: "a database", args: []string{"catalog", "tables", "--database", "markte"}, code: 1, says: []string{`there is no database "markte"`, `did you mean "market"?`}},
		{name: "a table", args: []string{"catalog", "table", "tickz"}, code: 1, says: []string{`"market.tickz"`, `did you mean "ticks"?`}},
		{name: "a workgroup", args: []string{"query", "SELECT 1", "--workgroup", "nosuch"}, code: 1, says: []string{"WorkGroup nosuch is not found", "hint: there is one, primary"}},
		{name: "a place for results", args: []string{"query", "SELECT 1", "--output-location", "s3://other/"}, code: 1, says: []string{"other", "hint: "}},
		{name: "an insight's parameter", args: []string{"insights", "highest_traded", "--param", "dai=2021-05-28"}, code: 2, says: []string{`no parameter "dai"; did you mean "day"?`}},
		{name: "a parameter's value", args: []string{"insights", "highest_traded", "--param", "day=tomorrow"}, code: 2, says: []string{`parameter day: "tomorrow" is not a day`, "write 2021-05-28"}},
		{name: "a table in SQL", args: []string{"query", "SELECT * FROM tickz"}, code: 1, says: []string{"TABLE_NOT_FOUND", "line 1:15", "hint: did you mean ticks?", "SELECT * FROM tickz\n                ^"}},
		{name: "a column in SQL", args: []string{"query", "SELECT simbol FROM ticks"}, code: 1, says: []string{"COLUMN_NOT_FOUND", "line 1:8", "hint: did you mean symbol?"}},
		{name: "a database in SQL", args: []string{"query", "SELECT * FROM markte.ticks"}, code: 1, says: []string{"SCHEMA_NOT_FOUND", "line 1:15", "hint: did you mean market?"}},
		{name: "a function in SQL", args: []string{"query", "SELECT summ(volume) FROM ticks"}, code: 1, says: []string{"FUNCTION_NOT_FOUND", "line 1:8", "hint: "}},
		{name: "a statement that is not supported", args: []string{"query", "INSERT INTO ticks VALUES (1)"}, code: 1, says: []string{"NOT_SUPPORTED", "INSERT INTO is not supported", "(hint: ", "ticks come in through Kafka"}},
		{name: "a function that is not supported", args: []string{"query", "SELECT geometric_mean(price) FROM ticks"}, code: 1, says: []string{"NOT_SUPPORTED", "hint: "}},
		{name: "bad SQL", args: []string{"query", "SELEC 1"}, code: 1, says: []string{"SYNTAX_ERROR: line 1:1", "hint: "}},
		{name: "a file of SQL", args: []string{"query", "-f", "nosuch.sql"}, code: 1, says: []string{"nosuch.sql", "no such file", "hint: "}},
	})
}

// tlsServer speaks TLS with a certificate that nobody trusts.
func tlsServer() *httptest.Server {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	return s
}

// freeAddress is one on which nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return l.Addr().String()
}

// silentAddress takes connections and says nothing, until the test ends.
func silentAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		var taken []net.Conn
		for {
			conn, err := l.Accept()
			if err != nil {
				break
			}
			taken = append(taken, conn)
			serving.Go(func() { _, _ = io.Copy(io.Discard, conn) })
		}
		for _, conn := range taken {
			_ = conn.Close()
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		serving.Wait()
	})
	return l.Addr().String()
}

// skewedServer answers as AWS's services do whose clock is another.
func skewedServer(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.Header().Set("Content-Type", "application/x-amz-json-1.1")
			w.WriteHeader(http.StatusBadRequest)
			_ = json.NewEncoder(w).Encode(map[string]string{
				"__type": "InvalidSignatureException", "message": "Signature expired: 20260101T000000Z is now earlier than 20260101T100000Z (20260101T100500Z - 5 min.)",
			})
			return
		}
		w.WriteHeader(http.StatusForbidden)
		_, _ = fmt.Fprint(w, "<Error><Code>RequestTimeTooSkewed</Code><Message>The difference between the request time and the current time is too large.</Message></Error>")
	}))
	t.Cleanup(s.Close)
	return s.URL
}
