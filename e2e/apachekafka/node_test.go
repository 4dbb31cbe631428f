package apachekafka

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"ticklake/e2e/program"
)

// Users of the node, each with its password and what it logs in by. Guest may do nothing.
const (
	scramUser, scramPassword = "feed", "feeds/own+secret"
	plainUser, plainPassword = "sink", "sinks/own+secret"
	guestUser, guestPassword = "guest", "guests/own+secret"
)

// node is an Apache Kafka of one node, a broker and its own controller.
type node struct {
	tools
	t *testing.T

	// Where it listens: open to all, with a login, and with a login over TLS.
	open, login, secured string
	ca                   string // file of the authority that signed its certificate

	process *exec.Cmd
	log     *program.Log
	ended   chan struct{}
}

// newNode makes one and starts it.
func newNode(t *testing.T) *node {
	t.Helper()
	began := time.Now()
	n := &node{t: t, tools: newTools(t)}
	n.open, n.login, n.secured = freeAddress(t), freeAddress(t), freeAddress(t)
	store := n.certificates()
	n.configure(freeAddress(t), store)
	var id [16]byte
	_, _ = rand.Read(id[1:]) // never fails; an id that begins with a dash would be taken for a flag
	n.run("", "kafka.tools.StorageTool", "format", "--standalone", "-t", base64.RawURLEncoding.EncodeToString(id[:]), "-c", "server.properties",
		"--add-scram", "SCRAM-SHA-512=[name="+scramUser+",password="+scramPassword+"]",
		"--add-scram", "SCRAM-SHA-256=[name="+scramUser+",password="+scramPassword+"]",
		"--add-scram", "SCRAM-SHA-512=[name="+guestUser+",password="+guestPassword+"]")
	n.start()
	t.Cleanup(n.kill)
	t.Logf("Apache Kafka answers after %v", time.Since(began).Round(100*time.Millisecond))
	return n
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// configure writes server.properties.
func (n *node) configure(controller, certificate string) {
	n.t.Helper()
	listeners := fmt.Sprintf("OPEN://%s,LOGIN://%s,SECURED://%s", n.open, n.login, n.secured)
	jaas := "org.apache.kafka.common.security.plain.PlainLoginModule required user_" + plainUser + "=\"" + plainPassword + "\";"
	scram := "org.apache.kafka.common.security.scram.ScramLoginModule required;"
	lines := []string{
		"process.roles=broker,controller", "node.id=1",
		"controller.quorum.bootstrap.servers=" + controller,
		"listeners=" + listeners + ",CONTROLLER://" + controller,
		"advertised.listeners=" + listeners + ",CONTROLLER://" + controller,
		"inter.broker.listener.name=OPEN", "controller.listener.names=CONTROLLER",
		"listener.security.protocol.map=CONTROLLER:PLAINTEXT,OPEN:PLAINTEXT,LOGIN:SASL_PLAINTEXT,SECURED:SASL_SSL",
		"log.dirs=data",
		"offsets.topic.replication.factor=1", "offsets.topic.num.partitions=4",
		"transaction.state.log.replication.factor=1", "transaction.state.log.min.isr=1",
		"group.initial.rebalance.delay.ms=0",
		"sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
		"ssl.keystore.type=PEM", "ssl.keystore.location=" + certificate,
		"authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
		"super.users=User:ANONYMOUS;User:" + scramUser + ";User:" + plainUser,
	}
	for _, listener := range []string{"login", "secured"} {
		lines = append(lines,
			"listener.name."+listener+".plain.sasl.jaas.config="+jaas,
			"listener.name."+listener+".scram-sha-256.sasl.jaas.config="+scram,
			"listener.name."+listener+".scram-sha-512.sasl.jaas.config="+scram)
	}
	n.write("server.properties", strings.Join(lines, "\n")+"\n")
}

// start starts the node, again at its addresses, and waits until it answers.
func (n *node) start() {
	n.t.Helper()
	n.process, n.log, n.ended = n.command("kafka.Kafka", "server.properties"), new(program.Log), make(chan struct{})
	n.process.Stdout, n.process.Stderr = n.log, n.log
	if err := n.process.Start(); err != nil {
		n.t.Fatal(err)
	}
	go func() {
		defer close(n.ended)
		_ = n.process.Wait() // how it ends is what the test does to it
	}()
	program.Eventually(n.t, "Apache Kafka answers", func() bool {
		select {
		case <-n.ended:
			n.t.Fatalf("Apache Kafka has ended:\n%s", n.log)
		default:
		}
		client, err := kgo.NewClient(kgo.SeedBrokers(n.open))
		if err != nil {
			n.t.Fatal(err)
		}
		defer client.Close()
		ctx, cancel := context.WithTimeout(n.t.Context(), 5*time.Second)
		defer cancel()
		brokers, err := kadm.NewClient(client).ListBrokers(ctx)
		return err == nil && len(brokers) == 1
	})
}

// kill ends the node as a power cut would, but for what the kernel has not written yet.
func (n *node) kill() {
	_ = n.process.Process.Kill() // it may be gone already
	<-n.ended
}

// stop ends it cleanly.
func (n *node) stop() {
	n.t.Helper()
	if err := n.process.Process.Signal(syscall.SIGTERM); err != nil {
		n.t.Fatal(err)
	}
	select {
	case <-n.ended:
	case <-time.After(time.Minute):
		n.t.Fatalf("Apache Kafka does not stop\n%s", n.log)
	}
}
