package stream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// server answers every connection with what speak does, and then hangs up.
func server(t *testing.T, speak func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			speak(c)
			_ = c.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return l.Addr().String()
}

func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// elsewhere is a listener that says it is somewhere else.
type elsewhere struct {
	net.Listener
	address string
}

func (e elsewhere) Addr() net.Addr  { return e }
func (e elsewhere) Network() string { return "tcp" }
func (e elsewhere) String() string  { return e.address }

func TestWhyKafkaCannotBeUsedIsSaidInASentence(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	good := ca.server("localhost", time.Now().Add(time.Hour))
	failing := func(address string, err error) Cluster {
		return Cluster{Brokers: []string{address}, Dial: func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: err}
		}}
	}
	refused := closedPort(t)
	hello := func(answer string) func(net.Conn) {
		return func(c net.Conn) {
			_, _ = c.Read(make([]byte, 64))
			_, _ = io.WriteString(c, answer)
		}
	}
	at := func(address string) Cluster { return Cluster{Brokers: []string{address}} }
	as := func(c Cluster, s Security) Cluster { c.Security = s; return c }
	web, ssh, mute := hello("HTTP/1.1 400 Bad Request\r\n\r\n"), hello("SSH-2.0-OpenSSH\r\n"), hello("")
	login := func(m Mechanism) Security { return Security{SASL: m, User: "feed", Password: "hidden"} }
	for _, tt := range []struct {
		name    string
		cluster func(t *testing.T) Cluster
		want    string // {} is the broker
		hint    string
		is      error
	}{
		{
			"nobody listens", func(*testing.T) Cluster { return at(refused) },
			"Kafka at {} cannot be reached: connection refused", "`ticklake up` starts one", syscall.ECONNREFUSED,
		},
		{
			"nobody listens at two", func(t *testing.T) Cluster { return Cluster{Brokers: []string{refused, closedPort(t)}} },
			"none of Kafka's 2 brokers can be used: Kafka at {} cannot be reached: connection refused; Kafka at 127.0.0.1:",
			"`ticklake up` starts one", syscall.ECONNREFUSED,
		},
		{
			"no such host", func(*testing.T) Cluster { return failing("brokr:9092", &net.DNSError{Name: "brokr", IsNotFound: true}) },
			`Kafka at {} cannot be reached: there is no host "brokr"`, "--kafka HOST:PORT", nil,
		},
		{
			"no way", func(*testing.T) Cluster { return failing("10.0.0.1:9092", syscall.EHOSTUNREACH) },
			"Kafka at {} cannot be reached: there is no way to that host", "--kafka HOST:PORT", nil,
		},
		{"an HTTP server", func(t *testing.T) Cluster { return at(server(t, web)) }, "Kafka at {} answers in HTTP", "is it another port?", nil},
		{"something else", func(t *testing.T) Cluster { return at(server(t, ssh)) }, "Kafka at {} answers, but not as a broker does", "is it another port?", nil},
		{
			"one that hangs up", func(t *testing.T) Cluster { return at(server(t, mute)) },
			"Kafka at {} hangs up at the first question: it may want TLS", "--kafka-tls", nil,
		},
		{
			"TLS to one that hangs up", func(t *testing.T) Cluster { return as(at(server(t, mute)), Security{TLS: true}) },
			"Kafka at {} hangs up when it is spoken to in TLS", "leave out --kafka-tls", nil,
		},
		{
			"TLS to an HTTP server", func(t *testing.T) Cluster { return as(at(server(t, web)), Security{TLS: true}) },
			"Kafka at {} answers, but not in TLS", "leave out --kafka-tls", nil,
		},
		{
			"no TLS to one that has it", func(t *testing.T) Cluster { return as(secured(t, good), login(ScramSHA512)) },
			"Kafka at {} hangs up at the first question: it may want TLS", "--kafka-tls", nil,
		},
		{
			"another authority", func(t *testing.T) Cluster { return as(secured(t, good), Security{TLS: true, CAFile: other.File}) },
			`Kafka at {} has a certificate of an authority that is not trusted (of "CN=localhost", by "CN=test authority")`, "--kafka-ca FILE", nil,
		},
		{
			"the system's authorities", func(t *testing.T) Cluster { return as(secured(t, good), Security{TLS: true}) },
			"Kafka at {} has a certificate of an authority that is not trusted", "--kafka-ca FILE", nil,
		},
		{
			"another name", func(t *testing.T) Cluster {
				return as(secured(t, ca.server("broker.example", time.Now().Add(time.Hour))), Security{TLS: true, CAFile: ca.File})
			},
			"Kafka at {} has a certificate for other names: x509: certificate is valid for broker.example, not localhost", "as their certificates do", nil,
		},
		{
			"an old certificate", func(t *testing.T) Cluster {
				return as(secured(t, ca.server("localhost", time.Now().Add(-time.Hour))), Security{TLS: true, CAFile: ca.File})
			},
			"Kafka at {} has a certificate that is not valid now", "clock", nil,
		},
		{
			"a wrong password", func(t *testing.T) Cluster { return refusing(t, kerr.SaslAuthenticationFailed, login(Plain)) },
			`Kafka at {} refuses user "feed": wrong user or password for plain`, "TICKLAKE_KAFKA_PASSWORD", kerr.SaslAuthenticationFailed,
		},
		{
			"another mechanism", func(t *testing.T) Cluster { return refusing(t, kerr.UnsupportedSaslMechanism, login(ScramSHA256)) },
			"Kafka at {} does not let clients log in by scram-sha-256", "another --kafka-sasl", kerr.UnsupportedSaslMechanism,
		},
		{
			"a login where there is none", func(t *testing.T) Cluster { return refusing(t, kerr.IllegalSaslState, login(ScramSHA256)) },
			"Kafka at {} has no logins at this port", "leave out --kafka-sasl", kerr.IllegalSaslState,
		},
		{
			"no login", func(t *testing.T) Cluster { return secured(t, nil) },
			"Kafka at {} hangs up on a client that has not logged in", "--kafka-sasl", nil,
		},
		{
			"not allowed", func(t *testing.T) Cluster {
				_, c := start(t, kfake.EnableSASL(), kfake.EnableACLs(), kfake.User("SCRAM-SHA-512", "guest", "right"))
				return as(c, Security{SASL: ScramSHA512, User: "guest", Password: "right"})
			},
			`Kafka at {} does not allow user "guest" to use the topic`, "DESCRIBE", kerr.TopicAuthorizationFailed,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := tt.cluster(t)
			_, err := topics(t, c).Describe(deadline(t), topic)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("it is %v", err)
			}
			want := strings.ReplaceAll(tt.want, "{}", c.Brokers[0])
			if !strings.Contains(err.Error(), want) || !strings.Contains(e.Hint, tt.hint) {
				t.Errorf("it is %v, wanted %s; hint: %s", err, want, tt.hint)
			}
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("behind it is no %v: %v", tt.is, e.Err)
			}
			if strings.Contains(err.Error(), "hidden") {
				t.Errorf("it shows the password: %v", err)
			}
		})
	}
}

// refusing is a broker that lets logins fail with a code.
func refusing(t *testing.T, code *kerr.Error, login Security) Cluster {
	t.Helper()
	broker, c := start(t)
	c.Security = login
	handshake, authenticate := int16(0), int16(0)
	if code == kerr.SaslAuthenticationFailed {
		authenticate = code.Code
	} else {
		handshake = code.Code
	}
	broker.ControlKey(int16(kmsg.SASLHandshake), func(req kmsg.Request) (kmsg.Response, error, bool) {
		broker.KeepControl()
		resp := req.ResponseKind().(*kmsg.SASLHandshakeResponse)
		resp.ErrorCode = handshake
		return resp, nil, true
	})
	broker.ControlKey(int16(kmsg.SASLAuthenticate), func(req kmsg.Request) (kmsg.Response, error, bool) {
		broker.KeepControl()
		resp := req.ResponseKind().(*kmsg.SASLAuthenticateResponse)
		resp.ErrorCode = authenticate
		return resp, nil, true
	})
	return c
}

func TestATopicThatIsNotThereIsNamedWithTheCommandThatMakesIt(t *testing.T) {
	_, c := start(t)
	_, err := topics(t, c).Describe(deadline(t), "tikcs")
	if want := "topic \"tikcs\" does not exist; hint: `ticklake topics create tikcs` makes it"; !errors.Is(err, ErrNoTopic) || !strings.Contains(err.Error(), want) {
		t.Errorf("it is %v", err)
	}
}

func TestAnAddressThatLeadsNowhereIsToldFromTheOneThatWasNamed(t *testing.T) {
	refused := closedPort(t)
	var named string
	_, c := start(t, kfake.ListenFn(func(network, address string) (net.Listener, error) {
		l, err := net.Listen(network, address)
		if err != nil {
			return nil, err
		}
		named = l.Addr().String()
		return elsewhere{l, refused}, nil
	}))
	c.Brokers = []string{named}
	_, err := topics(t, c).Describe(deadline(t), topic)
	if want := fmt.Sprintf("Kafka at %s answers and sends clients to %s, which cannot be reached: connection refused; hint: that is the broker's advertised.listeners", named, refused); err == nil ||
		!strings.Contains(err.Error(), want) {
		t.Errorf("it is %v", err)
	}
}

// silent takes what is sent and answers nothing.
func silent(t *testing.T, ended chan<- struct{}) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			_, _ = io.Copy(io.Discard, theirs)
			ended <- struct{}{}
		}()
		return ours, nil
	}
}

func TestABrokerThatDoesNotAnswerIsGivenUpAfterTenSeconds(t *testing.T) {
	for name, s := range map[string]Security{"plain": {}, "TLS": {TLS: true}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ended := make(chan struct{}, 100)
				c := Cluster{Brokers: []string{"broker:9092"}, Dial: silent(t, ended), Security: s}
				began := time.Now()
				err := c.Contact(t.Context())
				if took := time.Since(began); took > firstContact || err == nil || !strings.Contains(err.Error(), "takes connections and does not answer") {
					t.Errorf("after %v: %v", took, err)
				}
				<-ended
				synctest.Wait()
			})
		})
	}
	t.Run("no answer to a connection", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := Cluster{Brokers: []string{"broker:9092", "other:9092"}, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
				<-ctx.Done()
				return nil, &net.OpError{Op: "dial", Err: ctx.Err()}
			}}
			began := time.Now()
			err := c.Contact(t.Context())
			if took := time.Since(began); took > firstContact || err == nil || !strings.Contains(err.Error(), "none of Kafka's 2 brokers can be used: Kafka at broker:9092 cannot be reached: no answer within 8s; Kafka at other:9092") {
				t.Errorf("after %v: %v", took, err)
			}
			synctest.Wait()
		})
	})
}

func TestOneBrokerThatAnswersIsEnough(t *testing.T) {
	_, c := start(t)
	c.Brokers = []string{closedPort(t), c.Brokers[0]}
	began := time.Now()
	if err := c.Contact(deadline(t)); err != nil || time.Since(began) > 5*time.Second {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
}
