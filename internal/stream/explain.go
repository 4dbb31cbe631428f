package stream

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Error is why Kafka cannot be used, in a sentence for a person. What the library and the broker said is behind it.
type Error struct {
	Says string // what is wrong, and where
	Hint string // what to try
	Err  error
}

// Error implements error.
func (e *Error) Error() string { return e.Says + "; hint: " + e.Hint }

// Unwrap returns what was said.
func (e *Error) Unwrap() error { return e.Err }

// hintOther is for a port behind which there may be something else.
const hintOther = "does a broker run there? --kafka HOST:PORT names another, `ticklake up` starts one"

// explain returns an *Error of what can be said in a sentence, and err itself of all else.
func (c Cluster) explain(err error) error {
	if err == nil || errors.As(err, new(*Error)) || errors.Is(err, context.Canceled) {
		return err
	}
	var dial *dialError
	says, hint := "", ""
	switch {
	case errors.As(err, &dial) && dial.tls:
		says, hint = c.explainTLS(dial)
	case errors.As(err, &dial):
		says, hint = c.explainDial(dial)
	default:
		if says, hint = c.explainRefusal(err); says == "" {
			says, hint = c.explainAnswer(err)
		}
	}
	if says == "" {
		return err
	}
	return &Error{Says: says, Hint: hint, Err: err}
}

// where is the brokers, as they were named.
func (c Cluster) where() string { return "Kafka at " + strings.Join(c.Brokers, ", ") }

// names says whether an address is one of the brokers that were named; where no port was, it is 9092.
func (c Cluster) names(address string) bool {
	return slices.ContainsFunc(c.Brokers, func(b string) bool { return b == address || b+":9092" == address })
}

// explainDial is about connections that cannot be opened.
func (c Cluster) explainDial(e *dialError) (says, hint string) {
	at := "Kafka at " + e.address
	hint = hintOther
	if !c.names(e.address) {
		at = fmt.Sprintf("%s answers and sends clients to %s, which", c.where(), e.address)
		hint = "that is the broker's advertised.listeners, or --advertise of `ticklake up`: it must lead there from this machine"
	}
	var dns *net.DNSError
	switch {
	case errors.As(e.err, &dns):
		return fmt.Sprintf("%s cannot be reached: there is no host %q, or its name cannot be looked up", at, dns.Name), hint
	case errors.Is(e.err, syscall.ECONNREFUSED):
		return at + " cannot be reached: connection refused", hint
	case errors.Is(e.err, syscall.EHOSTUNREACH), errors.Is(e.err, syscall.ENETUNREACH):
		return at + " cannot be reached: there is no way to that host", hint
	case errors.Is(e.err, os.ErrDeadlineExceeded), errors.Is(e.err, context.DeadlineExceeded), timedOut(e.err):
		return fmt.Sprintf("%s cannot be reached: no answer within %v", at, dialTimeout), hint + "; does a firewall stand between?"
	}
	return fmt.Sprintf("%s cannot be reached: %v", at, e.err), hint
}

func timedOut(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// explainTLS is about connections that TLS does not come about on.
func (c Cluster) explainTLS(e *dialError) (says, hint string) {
	at := "Kafka at " + e.address
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case errors.As(e.err, &unknown):
		says = at + " has a certificate of an authority that is not trusted"
		if unknown.Cert != nil {
			says += fmt.Sprintf(" (of %q, by %q)", unknown.Cert.Subject, unknown.Cert.Issuer)
		}
		return says, "--kafka-ca FILE names the authority's certificate (PEM)"
	case errors.As(e.err, &name):
		return fmt.Sprintf("%s has a certificate for other names: %v", at, name), "--kafka names brokers as their certificates do"
	case errors.As(e.err, &invalid) && invalid.Reason == x509.Expired:
		return fmt.Sprintf("%s has a certificate that is not valid now: %v", at, invalid), "is this machine's clock right? else the broker wants a new one"
	case errors.As(e.err, &invalid):
		return fmt.Sprintf("%s has a certificate that is not valid: %v", at, invalid), "the broker wants another one"
	case errors.As(e.err, &alert):
		return fmt.Sprintf("%s refuses TLS as this client speaks it: %v", at, alert), "it may want a client's certificate, which ticklake has not: use a listener with SASL"
	case errors.As(e.err, &record):
		return at + " answers, but not in TLS", "leave out --kafka-tls; or is it another port?"
	case brokenOff(e.err):
		return at + " hangs up when it is spoken to in TLS", "leave out --kafka-tls; or is it another port?"
	case timedOut(e.err), errors.Is(e.err, context.DeadlineExceeded):
		return fmt.Sprintf("%s takes connections and does not answer in TLS within %v", at, dialTimeout), "leave out --kafka-tls; or is it another port?"
	}
	return fmt.Sprintf("%s and this client find no way to speak TLS: %v", at, e.err), "is it the right port, and --kafka-ca the right authority?"
}

// brokenOff says whether a connection ended in the midst of something.
func brokenOff(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// explainRefusal is about what brokers refuse in so many words.
func (c Cluster) explainRefusal(err error) (says, hint string) {
	who := "this client"
	if c.Security.SASL != "" {
		who = fmt.Sprintf("user %q", c.Security.User)
	}
	switch {
	case errors.Is(err, kerr.SaslAuthenticationFailed):
		return fmt.Sprintf("%s refuses %s: wrong user or password for %s", c.where(), who, c.Security.SASL),
			"check --kafka-user and TICKLAKE_KAFKA_PASSWORD, and that the broker knows the user by this mechanism"
	case errors.Is(err, kerr.UnsupportedSaslMechanism):
		return fmt.Sprintf("%s does not let clients log in by %s", c.where(), c.Security.SASL), "another --kafka-sasl: plain, scram-sha-256 or scram-sha-512"
	case errors.Is(err, kerr.IllegalSaslState):
		return c.where() + " has no logins at this port", "leave out --kafka-sasl; or is it another port?"
	case errors.Is(err, kerr.TopicAuthorizationFailed):
		return fmt.Sprintf("%s does not allow %s to use the topic", c.where(), who),
			"a feed wants CREATE, DESCRIBE, READ and WRITE on the topic, a sink DESCRIBE and READ" + c.whoever()
	case errors.Is(err, kerr.GroupAuthorizationFailed):
		return fmt.Sprintf("%s does not allow %s to use the consumer group", c.where(), who), "a sink wants READ on its group, ticklake-TOPIC" + c.whoever()
	case errors.Is(err, kerr.ClusterAuthorizationFailed):
		return fmt.Sprintf("%s does not allow %s to do this in the cluster", c.where(), who),
			"a feed wants IDEMPOTENT_WRITE before Kafka 2.8, and CREATE where it makes its topic" + c.whoever()
	case errors.Is(err, kerr.InvalidReplicationFactor):
		return c.where() + " has fewer brokers than the topic shall have replicas", "a smaller --replication"
	}
	return "", ""
}

// whoever reminds of a login where there is none.
func (c Cluster) whoever() string {
	if c.Security.SASL == "" {
		return "; with --kafka-sasl it logs in"
	}
	return ""
}

// explainAnswer is about answers that are none. The library tells them apart in words alone.
func (c Cluster) explainAnswer(err error) (says, hint string) {
	var first *kgo.ErrFirstReadEOF
	text := err.Error()
	switch {
	case errors.As(err, &first) && strings.Contains(text, "is SASL missing"):
		return c.where() + " hangs up on a client that has not logged in", "--kafka-sasl, --kafka-user, and TICKLAKE_KAFKA_PASSWORD in the environment"
	case errors.As(err, &first), strings.Contains(text, "tls alert record"):
		if c.Security.TLS {
			return c.where() + " hangs up at the first question", "is it a broker's port?"
		}
		return c.where() + " hangs up at the first question: it may want TLS", "--kafka-tls; or is it another port?"
	case strings.Contains(text, "'HTTP' in ascii"):
		return c.where() + " answers in HTTP", "is it another port? a broker's is 9092 as a rule"
	case strings.Contains(text, "invalid large response size"), strings.Contains(text, "invalid negative response size"):
		return c.where() + " answers, but not as a broker does", "is it another port? a broker's is 9092 as a rule"
	case timedOut(err):
		return c.where() + " does not answer in time", hintOther
	case brokenOff(err):
		return c.where() + " breaks connections off", hintOther
	case strings.Contains(text, "broker is too old"), errors.Is(err, kerr.UnsupportedVersion):
		return c.where() + " is too old: it does not know a request that this needs", "Kafka 2.1 or newer"
	}
	return "", ""
}
