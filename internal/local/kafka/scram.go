package kafka

import (
	"bytes"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strings"
)

// scram is the server's side of a mechanism of RFC 5802, for one user. It keeps no password.
type scram struct {
	name      string
	hash      func() hash.Hash
	user      string
	salt      []byte
	storedKey []byte
	serverKey []byte
	pepper    []byte // salts of users that there are not come from it
}

const (
	scramIterations = 4096 // the least that clients take; the password is 240 random bits
	maxScramMessage = 2048
)

// newMechanisms are those that are offered, nil without credentials.
func newMechanisms(c Credentials) ([]*scram, error) {
	if c.empty() {
		return nil, nil
	}
	out := []*scram{{name: "SCRAM-SHA-512", hash: sha512.New}, {name: "SCRAM-SHA-256", hash: sha256.New}}
	for _, m := range out {
		m.user, m.salt, m.pepper = c.User, random(16), random(32)
		salted, err := pbkdf2.Key(m.hash, c.Password, m.salt, scramIterations, m.hash().Size())
		if err != nil {
			return nil, fmt.Errorf("derive keys for %s: %w", m.name, err)
		}
		key := m.mac(salted, []byte("Client Key"))
		m.storedKey, m.serverKey = m.sum(key), m.mac(salted, []byte("Server Key"))
	}
	return out, nil
}

func random(n int) []byte {
	p := make([]byte, n)
	_, _ = rand.Read(p) // never fails
	return p
}

func (m *scram) sum(p []byte) []byte {
	h := m.hash()
	h.Write(p)
	return h.Sum(nil)
}

func (m *scram) mac(key, p []byte) []byte {
	h := hmac.New(m.hash, key)
	h.Write(p)
	return h.Sum(nil)
}

// exchange is one client's login, between its two messages.
type exchange struct {
	scram   *scram
	known   bool   // the user is the one that there is
	header  string // of the client's first message, "n,," as a rule
	nonce   string // of both sides
	message string // both first messages, as they are authenticated
}

var (
	errScram = errors.New("not a message of SCRAM")
	errLogin = errors.New("user or password is wrong")
)

// begin reads a client's first message, n,[a=NAME],n=USER,r=NONCE, and returns the answer. That there is no such
// user is not told before the end.
func (m *scram) begin(message []byte) (*exchange, []byte, error) {
	if len(message) > maxScramMessage || bytes.IndexByte(message, 0) >= 0 {
		return nil, nil, errScram
	}
	parts := strings.SplitN(string(message), ",", 3)
	if len(parts) < 3 || parts[0] != "n" { // y and p want channels bound, which there are not
		return nil, nil, errScram
	}
	bare := strings.Split(parts[2], ",")
	if len(bare) != 2 || !strings.HasPrefix(bare[0], "n=") || !strings.HasPrefix(bare[1], "r=") { // extensions are not known
		return nil, nil, errScram
	}
	user, ok := unescape(bare[0][2:])
	nonce := bare[1][2:]
	as, ok2 := "", true
	if parts[1] != "" {
		as, ok2 = strings.CutPrefix(parts[1], "a=")
		if ok2 {
			as, ok2 = unescape(as)
		}
	}
	if !ok || !ok2 || as != "" && as != user || !printable(nonce) {
		return nil, nil, errScram
	}
	a, b := sha256.Sum256([]byte(user)), sha256.Sum256([]byte(m.user))
	known := subtle.ConstantTimeCompare(a[:], b[:]) == 1
	salt := m.mac(m.pepper, []byte(user))[:len(m.salt)]
	subtle.ConstantTimeCopy(subtle.ConstantTimeCompare(a[:], b[:]), salt, m.salt)
	x := &exchange{scram: m, known: known, header: parts[0] + "," + parts[1] + ",", nonce: nonce + base64.RawStdEncoding.EncodeToString(random(18))}
	first := fmt.Sprintf("r=%s,s=%s,i=%d", x.nonce, base64.StdEncoding.EncodeToString(salt), scramIterations)
	x.message = parts[2] + "," + first
	return x, []byte(first), nil
}

// end reads a client's last message, c=HEADER,r=NONCE,p=PROOF, and returns the answer to one who knows the password.
func (x *exchange) end(message []byte) ([]byte, error) {
	if len(message) > maxScramMessage {
		return nil, errScram
	}
	without, text, ok := strings.Cut(string(message), ",p=")
	if !ok || without != "c="+base64.StdEncoding.EncodeToString([]byte(x.header))+",r="+x.nonce {
		return nil, errScram
	}
	m := x.scram
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(key) != len(m.storedKey) {
		return nil, errScram
	}
	authenticated := []byte(x.message + "," + without)
	subtle.XORBytes(key, key, m.mac(m.storedKey, authenticated))
	if subtle.ConstantTimeCompare(m.sum(key), m.storedKey) != 1 || !x.known {
		return nil, errLogin
	}
	return []byte("v=" + base64.StdEncoding.EncodeToString(m.mac(m.serverKey, authenticated))), nil
}

// unescape reads a name of SCRAM, in which =2C and =3D stand for a comma and an equals sign.
func unescape(s string) (string, bool) {
	if s == "" {
		return "", false
	}
	for rest := s; ; {
		_, after, found := strings.Cut(rest, "=")
		if !found {
			break
		}
		if !strings.HasPrefix(after, "2C") && !strings.HasPrefix(after, "3D") {
			return "", false
		}
		rest = after[2:]
	}
	return strings.NewReplacer("=2C", ",", "=3D", "=").Replace(s), true
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] < 0x21 || s[i] > 0x7e {
			return false
		}
	}
	return s != ""
}
