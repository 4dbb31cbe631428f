package glue

import (
	"context"
	"encoding/xml"
	"net/url"

	"ticklake/internal/local/awsapi"
)

// identity is STS GetCallerIdentity's result: the one user of the embedded account.
type identity struct {
	XMLName xml.Name `xml:"GetCallerIdentityResult"`
	Arn     string
	UserID  string `xml:"UserId"`
	Account string
}

// tokens is the STS that answers beside Glue.
func (c *Catalog) tokens(accessKeyID string) *awsapi.QueryService {
	return &awsapi.QueryService{
		Name: "sts", Namespace: "https://sts.amazonaws.com/doc/2011-06-15/", Version: "2011-06-15",
		Operations: map[string]awsapi.QueryOperation{
			"GetCallerIdentity": func(context.Context, url.Values) (any, error) {
				return identity{Arn: "arn:aws:iam::" + c.account + ":user/ticklake", UserID: accessKeyID, Account: c.account}, nil
			},
		},
	}
}
