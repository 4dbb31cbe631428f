package catalog_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"

	"ticklake/internal/catalog"
)

// plain is a Glue client of the endpoint at url, as anybody has one.
func plain(t *testing.T, url string) *glue.Client {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	cfg := config(url, "KEY", "secret").AWS
	cfg.BaseEndpoint, cfg.HTTPClient = &url, &http.Client{Transport: transport}
	return glue.NewFromConfig(cfg)
}

// theirs makes table market.ticks as somebody else would.
func theirs(t *testing.T, url string, in *types.TableInput) *glue.Client {
	t.Helper()
	g := plain(t, url)
	_, err := g.CreateDatabase(t.Context(), &glue.CreateDatabaseInput{DatabaseInput: &types.DatabaseInput{Name: aws.String("market")}})
	if err != nil {
		t.Fatal(err)
	}
	in.Name = aws.String("ticks")
	if _, err := g.CreateTable(t.Context(), &glue.CreateTableInput{DatabaseName: aws.String("market"), TableInput: in}); err != nil {
		t.Fatal(err)
	}
	return g
}

func TestATableOfSomebodyElseIsLeftAlone(t *testing.T) {
	at := func(location string) *types.StorageDescriptor {
		return &types.StorageDescriptor{Location: aws.String(location), Columns: []types.Column{{Name: aws.String("x"), Type: aws.String("int")}}}
	}
	for _, tt := range []struct {
		name string
		in   types.TableInput
		want string // of the reason; "" if the table is ours to change
	}{
		{"elsewhere", types.TableInput{StorageDescriptor: at("s3://other/ticks/")}, `it lies at "s3://other/ticks/"`},
		{"a folder above", types.TableInput{StorageDescriptor: at("s3://lake/curated/")}, "it lies at"},
		{"nowhere", types.TableInput{}, "it lies at"},
		{"a view", types.TableInput{TableType: aws.String("VIRTUAL_VIEW"), StorageDescriptor: at("s3://lake/curated/ticks/")}, "a view"},
		{"iceberg", types.TableInput{Parameters: map[string]string{"table_type": "ICEBERG"}, StorageDescriptor: at("s3://lake/curated/ticks")}, "a table of ICEBERG"},
		{"another spelling of our folder", types.TableInput{StorageDescriptor: at("s3a://lake/curated/ticks")}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			url := endpoint(t)
			g := theirs(t, url, &tt.in)
			_, change, err := open(t, config(url, "KEY", "secret")).EnsureTable(t.Context(), ticks())
			if tt.want == "" {
				if change != catalog.Updated || err != nil {
					t.Errorf("%s, %v", change, err)
				}
				return
			}
			if !errors.Is(err, catalog.ErrTaken) || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "hint:") {
				t.Errorf("got %v", err)
			}
			out, err := g.GetTable(t.Context(), &glue.GetTableInput{DatabaseName: aws.String("market"), Name: aws.String("ticks")})
			if err != nil || aws.ToString(out.Table.VersionId) != "0" {
				t.Errorf("it is changed: %+v, %v", out, err)
			}
		})
	}
}

func TestWhatAUserAddedOutlivesAnUpdate(t *testing.T) {
	url := endpoint(t)
	g := theirs(t, url, &types.TableInput{
		Owner: aws.String("research"), Retention: 7, Parameters: map[string]string{"team": "fx"},
		StorageDescriptor: &types.StorageDescriptor{
			Location: aws.String("s3://lake/curated/ticks/"), Parameters: map[string]string{"sizeKey": "1"},
			SortColumns: []types.Order{{Column: aws.String("symbol"), SortOrder: 1}},
			Columns:     []types.Column{{Name: aws.String("price"), Type: aws.String("double"), Comment: aws.String("edited")}},
		},
	})
	got, change, err := open(t, config(url, "KEY", "secret")).EnsureTable(t.Context(), ticks())
	if err != nil || change != catalog.Updated || got.Columns[0] != ticks().Columns[0] || len(got.Columns) != 2 {
		t.Fatalf("%s %+v %v", change, got, err)
	}
	out, err := g.GetTable(t.Context(), &glue.GetTableInput{DatabaseName: aws.String("market"), Name: aws.String("ticks")})
	if err != nil {
		t.Fatal(err)
	}
	table, sd := out.Table, out.Table.StorageDescriptor
	if aws.ToString(table.Owner) != "research" || table.Retention != 7 || table.Parameters["team"] != "fx" || sd.Parameters["sizeKey"] != "1" || len(sd.SortColumns) != 1 {
		t.Errorf("%+v %+v", table, sd)
	}
}
