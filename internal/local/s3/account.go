package s3

import (
	"crypto/sha256"
	"crypto/subtle"

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
	got, want := sha256.Sum256([]byte(id)), sha256.Sum256([]byte(o.account.Access))
	if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
		return auth.Account{}, auth.ErrNoSuchUser
	}
	return o.account, nil
}
