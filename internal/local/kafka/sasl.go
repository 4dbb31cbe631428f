package kafka

import (
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Credentials are a user and a password, both of printable ASCII. They are never logged.
type Credentials struct {
	User     string
	Password string
}

func (c Credentials) empty() bool { return c == Credentials{} }

// String implements fmt.Stringer.
func (c Credentials) String() string { return "credentials of " + c.User }

// GoString implements fmt.GoStringer.
func (c Credentials) GoString() string { return c.String() }

func (c Credentials) check() error {
	switch {
	case c.empty():
		return nil
	case c.User == "" || c.Password == "":
		return errors.New("credentials want a user and a password")
	}
	for _, s := range []string{c.User, c.Password} {
		for i := range len(s) {
			if s[i] < 0x21 || s[i] > 0x7e || len(s) > 255 {
				return errors.New("user and password are 1 to 255 bytes of printable ASCII, for SCRAM would change others")
			}
		}
	}
	return nil
}

// login is how far a connection is on its way to being trusted. The broker does this in kfake's stead, because kfake
// keeps the passwords of its first start in the clear on disk, offers PLAIN, and compares in varying time.
type login struct {
	mechanism *scram // chosen by a handshake
	exchange  *exchange
	done      bool
}

// inspectSASL answers what belongs to the login, and refuses everything else before it is done. The
// error ends the connection.
func (c *conn) inspectSASL(h header, body []byte) (answered bool, err error) {
	switch kmsg.Key(h.key) {
	case kmsg.SASLHandshake:
		return true, c.handshake(h, body)
	case kmsg.SASLAuthenticate:
		return true, c.authenticate(h, body)
	case kmsg.ApiVersions:
		return false, nil
	}
	if c.guard.mechanisms != nil && !c.login.done {
		c.guard.refused.tell(c.guard.log, "clients without a login are cut off", "client", c.RemoteAddr())
		return false, fmt.Errorf("%s before a login", kmsg.NameForKey(h.key))
	}
	return false, nil
}

func (c *conn) handshake(h header, body []byte) error {
	req := kmsg.NewPtrSASLHandshakeRequest()
	req.SetVersion(h.version)
	if err := req.ReadFrom(body); err != nil || h.version < 1 { // version 0 goes on in frames that are none
		return fmt.Errorf("SASLHandshake version %d: %w", h.version, errMalformed)
	}
	resp := req.ResponseKind().(*kmsg.SASLHandshakeResponse)
	for _, m := range c.guard.mechanisms {
		resp.SupportedMechanisms = append(resp.SupportedMechanisms, m.name)
		if m.name == req.Mechanism {
			c.login.mechanism = m
		}
	}
	switch {
	case c.guard.mechanisms == nil || c.login.done || c.login.exchange != nil:
		resp.ErrorCode = kerr.IllegalSaslState.Code
	case c.login.mechanism == nil:
		resp.ErrorCode = kerr.UnsupportedSaslMechanism.Code
	}
	return c.answer(h, resp)
}

func (c *conn) authenticate(h header, body []byte) error {
	req := kmsg.NewPtrSASLAuthenticateRequest()
	req.SetVersion(h.version)
	if err := req.ReadFrom(body); err != nil {
		return fmt.Errorf("SASLAuthenticate: %w", errMalformed)
	}
	resp := req.ResponseKind().(*kmsg.SASLAuthenticateResponse)
	l := &c.login
	var err error
	switch {
	case l.done || l.mechanism == nil:
		resp.ErrorCode = kerr.IllegalSaslState.Code
		return c.answer(h, resp)
	case l.exchange == nil:
		l.exchange, resp.SASLAuthBytes, err = l.mechanism.begin(req.SASLAuthBytes)
	default:
		resp.SASLAuthBytes, err = l.exchange.end(req.SASLAuthBytes)
		l.done = err == nil
	}
	if err != nil {
		c.guard.refused.tell(c.guard.log, "a login was refused", "client", c.RemoteAddr(), "error", err)
		message := "Authentication failed: user or password is wrong, or the exchange is not that of " + l.mechanism.name
		resp.SASLAuthBytes, resp.ErrorCode, resp.ErrorMessage = nil, kerr.SaslAuthenticationFailed.Code, &message
		return errors.Join(err, c.answer(h, resp))
	}
	if l.done {
		c.proven.Store(true)
	}
	return c.answer(h, resp)
}
