package awsclient

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

func TestContactSaysWhyNobodyAnswers(t *testing.T) {
	refusing := httptest.NewServer(http.NotFoundHandler())
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	gone := httptest.NewServer(nil)
	gone.Close()
	defer refusing.Close()
	defer secure.Close()
	for _, tt := range []struct{ name, url, want string }{
		{"whatever it says, it answers", refusing.URL, ""},
		{"nobody", gone.URL, "connection refused"},
		{"an unknown name", "http://no-such-host.invalid", `there is no host "no-such-host.invalid"`},
		{"TLS at a plain port", strings.Replace(refusing.URL, "http:", "https:", 1), "it speaks plain HTTP, and the address begins with https"},
		{"plain HTTP at a port of TLS", "http://" + secure.Listener.Addr().String(), "it speaks TLS; the address should begin with https"},
		{"a certificate of nobody's", secure.URL, "its certificate is of an authority that is not trusted"},
		{"one that hangs up", "http://" + hangsUp(t), "it hangs up"},
		{"one that speaks otherwise", "http://" + says(t, "SSH-2.0-x\r\n"), "it is no HTTP server"},
		{"no URL", "127.0.0.1:8601", "it is no URL, such as http://127.0.0.1:8601"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := Contact(t.Context(), nil, "S3", tt.url)
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var e *Error
			if !errors.As(err, &e) || e.Answered() || !strings.HasPrefix(e.Error(), "S3 at "+tt.url+" does not answer: "+tt.want) {
				t.Errorf("%v", err)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Contact(ctx, nil, "S3", refusing.URL); !errors.Is(err, context.Canceled) || errors.As(err, new(*Error)) {
		t.Errorf("told to stop: %v", err)
	}
}

func TestWithoutCredentialsThatIsSaid(t *testing.T) {
	for name, provider := range map[string]aws.CredentialsProvider{
		"no provider": nil,
		"one that has none": aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{}, errors.New("the machine has no role")
		}),
	} {
		if _, err := Credentials(provider).Retrieve(t.Context()); !errors.Is(err, ErrNoCredentials) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func hangsUp(t *testing.T) string { return says(t, "") }

// says takes connections, says something, and hangs up.
func says(t *testing.T, text string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, text)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-ended
	})
	return l.Addr().String()
}
