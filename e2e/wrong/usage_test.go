package wrong

import (
	"regexp"
	"strings"
	"testing"

	"ticklake/e2e/program"
)

// TestWhatIsNotUnderstood is about command lines, variables and configuration files. Nothing is started, and the exit code
// is 2.
func TestWhatIsNotUnderstood(t *testing.T) {
	t.Parallel()
	p := program.New(t)
	p.Write("unknown.yaml", "max-age: 5s\nmax-agge: 6s\n")
	p.Write("value.yaml", "max-age: soon\n")
	p.Write("broken.yaml", "max-age: [5s\n")
	p.Write("nested.yaml", "kafka:\n  tls: true\n")
	p.Write("binary.yaml", "\x00\x01\x02\xff")
	p.Write("any.csv", "Timestamp,Stock Symbol,Price\n2024-01-02,A,1\n")
	const code = 2
	tryAll(t, p, []situation{
		{name: "a flag", args: []string{"up", "--bogus"}, code: code, says: []string{"unknown flag: --bogus", "see `ticklake up --help`"}},
		{name: "a flag that is nearly one", args: []string{"up", "--datset", "x.csv"}, code: code, says: []string{`did you mean "--dataset"?`}},
		{name: "a number", args: []string{"up", "--rate", "fast"}, code: code, says: []string{`--rate: "fast" is not a number`}},
		{name: "a whole number", args: []string{"up", "--symbols", "3.5"}, code: code, says: []string{`--symbols: "3.5" is not a whole number`}},
		{name: "a length of time", args: []string{"crawl", "--every", "5"}, code: code, says: []string{`--every: "5" is not a length of time, such as 500ms`}},
		{name: "a truth", args: []string{"up", "--once=perhaps"}, code: code, says: []string{`--once: "perhaps" is not true or false`}},
		{name: "a flag without its value", args: []string{"up", "--data"}, code: code, says: []string{"flag needs an argument: --data"}},
		{name: "a length of time below 0", args: []string{"up", "--max-age", "-3s"}, code: code, says: []string{"--max-age -3s: it is a length of time above 0"}},
		{name: "the same of the sink", args: []string{"sink", "--max-idle", "0s"}, code: code, says: []string{"--max-idle 0s: it is"}},
		{name: "a width", args: []string{"up", "--granularity", "week"}, code: code, says: []string{`--granularity "week": it is year, month, day or hour`}},
		{name: "a port", args: []string{"up", "--kafka-port", "99999"}, code: code, says: []string{"--kafka-port 99999: a port is 1 to 65535"}},
		{name: "an address", args: []string{"up", "--listen", "everywhere"}, code: code, says: []string{`--listen "everywhere": it is no IP address`, "0.0.0.0"}},
		{name: "every address and no name", args: []string{"up", "--listen", "0.0.0.0"}, code: code, says: []string{"hint: --advertise HOST"}},
		{name: "a name with a port", args: []string{"up", "--listen", "0.0.0.0", "--advertise", "host:9092"}, code: code, says: []string{"without a port"}},
		{name: "bytes to keep", args: []string{"up", "--retain", "0"}, code: code, says: []string{"--retain 0: it is a number of bytes"}},
		{name: "a topic's name", args: []string{"up", "--topic", "_ticks"}, code: code, says: []string{`topic "_ticks"`}},
		{name: "a topic's name to make", args: []string{"topics", "create", "a b"}, code: code, says: []string{`topic "a b"`}},
		{name: "how to print", args: []string{"query", "SELECT 1", "--output", "xml"}, code: code, says: []string{`"xml"`, "table, csv or json"}},
		{name: "how to print that", args: []string{"verify", "--output", "csv"}, code: code, says: []string{"csv"}},
		{name: "a part", args: []string{"up", "--parts", "s3,atena"}, code: code, says: []string{`there is no part "atena"; did you mean "athena"?`, "parts are s3, glue, athena, kafka, feed, sink, crawl"}},
		{name: "a part without those it needs", args: []string{"up", "--parts", "athena"}, code: code, says: []string{"start all three, or none of them"}},
		{name: "no part at all", args: []string{"up", "--parts", "feed", "--without", "feed"}, code: code, says: []string{"no part is left to start", "hint: "}},
		{name: "once without an end", args: []string{"up", "--once"}, code: code, says: []string{"--once wants --dataset"}},
		{name: "once without a crawl", args: []string{"up", "--once", "--dataset", "any.csv", "--without", "crawl"}, code: code, says: []string{"--once wants feed, sink and crawl"}},
		{name: "a dataset without a feed", args: []string{"up", "--dataset", "any.csv", "--without", "feed"}, code: code, says: []string{"the feed is not started", "hint: "}},
		{name: "strict without a dataset", args: []string{"produce", "--strict"}, code: code, says: []string{"--strict wants --dataset"}},
		{name: "another Kafka and its own", args: []string{"up", "--kafka", "broker:9092"}, code: code, says: []string{"--kafka names another Kafka", "hint: --without kafka"}},
		{name: "AWS and its own", args: []string{"up", "--aws"}, code: code, says: []string{"--aws means AWS itself", "hint: --without s3,glue,athena"}},
		{name: "a login and no broker", args: []string{"topics", "describe", "ticks", "--kafka-sasl", "plain", "--aws"}, env: []string{"AWS_REGION=eu-west-1"}, code: code, says: []string{"are for the brokers of --kafka, and it names none"}},
		{name: "a login that is none", args: []string{"topics", "describe", "ticks", "--kafka", "127.0.0.1:1", "--kafka-sasl", "kerberos"}, code: code, says: []string{`"kerberos"`, "scram-sha-512"}},
		{name: "a login without a name", args: []string{"topics", "describe", "ticks", "--kafka", "127.0.0.1:1", "--kafka-sasl", "plain"}, code: code, says: []string{"--kafka-user"}},
		{name: "a command", args: []string{"qery"}, code: code, says: []string{`ticklake has no command "qery"; did you mean "query"?`}},
		{name: "a command of a command", args: []string{"topics", "creat", "x"}, code: code, says: []string{`did you mean "create"?`}},
		{name: "an argument too many", args: []string{"status", "now"}, code: code, says: []string{`ticklake status takes no argument, and there is "now"`}},
		{name: "an argument too few", args: []string{"catalog", "table"}, code: code, says: []string{"takes a table's name"}},
		{name: "no statement", args: []string{"query"}, code: code, says: []string{"no statement; hint: ticklake query 'SELECT"}},
		{name: "an insight", args: []string{"insights", "highst_traded"}, code: code, says: []string{`no insight "highst_traded"; did you mean "highest_traded"?`}},
		{name: "an insight that nothing is like", args: []string{"insights", "xyzzy"}, code: code, says: []string{`no insight "xyzzy"`, "`ticklake insights --list`"}},
		{name: "a shell", args: []string{"env", "--shell", "csh"}, code: code, says: []string{`--shell "csh": it is bash, zsh, sh or fish`}},
		{name: "a file to simulate into", args: []string{"simulate"}, code: code, says: []string{"no file named", "hint: --out"}},
		{name: "a setting in the environment", args: []string{"version"}, env: []string{"TICKLAKE_MAX_AGGE=5s"}, code: code, says: []string{`there is no setting TICKLAKE_MAX_AGGE; did you mean "TICKLAKE_MAX_AGE"?`, "`ticklake config` lists them"}},
		{name: "a value in the environment", args: []string{"up"}, env: []string{"TICKLAKE_MAX_AGE=soon"}, code: code, says: []string{`max-age, from TICKLAKE_MAX_AGE: "soon" is not a length of time`}},
		{name: "a setting in the file", args: []string{"version", "--config", "unknown.yaml"}, code: code, says: []string{`unknown.yaml:2: there is no setting "max-agge"; did you mean "max-age"?`}},
		{name: "a value in the file", args: []string{"up", "--config", "value.yaml"}, code: code, says: []string{`max-age, from value.yaml:1: "soon" is not a length of time`}},
		{name: "a file that is not there", args: []string{"version", "--config", "nosuch.yaml"}, code: code, says: []string{"configuration file nosuch.yaml: no such file", "hint: --config names another"}},
		{name: "a file that is a folder", args: []string{"version", "--config", "."}, code: code, says: []string{"configuration file .: is a directory", "hint: "}},
		{name: "a file that is not YAML", args: []string{"version", "--config", "broken.yaml"}, code: code, says: []string{"broken.yaml", "line 1", "hint: "}},
		{name: "a file that nests", args: []string{"version", "--config", "nested.yaml"}, code: code, says: []string{"nested.yaml", "names are flat, such as kafka-tls"}},
		{name: "a file of something else", args: []string{"version", "--config", "binary.yaml"}, code: code, says: []string{"binary.yaml", "hint: "}},
		{name: "a file that may not be read", args: []string{"version", "--config", forbidden(t, p, "forbidden.yaml")}, via: asNobodySpecial(t), code: code, says: []string{"configuration file forbidden.yaml: permission denied", "hint: "}},
	})
}

// TestEveryCommandHelpsAndRefuses asks each command for its help, and gives each a flag that it does not have.
func TestEveryCommandHelpsAndRefuses(t *testing.T) {
	t.Parallel()
	p := program.New(t)
	commands := commandsOf(t, p, nil)
	if len(commands) < 18 {
		t.Errorf("only %d commands are found: %q", len(commands), commands)
	}
	for _, c := range commands {
		t.Run(strings.Join(c, " "), func(t *testing.T) {
			help := p.Run(append(c, "--help")...)
			if help.Code != 0 || help.Err != "" || !strings.Contains(help.Out, "Usage:") {
				t.Errorf("--help: exit code %d\n%s%s", help.Code, help.Out, help.Err)
			}
			(&situation{args: append(c, "--bogus"), code: 2, says: []string{"unknown flag: --bogus", "--help`"}}).try(t, p)
		})
	}
}

var listed = regexp.MustCompile(`(?m)^  ([a-z-]+) +[A-Z]`)

// commandsOf are the commands below one, as its help lists them, and it.
func commandsOf(t *testing.T, p *program.Place, of []string) [][]string {
	t.Helper()
	_, list, found := strings.Cut(p.OK(append(of, "--help")...), "Available Commands:\n")
	all := [][]string{of}
	if !found {
		return all
	}
	list, _, _ = strings.Cut(list, "\n\n")
	for _, m := range listed.FindAllStringSubmatch(list, -1) {
		all = append(all, commandsOf(t, p, append(append([]string{}, of...), m[1]))...)
	}
	return all
}
