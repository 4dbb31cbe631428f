package glue

import (
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"ticklake/internal/local/awsapi"
)

func TestSTSTellsWhoTheCallerIs(t *testing.T) {
	url := serve(t, open(t, filepath.Join(t.TempDir(), "catalog.db")))
	ask := func(k awsapi.Credentials) (*sts.GetCallerIdentityOutput, error) {
		s := sts.New(sts.Options{
			Region: "us-east-1", BaseEndpoint: aws.String(url), HTTPClient: httpClient(t), Retryer: aws.NopRetryer{},
			Credentials: credentials.NewStaticCredentialsProvider(k.AccessKeyID, k.SecretAccessKey, ""),
		})
		return s.GetCallerIdentity(t.Context(), nil)
	}
	out, err := ask(keys)
	if err != nil || aws.ToString(out.Account) != "123456789012" || aws.ToString(out.Arn) != "arn:aws:iam::123456789012:user/ticklake" || aws.ToString(out.UserId) != keys.AccessKeyID {
		t.Errorf("%+v %v", out, err)
	}
	if _, err := ask(awsapi.Credentials{AccessKeyID: keys.AccessKeyID, SecretAccessKey: "x"}); code(err) != "SignatureDoesNotMatch" {
		t.Error(err)
	}
}
