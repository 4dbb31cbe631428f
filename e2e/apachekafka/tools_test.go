package apachekafka

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ticklake/e2e/program"
)

// tools are what comes with Apache Kafka, run in a folder of their own.
type tools struct {
	t    *testing.T
	dir  string
	libs string // folder of the jars
}

// newTools fetches them. Where they cannot be had, the test is skipped on a laptop, and fails in CI.
func newTools(t *testing.T) tools {
	t.Helper()
	script := filepath.Join("..", "..", "scripts", "apache-kafka")
	if out, err := exec.Command(script, "fetch").CombinedOutput(); err != nil {
		message := fmt.Sprintf("APACHE KAFKA IS NOT TRIED: %v\n%s", err, out)
		if os.Getenv("CI") != "" {
			t.Fatal(message)
		}
		t.Skip(message)
	}
	out, err := exec.Command(script, "path").Output()
	if err != nil {
		t.Fatal(err)
	}
	return tools{t: t, dir: t.TempDir(), libs: filepath.Join(strings.TrimSpace(string(out)), "libs")}
}

func (k tools) write(name, content string) string {
	k.t.Helper()
	path := filepath.Join(k.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		k.t.Fatal(err)
	}
	return path
}

// command is a main class with its arguments.
func (k tools) command(class string, args ...string) *exec.Cmd {
	cmd := exec.Command("java", append([]string{
		"-Xmx512m", "-Xms64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dlog4j2.level=WARN", "-cp", filepath.Join(k.libs, "*"), class,
	}, args...)...)
	cmd.Dir = k.dir
	return cmd
}

// run runs one to its end and returns what it printed.
func (k tools) run(input, class string, args ...string) string {
	k.t.Helper()
	cmd := k.command(class, args...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err != nil {
		k.t.Fatalf("%s: %v\n%s", class, err, out)
	}
	return string(out)
}

// TestKafkasOwnClientsLogInToTheEmbeddedBroker has Java's clients use a broker that others can reach, and so must log in.
func TestKafkasOwnClientsLogInToTheEmbeddedBroker(t *testing.T) {
	t.Parallel()
	k, p := newTools(t), program.New(t)
	up := p.Up("--parts", "kafka", "--listen", "0.0.0.0", "--advertise", "localhost")
	as := func(name, mechanism, password string) string {
		return k.write(name, fmt.Sprintf("security.protocol=SASL_PLAINTEXT\nsasl.mechanism=%s\n"+
			"sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username=\"%s\" password=\"%s\";\n",
			mechanism, up.Ready.AccessKeyID, password))
	}
	right, other := as("512.properties", "SCRAM-SHA-512", up.Ready.SecretAccessKey), as("256.properties", "SCRAM-SHA-256", up.Ready.SecretAccessKey)
	k.run("", "org.apache.kafka.tools.TopicCommand", "--bootstrap-server", up.Ready.Kafka, "--command-config", right,
		"--create", "--topic", "ticks", "--partitions", "1", "--replication-factor", "1")
	k.run("a\nb\nc\n", "org.apache.kafka.tools.ConsoleProducer", "--bootstrap-server", up.Ready.Kafka, "--topic", "ticks", "--command-config", other)
	program.Contains(t, k.run("", "org.apache.kafka.tools.consumer.ConsoleConsumer", "--bootstrap-server", up.Ready.Kafka, "--topic", "ticks",
		"--from-beginning", "--max-messages", "3", "--command-config", right), "a\nb\nc\n")
	wrong := as("wrong.properties", "SCRAM-SHA-512", "a guess")
	out, err := k.command("org.apache.kafka.tools.TopicCommand", "--bootstrap-server", up.Ready.Kafka, "--command-config", wrong, "--list").CombinedOutput()
	if err == nil {
		t.Errorf("a wrong password was taken:\n%s", out)
	}
	program.Contains(t, string(out), "Authentication failed: user or password is wrong")
	up.Stop()
}
