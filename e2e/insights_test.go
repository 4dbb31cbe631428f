package e2e

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"

	"ticklake/e2e/program"
)

func TestInsightsFromTheCommandLine(t *testing.T) {
	p := program.New(t)
	file, want := brief(3000)
	p.Write("prices.csv", file)
	out := p.OK("up", "--once", "--any-ports", "--dataset", "prices.csv")
	program.Contains(t, out, "3,000 ticks, 0 dead letters", "highest_traded: Which symbols were traded most on a day?", "drawdown:", "u_shape:")
	if n := strings.Count(p.OK("insights", "--list", "-o", "csv"), "\n") - 1; n != 14 {
		t.Errorf("%d insights are listed", n)
	}

	s := p.Up("--dataset", "prices.csv")
	const day = "2019-02-14"
	program.Eventually(t, "the lake can be queried", func() bool { return p.Run("query", "SELECT 1 FROM ticks LIMIT 1").Code == 0 })
	got, err := csv.NewReader(strings.NewReader(p.OK("insights", "highest_traded", "--param", "day="+day, "-o", "csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	type traded struct {
		symbol string
		volume int64
	}
	var expected []traded
	for _, row := range want {
		fields, err := csv.NewReader(strings.NewReader(row)).Read()
		if err != nil {
			t.Fatal(err)
		}
		var volume int64
		if _, err := fmt.Sscan(fields[3], &volume); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(fields[0], day) || volume == 0 {
			continue
		}
		i := slices.IndexFunc(expected, func(e traded) bool { return e.symbol == fields[1] })
		if i < 0 {
			i = len(expected)
			expected = append(expected, traded{symbol: fields[1]})
		}
		expected[i].volume += volume
	}
	slices.SortFunc(expected, func(a, b traded) int {
		return cmp.Or(cmp.Compare(b.volume, a.volume), cmp.Compare(a.symbol, b.symbol))
	})
	if len(got) != len(expected)+1 || len(expected) == 0 {
		t.Fatalf("%d rows, want %d under a header: %v", len(got), len(expected), got)
	}
	for i, e := range expected {
		if got[i+1][0] != e.symbol || got[i+1][1] != fmt.Sprint(e.volume) {
			t.Errorf("row %d is %v, want %v", i, got[i+1], e)
		}
	}

	for _, bad := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"highest_trade"}, 2, `did you mean "highest_traded"?`},
		{[]string{"highest_traded", "--param", "dya=2019-01-01"}, 2, `no parameter "dya"; did you mean "day"?`},
		{[]string{"highest_traded", "--param", "day=yesterday"}, 2, "2021-05-28"},
		{[]string{"highest_traded", "--param", "limit=1 OR 1=1"}, 2, "limit"},
	} {
		r := p.Run(append([]string{"insights"}, bad.args...)...)
		if r.Code != bad.code {
			t.Errorf("%v: exit code %d, want %d", bad.args, r.Code, bad.code)
		}
		program.Contains(t, r.Err, bad.want)
	}
	insightsGoOn(t, p, s)
	s.Stop()
}

// insightsGoOn takes a column from the table: what reads it fails and names it, and the other insights are answered.
func insightsGoOn(t *testing.T, p *program.Place, s *program.Server) {
	t.Helper()
	client := glue.New(glue.Options{
		Region: s.Ready.Region, BaseEndpoint: aws.String(s.Ready.Glue),
		Credentials: credentials.NewStaticCredentialsProvider(s.Ready.AccessKeyID, s.Ready.SecretAccessKey, ""),
	})
	database, name := aws.String("market"), aws.String("ticks")
	table, err := client.GetTable(t.Context(), &glue.GetTableInput{DatabaseName: database, Name: name})
	if err != nil {
		t.Fatal(err)
	}
	files := *table.Table.StorageDescriptor
	files.Columns = slices.DeleteFunc(files.Columns, func(c types.Column) bool { return *c.Name == "volume" })
	if _, err := client.UpdateTable(t.Context(), &glue.UpdateTableInput{DatabaseName: database, TableInput: &types.TableInput{
		Name: name, Description: table.Table.Description, Parameters: table.Table.Parameters, PartitionKeys: table.Table.PartitionKeys,
		StorageDescriptor: &files, TableType: table.Table.TableType,
	}}); err != nil {
		t.Fatal(err)
	}

	const missing = "insight highest_traded: table ticks has no column volume"
	one := p.Run("insights", "highest_traded")
	if one.Code != 1 || one.Err != "ticklake: "+missing+"\n" {
		t.Errorf("exit code %d: %s", one.Code, one.Err)
	}
	all := p.Run("insights")
	if all.Code != 1 {
		t.Errorf("exit code %d", all.Code)
	}
	program.Contains(t, all.Out, "It failed: "+missing, "drawdown: What was the worst fall from a high?", "vwap_daily: ")
	program.Contains(t, all.Err, " of 14 insights failed: ", "highest_traded")
	var answers []struct {
		Insight struct{ Name string }
		Rows    [][]*string
		Error   string
	}
	if err := json.Unmarshal([]byte(p.Run("insights", "--output", "json").Out), &answers); err != nil {
		t.Fatal(err)
	}
	failed := 0
	for _, a := range answers {
		if a.Error != "" {
			failed++
		} else if a.Insight.Name == "drawdown" && len(a.Rows) == 0 {
			t.Error("drawdown has no answer")
		}
	}
	if len(answers) != 14 || failed == 0 || failed == 14 {
		t.Errorf("%d of %d failed", failed, len(answers))
	}
}

func TestTwoRunningAreToldApart(t *testing.T) {
	p := program.New(t)
	file, _ := brief(10)
	p.Write("prices.csv", file)
	first := p.Up("--dataset", "prices.csv", "--data", "data/one")
	second := p.Up("--dataset", "prices.csv", "--data", "data/two")
	r := p.Run("query", "SELECT 1")
	if r.Code != 2 {
		t.Errorf("exit code %d, want 2", r.Code)
	}
	program.Contains(t, r.Err, "--data data/one", "--data data/two", fmt.Sprint(first.Cmd.Process.Pid), fmt.Sprint(second.Cmd.Process.Pid))
	program.Contains(t, p.OK("query", "--data", "data/two", "-o", "csv", "SELECT 1 AS one"), "one\n1\n")
	second.Stop()
	program.Contains(t, p.OK("query", "-o", "csv", "SELECT 2 AS two"), "two\n2\n")
	first.Stop()
}
