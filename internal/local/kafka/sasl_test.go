package kafka

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	saslscram "github.com/twmb/franz-go/pkg/sasl/scram"
)

var keys = Credentials{User: "AKIAEXAMPLE", Password: "a/secret+with=all,of+them"}

func locked(c *Config) { c.Credentials = keys }

// ping asks the broker something that wants a login.
func ping(t *testing.T, addr string, mechanisms ...sasl.Mechanism) error {
	t.Helper()
	opts := []kgo.Opt{kgo.RetryTimeout(time.Second)}
	if len(mechanisms) > 0 {
		opts = append(opts, kgo.SASL(mechanisms...))
	}
	return newClient(t, addr, opts...).Ping(t.Context())
}

func TestWithCredentialsOnlyWhoKnowsThemGetsIn(t *testing.T) {
	s := open(t, t.TempDir(), locked)
	as := func(user, pass string) saslscram.Auth { return saslscram.Auth{User: user, Pass: pass} }
	right := as(keys.User, keys.Password)
	for _, tt := range []struct {
		name string
		as   sasl.Mechanism
		want error
	}{
		{"SHA-256", right.AsSha256Mechanism(), nil},
		{"SHA-512", right.AsSha512Mechanism(), nil},
		{"as oneself", saslscram.Auth{User: keys.User, Pass: keys.Password}.AsSha512Mechanism(), nil},
		{"a wrong password", as(keys.User, "guess").AsSha512Mechanism(), kerr.SaslAuthenticationFailed},
		{"half a password", as(keys.User, keys.Password[:10]).AsSha256Mechanism(), kerr.SaslAuthenticationFailed},
		{"another user", as("admin", keys.Password).AsSha512Mechanism(), kerr.SaslAuthenticationFailed},
		{"kfake's own", as("admin", "admin").AsSha256Mechanism(), kerr.SaslAuthenticationFailed},
		{"as somebody else", saslscram.Auth{User: keys.User, Pass: keys.Password, Zid: "root"}.AsSha512Mechanism(), kerr.SaslAuthenticationFailed},
		{"PLAIN", plain.Auth{User: keys.User, Pass: keys.Password}.AsMechanism(), kerr.UnsupportedSaslMechanism},
		{"none", nil, io.EOF},
	} {
		var mechanisms []sasl.Mechanism
		if tt.as != nil {
			mechanisms = append(mechanisms, tt.as)
		}
		if err := ping(t, s.Addr(), mechanisms...); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	cl := newClient(t, s.Addr(), kgo.SASL(right.AsSha512Mechanism()))
	createTopic(t, cl, 1)
	alive(t, s, cl)
}

func TestPasswordsAreNotKeptAndMayChange(t *testing.T) {
	dir := t.TempDir()
	scram := func(c Credentials) sasl.Mechanism {
		return saslscram.Auth{User: c.User, Pass: c.Password}.AsSha256Mechanism()
	}
	s := open(t, dir, locked)
	if err := ping(t, s.Addr(), scram(keys)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	later := Credentials{User: keys.User, Password: "another"}
	s = open(t, dir, func(c *Config) { c.Credentials = later })
	if err := ping(t, s.Addr(), scram(later)); err != nil {
		t.Errorf("the new password: %v", err)
	}
	if err := ping(t, s.Addr(), scram(keys)); !errors.Is(err, kerr.SaslAuthenticationFailed) {
		t.Errorf("the old password: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if bytes.Contains(content, []byte(keys.Password)) || bytes.Contains(content, []byte(later.Password)) {
			t.Errorf("%s holds a password", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestBeforeALoginNothingElseIsAnswered(t *testing.T) {
	s := open(t, t.TempDir(), func(c *Config) {
		locked(c)
		c.patience = defaultPatience
		c.patience.first = 300 * time.Millisecond
	})
	for key, version := range served {
		if key == int16(kmsg.ApiVersions) || key == int16(kmsg.SASLHandshake) {
			continue
		}
		req := kmsg.RequestForKey(key)
		req.SetVersion(version)
		conn := dial(t, s)
		if _, err := conn.Write(apiVersions()); err != nil {
			t.Fatal(err)
		}
		readFrame(t, conn)
		if _, err := conn.Write(request(req)); err != nil {
			t.Fatal(err)
		}
		reply, _ := io.ReadAll(conn)
		if key == int16(kmsg.SASLAuthenticate) {
			if len(reply) < 10 || int16(reply[8])<<8|int16(reply[9]) != kerr.IllegalSaslState.Code {
				t.Errorf("authenticating without a handshake was answered by %q", reply)
			}
			continue
		}
		if len(reply) > 0 {
			t.Errorf("%s was answered by %d bytes", kmsg.NameForKey(key), len(reply))
		}
	}
	// A first frame of more than 64 KiB is not read, though it is one of those that are answered.
	large := kmsg.NewPtrSASLAuthenticateRequest()
	large.SetVersion(1)
	large.SASLAuthBytes = make([]byte, maxFirst)
	conn := dial(t, s)
	_, _ = conn.Write(request(large))
	if reply, _ := io.ReadAll(conn); len(reply) > 0 {
		t.Errorf("a large frame was answered by %d bytes", len(reply))
	}
}

func TestOnLoopbackAHandshakeIsToldThatNoneIsNeeded(t *testing.T) {
	s := open(t, t.TempDir(), nil)
	if err := ping(t, s.Addr(), plain.Auth{User: "a", Pass: "b"}.AsMechanism()); !errors.Is(err, kerr.IllegalSaslState) {
		t.Errorf("a client that wants to log in: %v", err)
	}
}

func TestOnlyItsOwnMessagesGetThroughALogin(t *testing.T) {
	mechanisms, err := newMechanisms(keys)
	if err != nil {
		t.Fatal(err)
	}
	for _, first := range []string{
		"", "n", "n,", "n,,", "n,,n=a", "n,,n=,r=x", "n,,r=x,n=a", "n,,n=a,r=", "n,,n=a,r=\x00", "n,,n=a,r=x,tokenauth=true", "n,,m=1,n=a,r=x",
		"y,,n=a,r=x", "p=tls-unique,,n=a,r=x", "n,b,n=a,r=x", "n,a=,n=a,r=x", "n,a=b,n=a,r=x", "n,,n==2X,r=x", "n,,n==,r=x",
		"n,,n=" + strings.Repeat("a", 5000) + ",r=x",
	} {
		for _, m := range mechanisms {
			if x, _, err := m.begin([]byte(first)); err == nil || x != nil {
				t.Errorf("%s takes %.40q", m.name, first)
			}
		}
	}
	for _, m := range mechanisms {
		x, answer, err := m.begin([]byte("n,,n=a=2C=3Db,r=nonce"))
		if err != nil || !strings.HasPrefix(string(answer), "r=nonce") || x.known {
			t.Fatalf("%q, %v", answer, err)
		}
		// The salt of a user that there is not is the same each time, as a real one's is.
		_, again, _ := m.begin([]byte("n,,n=a=2C=3Db,r=nonce"))
		salt := func(p []byte) string { return strings.Split(string(p), ",")[1] }
		if salt(answer) != salt(again) {
			t.Error("the salt of an unknown user changes")
		}
		for _, last := range []string{
			"", "c=biws", "c=biws,r=" + x.nonce, "c=biws,r=nonce,p=AAAA", "c=biws,r=" + x.nonce + ",p=AAAA", "c=biws,r=" + x.nonce + ",p=!",
			"c=eSws,r=" + x.nonce + ",p=" + strings.Repeat("A", 86) + "==", strings.Repeat("c", 5000),
		} {
			if _, err := x.end([]byte(last)); err == nil {
				t.Errorf("%s takes %.40q", m.name, last)
			}
		}
	}
}

func FuzzLogin(f *testing.F) {
	mechanisms, err := newMechanisms(keys)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("n,,n=a,r=x"), []byte("c=biws,r=x,p=AAAA"))
	f.Add([]byte("n,a=AKIAEXAMPLE,n=AKIAEXAMPLE,r=x"), []byte("c=biws,r=x,p=AAAA"))
	f.Add([]byte("y,,n==2C=3D,r=x"), []byte(",p="))
	f.Fuzz(func(t *testing.T, first, last []byte) {
		for _, m := range mechanisms {
			x, answer, err := m.begin(first)
			if err != nil {
				continue
			}
			if !bytes.HasPrefix(answer, []byte("r=")) || bytes.Contains(answer, []byte(keys.Password)) {
				t.Errorf("it answers %q", answer)
			}
			if _, err := x.end(last); err == nil {
				t.Error("it lets in who does not know the password")
			}
			// The rest of a last message is the client's to choose once the nonce is right.
			if _, err := x.end(append([]byte("c=biws,r="+x.nonce+",p="), last...)); err == nil {
				t.Error("it lets in who does not know the password")
			}
		}
	})
}

func TestAddressesThatCannotWorkAreRefused(t *testing.T) {
	for _, tt := range []struct {
		name, listen, advertise string
		keys                    Credentials
		want                    string
	}{
		{"all without credentials", "0.0.0.0:0", "host", Credentials{}, "not a loopback address, and there are no credentials"},
		{"all without a name", "0.0.0.0:0", "", keys, "clients must be told one of them (hint:"},
		{"all of IPv6 without a name", "[::]:0", "", keys, "clients must be told one of them (hint:"},
		{"told to go everywhere", "0.0.0.0:0", "0.0.0.0", keys, "no client can connect to it"},
		{"a bad port", "0.0.0.0:0", "host:0", keys, "its port is not 1 to 65535"},
		{"a large port", "0.0.0.0:0", "host:70000", keys, "its port is not 1 to 65535"},
		{"no host", "0.0.0.0:0", ":9092", keys, "it names no host"},
		{"a URL", "0.0.0.0:0", "kafka://host:9092", keys, "it is a host, or host:port"},
		{"no password", "127.0.0.1:0", "", Credentials{User: "a"}, "want a user and a password"},
		{"no ASCII", "127.0.0.1:0", "", Credentials{User: "a", Password: "pässword"}, "printable ASCII"},
	} {
		s, err := Open(t.Context(), Config{Dir: t.TempDir(), Listen: tt.listen, Advertise: tt.advertise, Credentials: tt.keys})
		if err == nil {
			_ = s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), keys.Password) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// remote is a connection that came from another machine.
type remote struct{ net.Conn }

func (remote) LocalAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 9092} }

func TestOtherMachinesAreToldTheAdvertisedAddressAndThisOneItsOwn(t *testing.T) {
	for advertise, want := range map[string]string{"broker.example": "broker.example:", "broker.example:19092": "broker.example:19092", "2001:db8::1": "[2001:db8::1]:"} {
		s := open(t, t.TempDir(), func(c *Config) { c.Listen, c.Advertise, c.Credentials = "0.0.0.0:0", advertise, keys })
		if !strings.HasPrefix(s.Advertised(), want) || !strings.HasPrefix(s.Addr(), "127.0.0.1:") {
			t.Errorf("advertised %s: %s, and nearby %s", advertise, s.Advertised(), s.Addr())
		}
		login := kgo.SASL(saslscram.Auth{User: keys.User, Pass: keys.Password}.AsSha512Mechanism())
		near := newClient(t, s.Addr(), login)
		createTopic(t, near, 1)
		alive(t, s, near) // which goes to the address that it was told

		far := newClient(t, s.Advertised(), login, kgo.Dialer(func(ctx context.Context, _, address string) (net.Conn, error) {
			if address != s.Advertised() {
				t.Errorf("a client is sent to %s", address)
			}
			ours, theirs := net.Pipe()
			c := newConn(s.guard, remote{theirs})
			if !s.guard.crowd.enter(c) {
				return nil, io.EOF
			}
			select {
			case s.guard.accepted <- accepted{conn: c}:
				return ours, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}))
		alive(t, s, far)
	}
}
