package stream

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// Security is how connections to Kafka are protected, and who makes them. Its zero value is neither: plain connections
// of nobody in particular. It prints without its password.
type Security struct {
	TLS bool
	// CAFile is a file of certificates (PEM) of the authorities that are trusted, in place of the system's; it wants TLS.
	CAFile   string
	SASL     Mechanism // "" is none
	User     string
	Password string
}

// Mechanism is how a client logs in.
type Mechanism string

// The mechanisms, in the words of the command line.
const (
	Plain       Mechanism = "plain" // shows the password to whoever listens, without TLS
	ScramSHA256 Mechanism = "scram-sha-256"
	ScramSHA512 Mechanism = "scram-sha-512"
)

// Mechanisms are all of them.
var Mechanisms = []Mechanism{Plain, ScramSHA256, ScramSHA512}

// lower is the name as it stands in Mechanisms: Kafka's own names are in capitals.
func (m Mechanism) lower() Mechanism { return Mechanism(strings.ToLower(string(m))) }

// String implements fmt.Stringer.
func (s Security) String() string {
	out := "plaintext"
	if s.TLS {
		out = "TLS"
	}
	if s.SASL != "" {
		out += fmt.Sprintf(", %s as %q", s.SASL, s.User)
	}
	return out
}

// GoString implements fmt.GoStringer.
func (s Security) GoString() string { return "stream.Security{" + s.String() + "}" }

// LogValue implements slog.LogValuer.
func (s Security) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Check refuses what does not go together, without connecting. It reads CAFile.
func (s Security) Check() error {
	_, err := s.options()
	if err == nil {
		_, err = s.authorities()
	}
	return err
}

// options are the library's.
func (s Security) options() ([]kgo.Opt, error) {
	if s.CAFile != "" && !s.TLS {
		return nil, errors.New("certificates are named and TLS is not asked for; hint: --kafka-tls")
	}
	m, err := s.mechanism()
	if err != nil || m == nil {
		return nil, err
	}
	return []kgo.Opt{kgo.SASL(m)}, nil
}

func (s Security) mechanism() (sasl.Mechanism, error) {
	switch {
	case s.SASL == "" && (s.User != "" || s.Password != ""):
		return nil, errors.New("a Kafka user or password is given and not how to log in; hint: --kafka-sasl plain, scram-sha-256 or scram-sha-512")
	case s.SASL == "":
		return nil, nil
	case !slices.Contains(Mechanisms, s.SASL.lower()):
		return nil, fmt.Errorf("there is no way %q to log in to Kafka; hint: plain, scram-sha-256 or scram-sha-512", string(s.SASL))
	case s.User == "" || s.Password == "":
		return nil, fmt.Errorf("to log in to Kafka by %s wants a user and a password; hint: --kafka-user, and TICKLAKE_KAFKA_PASSWORD in the environment", s.SASL)
	}
	switch s.SASL.lower() {
	case ScramSHA256:
		return scram.Auth{User: s.User, Pass: s.Password}.AsSha256Mechanism(), nil
	case ScramSHA512:
		return scram.Auth{User: s.User, Pass: s.Password}.AsSha512Mechanism(), nil
	default:
		return plain.Auth{User: s.User, Pass: s.Password}.AsMechanism(), nil
	}
}

// authorities are those whose certificates are trusted; nil is the system's.
func (s Security) authorities() (*x509.CertPool, error) {
	if s.CAFile == "" {
		return nil, nil
	}
	text, err := os.ReadFile(s.CAFile)
	if err != nil {
		return nil, fmt.Errorf("read Kafka's certificates: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		hint := "it has none in PEM, which begins with -----BEGIN CERTIFICATE-----"
		if strings.Contains(string(text), "PRIVATE KEY") {
			hint = "it has a private key, which belongs to the broker"
		}
		return nil, fmt.Errorf("read Kafka's certificates from %s: %s", s.CAFile, hint)
	}
	return pool, nil
}

// dialError is a connection that could not be opened, and to where.
type dialError struct {
	address string
	tls     bool // it was, and then TLS failed
	err     error
}

func (e *dialError) Error() string {
	if e.tls {
		return fmt.Sprintf("speak TLS to %s: %v", e.address, e.err)
	}
	return fmt.Sprintf("connect to %s: %v", e.address, e.err)
}

func (e *dialError) Unwrap() error { return e.err }

// dialNote is in the context of a request that wants to know why it was not connected: the library tries again, and
// tells only that time was up.
type dialNote struct{ newest atomic.Pointer[dialError] }

type dialNoteKey struct{}

func noted(ctx context.Context, err *dialError) error {
	if note, ok := ctx.Value(dialNoteKey{}).(*dialNote); ok {
		note.newest.Store(err)
	}
	return err
}

type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// dialer opens connections, each within dialTimeout.
func (c Cluster) dialer() (dialer, error) {
	open := c.Dial
	if open == nil {
		open = new(net.Dialer).DialContext
	}
	authorities, err := c.Security.authorities()
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, dialTimeout)
		defer cancel()
		conn, err := open(ctx, network, address)
		if err != nil {
			return nil, noted(ctx, &dialError{address: address, err: err})
		}
		if !c.Security.TLS {
			return conn, nil
		}
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			host = address
		}
		secured := tls.Client(conn, &tls.Config{ServerName: host, RootCAs: authorities, MinVersion: tls.VersionTLS12})
		if err := secured.HandshakeContext(ctx); err != nil {
			_ = conn.Close() // it was never used
			return nil, noted(ctx, &dialError{address: address, tls: true, err: err})
		}
		return secured, nil
	}, nil
}
