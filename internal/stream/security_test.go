package stream

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// authority signs certificates for a test.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	File string // of its certificate
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, key: newKey(t)}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.File = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(a.File, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// server is a broker's side of TLS, with a certificate for a host that ends then.
func (a *authority) server(host string, ends time.Time) *tls.Config {
	a.t.Helper()
	key := newKey(a.t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: ends,
	}
	if host == "localhost" {
		template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)} // kfake tells clients its address and not its name
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

// secured runs a broker with TLS for localhost and two users.
func secured(t *testing.T, config *tls.Config) Cluster {
	t.Helper()
	opts := []kfake.Opt{
		kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-512", "feed", "right"), kfake.Superuser("SCRAM-SHA-256", "feed", "right"),
		kfake.Superuser("PLAIN", "plain", "right"),
	}
	if config != nil {
		opts = append(opts, kfake.TLS(config))
	}
	_, c := start(t, opts...)
	c.Brokers = []string{strings.Replace(c.Brokers[0], "127.0.0.1", "localhost", 1)}
	return c
}

func TestEveryClientGoesByTLSAndLogsIn(t *testing.T) {
	ca := newAuthority(t)
	c := secured(t, ca.server("localhost", time.Now().Add(time.Hour)))
	for _, s := range []Security{
		{TLS: true, CAFile: ca.File, SASL: ScramSHA512, User: "feed", Password: "right"},
		{TLS: true, CAFile: ca.File, SASL: ScramSHA256, User: "feed", Password: "right"},
		{TLS: true, CAFile: ca.File, SASL: Plain, User: "plain", Password: "right"},
	} {
		c.Security = s
		if err := s.Check(); err != nil {
			t.Fatal(err)
		}
		before, err := topics(t, c).Describe(deadline(t), topic)
		if err != nil {
			t.Fatalf("%v: %v", s, err)
		}
		fill(t, c, 0, 3)
		from := before.Partitions[0].HighWatermark
		if got := read(t, c, 0, from, from+3); strings.Join(got, "") != "012" {
			t.Errorf("%v: read %q", s, got)
		}
		k, err := OpenConsumer(c, ConsumerConfig{Topic: topic, Group: "sink-" + string(s.SASL)})
		if err != nil {
			t.Fatal(err)
		}
		e, _, err := k.Poll(deadline(t), 10)
		if err != nil || e.Kind != Assigned {
			t.Fatalf("%v: %+v, %v", s, e, err)
		}
		e.Done()
		k.Seek(0, from, -1)
		var records []*kgo.Record
		for len(records) < 3 {
			_, batches, err := k.Poll(deadline(t), 10)
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range batches {
				records = append(records, b.Records...)
			}
		}
		k.Close()
	}
}

func TestWhatDoesNotGoTogetherIsRefusedBeforeAnythingIsTried(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, tt := range []struct {
		name string
		in   Security
		want string
	}{
		{"nothing", Security{}, ""},
		{"TLS", Security{TLS: true}, ""},
		{"a name as Kafka has it", Security{SASL: "SCRAM-SHA-512", User: "a", Password: "b"}, ""},
		{"a file without TLS", Security{CAFile: "ca.pem"}, "hint: --kafka-tls"},
		{"a user alone", Security{User: "a"}, "hint: --kafka-sasl plain, scram-sha-256 or scram-sha-512"},
		{"a password alone", Security{Password: "hidden"}, "hint: --kafka-sasl"},
		{"no password", Security{SASL: ScramSHA256, User: "a"}, "TICKLAKE_KAFKA_PASSWORD"},
		{"another way", Security{SASL: "gssapi", User: "a", Password: "hidden"}, `there is no way "gssapi" to log in`},
		{"no file", Security{TLS: true, CAFile: filepath.Join(dir, "absent")}, "no such file"},
		{"an empty file", Security{TLS: true, CAFile: write("empty", "")}, "it has none in PEM"},
		{"a key", Security{TLS: true, CAFile: write("key", "-----BEGIN PRIVATE KEY-----\n")}, "it has a private key"},
	} {
		ts, err := OpenTopics(Cluster{Brokers: []string{"127.0.0.1:9092"}, Security: tt.in})
		if err == nil {
			ts.Close()
		}
		checked := tt.in.Check()
		switch {
		case tt.want == "" && (err != nil || checked != nil):
			t.Errorf("%s: %v, %v", tt.name, err, checked)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hidden") || checked == nil):
			t.Errorf("%s: %v, and at once %v", tt.name, err, checked)
		}
	}
}

func TestNoPasswordIsPrinted(t *testing.T) {
	s := Security{TLS: true, SASL: Plain, User: "feed", Password: "hidden"}
	var logged strings.Builder
	slog.New(slog.NewTextHandler(&logged, nil)).Info("opened", "security", s, "pointer", &s)
	for _, text := range []string{fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %s", s, s, s, &s), fmt.Sprintf("%+v", Cluster{Security: s}), logged.String()} {
		if strings.Contains(text, "hidden") || !strings.Contains(text, `TLS, plain as`) {
			t.Errorf("printed as %s", text)
		}
	}
}
