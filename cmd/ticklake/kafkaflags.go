package main

import (
	"errors"
	"strings"

	"github.com/spf13/pflag"

	"ticklake/internal/stream"
)

// kafkaFlags say which Kafka is meant, and what opens it.
type kafkaFlags struct {
	brokers  []string
	tls      bool
	ca       string
	sasl     string
	user     string
	password string
}

func (f *kafkaFlags) register(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.brokers, "kafka", nil, "Kafka brokers, HOST:PORT with commas between, where they are not the running up's")
	flags.BoolVar(&f.tls, "kafka-tls", false, "speak TLS to Kafka")
	flags.StringVar(&f.ca, "kafka-ca", "", "file of certificates (PEM) that sign Kafka's; the system's if empty")
	flags.StringVar(&f.sasl, "kafka-sasl", "", "how to log in to Kafka: plain, scram-sha-256 or scram-sha-512")
	flags.StringVar(&f.user, "kafka-user", "", "Kafka user")
	flags.StringVar(&f.password, "kafka-password", "", "Kafka password; better as "+envPrefix+"KAFKA_PASSWORD, which no list of processes shows")
}

// brokers is the Kafka that is meant.
type brokers struct {
	cluster stream.Cluster
	from    string
	other   string // what the running ticklake has, where that is another
	err     error  // why none is
}

// find returns the brokers of --kafka, else the running ticklake's.
func (f *kafkaFlags) find(r *found, aws bool) (brokers, error) {
	running := value(r.ready.Kafka)
	switch {
	case len(f.brokers) > 0:
		security := stream.Security{TLS: f.tls, CAFile: f.ca, SASL: stream.Mechanism(f.sasl), User: f.user, Password: f.password}
		if err := security.Check(); err != nil {
			return brokers{}, usageError{err}
		}
		b := brokers{cluster: stream.Cluster{Brokers: f.brokers, Security: security}, from: "--kafka"}
		if running != "" && strings.Join(f.brokers, ",") != running {
			b.other = running
		}
		return b, nil
	case f.tls || f.ca != "" || f.sasl != "" || f.user != "" || f.password != "":
		return brokers{err: usage("--kafka-tls, --kafka-ca, --kafka-sasl, --kafka-user and --kafka-password are for the brokers of --kafka, and it names none; hint: --kafka HOST:9092")}, nil
	case running != "" && !aws:
		return brokers{cluster: localCluster(running, r.ready.KafkaSASL, r.ready.AccessKeyID, r.ready.SecretAccessKey), from: r.from}, nil
	case r.missing != nil && !aws:
		return brokers{err: r.missing}, nil
	}
	return brokers{err: errNoKafka}, nil
}

// localCluster is a ticklake's own Kafka; off loopback it wants the access key.
func localCluster(broker string, sasl bool, id, secret string) stream.Cluster {
	c := stream.Cluster{Brokers: []string{broker}}
	if sasl {
		c.Security = stream.Security{SASL: stream.ScramSHA512, User: id, Password: secret}
	}
	return c
}

var errNoKafka = errors.New("no Kafka broker known; hint: name one with --kafka HOST:9092")
