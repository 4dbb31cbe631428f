package glue

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	glueapi "github.com/aws/aws-sdk-go-v2/service/glue"
)

func TestLargeVersionsComeInShortPages(t *testing.T) {
	g := fresh(t)
	market(t, g)
	ctx := t.Context()
	for range 8 {
		in := ticks("ticks")
		in.Parameters = map[string]string{"large": strings.Repeat("x", 1<<20)}
		if _, err := g.UpdateTable(ctx, &glueapi.UpdateTableInput{DatabaseName: aws.String("market"), TableInput: in}); err != nil {
			t.Fatal(err)
		}
	}
	p := glueapi.NewGetTableVersionsPaginator(g, &glueapi.GetTableVersionsInput{DatabaseName: aws.String("market"), TableName: aws.String("ticks")})
	var got []string
	pages := 0
	for p.HasMorePages() {
		out, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		pages++
		for _, v := range out.TableVersions {
			got = append(got, aws.ToString(v.VersionId))
		}
	}
	if strings.Join(got, "") != "876543210" || pages < 2 {
		t.Errorf("versions %v in %d pages", got, pages)
	}
}

func TestPatternsThatWouldGrowAreRefused(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		ok       bool
	}{
		{"a long alternation", strings.Repeat("ticks_of_a_day|", 130) + "x", true},
		{"a few repeats", "dt_[0-9]{4}_[0-9]{2}", true},
		{"a thousand letters, two hundred times", strings.Repeat(`\pL{1000}`, 200), false},
		{"a thousand choices", strings.Repeat("(a|b|c){1000}", 150), false},
		{"within each other", "((a{20}){20}){20}", false},
		{"many letters of any kind", strings.Repeat(`\pL`, 600), false},
	} {
		if _, err := namePattern(tt.in); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func FuzzTablePattern(f *testing.F) {
	for _, seed := range []string{"", "*", "ticks*", "**", "a)|(b", "[a*]", `\`, "a{2}*", "(?i)x", "x{1000}{1000}"} {
		f.Add(seed, "raw_ticks")
	}
	f.Fuzz(func(t *testing.T, expression, name string) {
		re, err := namePattern(expression)
		if err != nil {
			return
		}
		re.MatchString(name)
		if expression == "" && !re.MatchString(name) {
			t.Errorf("no pattern leaves out %q", name)
		}
	})
}

// TestReadersSeeWholeTransactions has a reader list a batch's partitions while they are made: all of them or none.
func TestReadersSeeWholeTransactions(t *testing.T) {
	c := open(t, filepath.Join(t.TempDir(), "catalog.db"))
	g := client(t, serve(t, c), keys)
	market(t, g)
	done := make(chan error, 1)
	go func() {
		for batch := range 20 {
			in := &glueapi.BatchCreatePartitionInput{DatabaseName: aws.String("market"), TableName: aws.String("ticks")}
			for hour := range 100 {
				in.PartitionInputList = append(in.PartitionInputList, partition(strings.Repeat("x", batch+1), hour))
			}
			if _, err := g.BatchCreatePartition(t.Context(), in); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for {
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
			return
		default:
		}
		list, err := c.Locations(t.Context(), "market", "ticks")
		if err != nil {
			t.Fatal(err)
		}
		if len(list)%100 != 0 {
			t.Fatalf("%d partitions: part of a batch", len(list))
		}
	}
}
