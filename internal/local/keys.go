package local

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// keys is an access key in AWS's form. It is never logged.
type keys struct {
	AccessKeyID     string `json:"access_key_id"`     // 20 characters
	SecretAccessKey string `json:"secret_access_key"` // 40 characters
}

// keys returns the directory's access key, made at the first call.
func (d *Dir) keys() (keys, error) {
	path := filepath.Join(d.path, "keys.json")
	var k keys
	err := readJSON(path, &k)
	switch {
	case errors.Is(err, os.ErrNotExist):
		k = keys{AccessKeyID: "AKIA" + random(16, idAlphabet), SecretAccessKey: random(40, secretAlphabet)}
		if err := writeJSON(path, k); err != nil {
			return keys{}, explain(d.path, err)
		}
		return k, nil
	case err != nil:
		return keys{}, explain(d.path, err)
	case len(k.AccessKeyID) < 16 || len(k.SecretAccessKey) < 16:
		return keys{}, fmt.Errorf("open data directory %s: keys.json has no access key (hint: remove it, a new one is made)", d.path)
	}
	// A copy of a directory may have come with other modes.
	if err := os.Chmod(path, 0o600); err != nil {
		return keys{}, explain(d.path, err)
	}
	return k, nil
}

const (
	idAlphabet     = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	secretAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
)

// random draws n characters of an alphabet of 32 or 64, so that every one is as likely.
func random(n int, alphabet string) string {
	p := make([]byte, n)
	_, _ = rand.Read(p) // never fails
	for i := range p {
		p[i] = alphabet[int(p[i])%len(alphabet)]
	}
	return string(p)
}
