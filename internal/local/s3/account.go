package s3

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"

	"github.com/versity/versitygw/auth"
)

// oneAccount knows one access key.
type oneAccount struct {
	auth.IAMService
	account auth.Account
}

func newOneAccount(id, secret string) oneAccount {
	a := auth.Account{Access: id, Secret: secret, Role: auth.RoleAdmin}
	return oneAccount{IAMService: auth.NewIAMServiceSingle(a), account: a}
}

// GetUserAccount finds the account in a time that says nothing of its id.
func (o oneAccount) GetUserAccount(id string) (auth.Account, error) {
	if !sameText(id, o.account.Access) {
		return auth.Account{}, auth.ErrNoSuchUser
	}
	return o.account, nil
}

// sameText takes as long whatever a is.
func sameText(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// claims tells whether a request says that it is signed with the key of this id. Whether it is, is versitygw's to find out.
func claims(r *http.Request, id string) bool {
	credential := r.URL.Query().Get("X-Amz-Credential")
	if _, rest, ok := strings.Cut(r.Header.Get("Authorization"), "Credential="); ok {
		credential = rest
	}
	named, _, _ := strings.Cut(credential, "/")
	return sameText(named, id)
}
