package query

import (
	"context"
	"iter"
	"math"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"
)

// Column is a column of a result. Type is Athena's name for it, such as bigint, decimal or varchar.
type Column struct {
	Name      string
	Type      string
	Precision int // of numbers; a varchar's length
	Scale     int
}

// Row is a row of a result: Athena's text for each column, nil for NULL.
type Row []*string

// Result is a statement's answer.
type Result struct {
	Columns []Column
	Stats   Stats

	client *Client
	first  *athena.GetQueryResultsOutput
	header bool // the first row names the columns
}

// Stats are what a statement took.
type Stats struct {
	QueryID string
	// BytesScanned is what the service says it has read.
	BytesScanned int64
	Queue        time.Duration
	Engine       time.Duration // with planning
	Total        time.Duration // in the service
	Elapsed      time.Duration // from the call of Run to the first rows
	// Output is the result's object.
	Output string

	charged bool
}

// Prices of Athena, as its price list has them for most regions.
const (
	dollarsPerTB = 5
	leastBytes   = 10_000_000 // of one statement
	megabyte     = 1_000_000
	terabyte     = 1_000_000_000_000 // decimal: the price list says TB, and this is the dearer reading
)

// Price is what Athena lists for the statement, in US dollars: $5 for a terabyte (10^12 bytes) scanned, by whole megabytes,
// 10 MB at least. Statements about the catalog alone, such as SHOW, are free.
func (s Stats) Price() float64 {
	if !s.charged {
		return 0
	}
	megabytes := math.Ceil(float64(max(s.BytesScanned, leastBytes)) / megabyte)
	return megabytes * megabyte * dollarsPerTB / terabyte
}

func statsOf(e *types.QueryExecution) Stats {
	s := Stats{QueryID: aws.ToString(e.QueryExecutionId), charged: e.StatementType == types.StatementTypeDml}
	if e.ResultConfiguration != nil {
		s.Output = aws.ToString(e.ResultConfiguration.OutputLocation)
	}
	if t := e.Statistics; t != nil {
		s.BytesScanned = aws.ToInt64(t.DataScannedInBytes)
		s.Queue = millis(t.QueryQueueTimeInMillis)
		s.Engine = millis(t.EngineExecutionTimeInMillis)
		s.Total = millis(t.TotalExecutionTimeInMillis)
	}
	return s
}

func millis(n *int64) time.Duration { return time.Duration(aws.ToInt64(n)) * time.Millisecond }

func (c *Client) page(ctx context.Context, id string, token *string) (*athena.GetQueryResultsOutput, error) {
	out, err := c.athena.GetQueryResults(ctx, &athena.GetQueryResultsInput{
		QueryExecutionId: &id, NextToken: token, MaxResults: aws.Int32(1000),
	})
	if err != nil {
		return nil, c.explain(ctx, "read result of query "+id, err)
	}
	if out.ResultSet == nil {
		out.ResultSet = &types.ResultSet{}
	}
	return out, nil
}

func (r *Result) setColumns(e *types.QueryExecution) {
	if m := r.first.ResultSet.ResultSetMetadata; m != nil {
		for _, c := range m.ColumnInfo {
			r.Columns = append(r.Columns, Column{Name: aws.ToString(c.Name), Type: aws.ToString(c.Type), Precision: int(c.Precision), Scale: int(c.Scale)})
		}
	}
	// The API does not say whether there is a header; SELECT has one that reads as the columns do.
	rows := r.first.ResultSet.Rows
	r.header = e.StatementType == types.StatementTypeDml && len(rows) > 0 && len(rows[0].Data) == len(r.Columns)
	for i := 0; r.header && i < len(r.Columns); i++ {
		r.header = aws.ToString(rows[0].Data[i].VarCharValue) == r.Columns[i].Name
	}
}

// Rows yields the rows, page by page as they are asked for. An error is yielded once, as the last element. It may be
// called again, and begins anew.
func (r *Result) Rows(ctx context.Context) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		page, skip := r.first, r.header
		for {
			for _, row := range page.ResultSet.Rows {
				if skip {
					skip = false
					continue
				}
				if !yield(r.row(row), nil) {
					return
				}
			}
			if aws.ToString(page.NextToken) == "" {
				return
			}
			next, err := r.client.page(ctx, r.Stats.QueryID, page.NextToken)
			if err != nil {
				yield(nil, err)
				return
			}
			page = next
		}
	}
}

// row makes a row as wide as the columns are: DESCRIBE answers with lines whose columns have tabs between them.
func (r *Result) row(in types.Row) Row {
	row := make(Row, len(r.Columns))
	if len(in.Data) == 1 && len(row) > 1 && in.Data[0].VarCharValue != nil {
		for i, part := range strings.SplitN(*in.Data[0].VarCharValue, "\t", len(row)) {
			row[i] = &part
		}
		return row
	}
	for i := range min(len(row), len(in.Data)) {
		row[i] = in.Data[i].VarCharValue
	}
	return row
}
