package apachekafka

import (
	"strings"
	"testing"

	"ticklake/e2e/program"
)

// TestTheWholeWayByTLSAndLogins moves a file through a listener of SASL over TLS: the feed logs in by SCRAM, the sink by
// PLAIN.
func TestTheWholeWayByTLSAndLogins(t *testing.T) {
	t.Parallel()
	n, p := newNode(t), program.New(t)
	const rows = 5_000
	want := simulated(p, "market.csv", rows)
	store := p.Up("--parts", "s3", "--data", "data/lake")
	secured := []string{"--kafka", n.secured, "--kafka-tls", "--kafka-ca", n.ca}
	feed := append(secured[:len(secured):len(secured)], "--kafka-sasl", "scram-sha-512", "--kafka-user", scramUser, "--verbose")
	p.Env = []string{"TICKLAKE_KAFKA_PASSWORD=" + scramPassword}
	p.OK(append([]string{"topics", "create", "ticks", "--partitions", "2"}, feed...)...)
	program.Contains(t, p.OK(append([]string{"produce", "--dataset", "market.csv"}, feed...)...), "5,000")
	p.Env = []string{"TICKLAKE_KAFKA_PASSWORD=" + plainPassword, "TICKLAKE_KAFKA_SASL=plain", "TICKLAKE_KAFKA_USER=" + plainUser}
	sink := p.Launch(append([]string{"sink", "--data", "data/lake", "--max-age", "500ms", "--max-idle", "300ms", "--verbose"}, secured...)...)
	program.Eventually(t, "every row is in the lake", func() bool { return len(p.RawRows("data/lake", "ticks")) >= rows })
	sink.Stop()
	p.Env = nil
	program.Contains(t, p.OK("verify", "--data", "data/lake", "--sequences"), "0 missing, 0 twice", "ticks is whole")
	same(t, want, p.RawRows("data/lake", "ticks"))
	if log := sink.Log.String(); strings.Contains(log, plainPassword) {
		t.Errorf("the sink prints its password:\n%s", log)
	}
	refusals(t, n, p)
	store.Stop()
}

// refusals are what Apache Kafka refuses, and what is said of it.
func refusals(t *testing.T, n *node, p *program.Place) {
	as := func(sasl, user, password string) []string {
		return []string{"--kafka-sasl", sasl, "--kafka-user", user, "--kafka-password", password}
	}
	tls, ca := []string{"--kafka-tls"}, []string{"--kafka-tls", "--kafka-ca", n.ca}
	for _, tt := range []struct {
		name, kafka string
		flags       [][]string
		want        string // {} is the address
	}{
		{"a wrong password by SCRAM", n.secured, [][]string{ca, as("scram-sha-512", scramUser, "wr0ng")}, `Kafka at {} refuses user "feed": wrong user or password for scram-sha-512; hint: check --kafka-user and TICKLAKE_KAFKA_PASSWORD`},
		{"a wrong password by PLAIN", n.secured, [][]string{ca, as("plain", plainUser, "wr0ng")}, `Kafka at {} refuses user "sink": wrong user or password for plain; hint: check --kafka-user`},
		{"a user of another mechanism", n.login, [][]string{as("scram-sha-256", guestUser, guestPassword)}, `Kafka at {} refuses user "guest": wrong user or password for scram-sha-256; hint: check --kafka-user and TICKLAKE_KAFKA_PASSWORD, and that the broker knows the user by this mechanism`},
		{"TLS to a port without", n.open, [][]string{tls}, "Kafka at {} hangs up when it is spoken to in TLS; hint: leave out --kafka-tls"},
		{"no TLS to a port with it", n.secured, nil, "Kafka at {} hangs up at the first question: it may want TLS; hint: --kafka-tls"},
		{"an authority that is not known", n.secured, [][]string{tls}, `Kafka at {} has a certificate of an authority that is not trusted (of "CN=authority of the tests"`},
		{"no login where one is wanted", n.login, nil, "Kafka at {} hangs up on a client that has not logged in; hint: --kafka-sasl"},
		{"no login over TLS", n.secured, [][]string{ca}, "Kafka at {} hangs up on a client that has not logged in; hint: --kafka-sasl"},
		{"a login where none is wanted", n.open, [][]string{as("plain", plainUser, "wr0ng")}, "Kafka at {} has no logins at this port; hint: leave out --kafka-sasl"},
		{"one who may do nothing", n.login, [][]string{as("scram-sha-512", guestUser, guestPassword)}, `Kafka at {} does not allow user "guest" to use the topic; hint: a feed wants CREATE, DESCRIBE, READ and WRITE on the topic, a sink DESCRIBE and READ`},
		{"no such topic", n.open, [][]string{{"--topic", "tikcs"}}, "topic \"tikcs\" does not exist; hint: `ticklake topics create tikcs` makes it"},
		{"nobody there", freeAddress(t), nil, "Kafka at {} cannot be reached: connection refused; hint: does a broker run there? --kafka HOST:PORT names another"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := []string{"sink", "--data", "data/lake", "--kafka", tt.kafka}
			for _, f := range tt.flags {
				args = append(args, f...)
			}
			r := p.Run(args...)
			says, hint, _ := strings.Cut(strings.ReplaceAll(tt.want, "{}", tt.kafka), "; hint: ")
			program.Contains(t, r.Err, "ticklake: "+says, "; hint: "+hint)
			if r.Code != 1 || strings.Count(r.Err, "\n") != 1 || strings.Contains(r.Err, "wr0ng") {
				t.Errorf("exit code %d:\n%s", r.Code, r.Err)
			}
		})
	}
}
