// Package catalog is the Glue Data Catalog as the pipeline sees it: databases, tables and partitions.
package catalog

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"

	"ticklake/internal/awsclient"
)

var (
	// ErrNotFound says that a database or a table is not in the catalog.
	ErrNotFound = errors.New("not in the catalog")
	// ErrTaken says that the table of that name is somebody else's: it lies elsewhere, or is no table of plain files.
	ErrTaken = errors.New("the name is taken")
)

// Config is where the catalog is and who asks.
type Config struct {
	// AWS has the region and the credentials, and an endpoint if it was loaded with one (AWS_ENDPOINT_URL_GLUE).
	// Its HTTP client, if any, is used as it is.
	AWS aws.Config
	// Endpoint, if not empty, is the URL of a Glue server other than AWS's own.
	Endpoint string
}

// Catalog is a Glue client. Its methods may be called concurrently; failed requests are repeated as the SDK does.
type Catalog struct {
	glue     *glue.Client
	endpoint string
	release  func()
}

// Open returns a client. It asks nothing of the server yet.
func Open(cfg Config) (*Catalog, error) {
	if cfg.AWS.Region == "" {
		return nil, errors.New("open catalog: no region; hint: set AWS_REGION")
	}
	if cfg.AWS.Credentials == nil {
		return nil, errors.New("open catalog: no credentials; hint: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	}
	c := &Catalog{endpoint: cfg.Endpoint, release: func() {}}
	c.glue = glue.NewFromConfig(cfg.AWS, func(o *glue.Options) {
		if cfg.Endpoint != "" {
			o.BaseEndpoint = aws.String(cfg.Endpoint)
		}
		if c.endpoint == "" {
			c.endpoint = aws.ToString(o.BaseEndpoint)
		}
		if cfg.AWS.HTTPClient != nil {
			return
		}
		o.HTTPClient, c.release = awsclient.New(time.Minute)
	})
	return c, nil
}

// Close releases idle connections. The catalog is not to be used afterwards.
func (c *Catalog) Close() error {
	c.release()
	return nil
}

// Databases returns the names of all databases.
func (c *Catalog) Databases(ctx context.Context) ([]string, error) {
	var names []string
	p := glue.NewGetDatabasesPaginator(c.glue, &glue.GetDatabasesInput{})
	for p.HasMorePages() {
		out, err := p.NextPage(ctx)
		if err != nil {
			return nil, c.failed(err, "list databases")
		}
		for _, d := range out.DatabaseList {
			names = append(names, aws.ToString(d.Name))
		}
	}
	return names, nil
}

// EnsureDatabase makes the database unless it is there.
func (c *Catalog) EnsureDatabase(ctx context.Context, name, comment string) error {
	_, err := c.glue.GetDatabase(ctx, &glue.GetDatabaseInput{Name: &name})
	if err == nil {
		return nil
	}
	if !is[*types.EntityNotFoundException](err) {
		return c.failed(err, "get database %q", name)
	}
	in := &types.DatabaseInput{Name: &name}
	if comment != "" {
		in.Description = &comment
	}
	_, err = c.glue.CreateDatabase(ctx, &glue.CreateDatabaseInput{DatabaseInput: in})
	if err != nil && !is[*types.AlreadyExistsException](err) {
		return c.failed(err, "create database %q", name)
	}
	return nil
}

// Tables returns the tables of a database in the order of names, or ErrNotFound.
func (c *Catalog) Tables(ctx context.Context, database string) ([]*Table, error) {
	var tables []*Table
	p := glue.NewGetTablesPaginator(c.glue, &glue.GetTablesInput{DatabaseName: &database})
	for p.HasMorePages() {
		out, err := p.NextPage(ctx)
		if err != nil {
			return nil, c.failed(err, "list tables of %q", database)
		}
		for i := range out.TableList {
			tables = append(tables, tableOf(&out.TableList[i]))
		}
	}
	return tables, nil
}

// Table returns one table, or ErrNotFound.
func (c *Catalog) Table(ctx context.Context, database, name string) (*Table, error) {
	out, err := c.glue.GetTable(ctx, &glue.GetTableInput{DatabaseName: &database, Name: &name})
	if err != nil {
		return nil, c.failed(err, "get table %q", database+"."+name)
	}
	return tableOf(out.Table), nil
}

// Partitions walks the partitions of a table for which a Glue expression such as "dt >= '2024-05'" holds; all of
// them if it is empty. An error ends the walk.
func (c *Catalog) Partitions(ctx context.Context, database, table, expression string) iter.Seq2[Partition, error] {
	return func(yield func(Partition, error) bool) {
		in := &glue.GetPartitionsInput{DatabaseName: &database, TableName: &table, ExcludeColumnSchema: aws.Bool(true)}
		if expression != "" {
			in.Expression = &expression
		}
		p := glue.NewGetPartitionsPaginator(c.glue, in)
		for p.HasMorePages() {
			out, err := p.NextPage(ctx)
			if err != nil {
				yield(Partition{}, c.failed(err, "list partitions of %q", database+"."+table))
				return
			}
			for _, one := range out.Partitions {
				found := Partition{Values: one.Values}
				if one.StorageDescriptor != nil {
					found.Location = aws.ToString(one.StorageDescriptor.Location)
				}
				if !yield(found, nil) {
					return
				}
			}
		}
	}
}

// maxBatch is how many partitions one BatchCreatePartition takes.
const maxBatch = 100

// AddPartitions registers partitions of a table that Table or EnsureTable returned, in the table's format. Those
// that are there already stay as they are; added counts the others. An error leaves earlier batches added.
func (c *Catalog) AddPartitions(ctx context.Context, t *Table, partitions []Partition) (added int, err error) {
	for len(partitions) > 0 {
		batch := partitions[:min(maxBatch, len(partitions))]
		partitions = partitions[len(batch):]
		in := &glue.BatchCreatePartitionInput{DatabaseName: &t.Database, TableName: &t.Name}
		for _, p := range batch {
			in.PartitionInputList = append(in.PartitionInputList, types.PartitionInput{Values: p.Values, StorageDescriptor: t.storage(types.StorageDescriptor{}, p.Location)})
		}
		out, err := c.glue.BatchCreatePartition(ctx, in)
		if err != nil {
			return added, c.failed(err, "add partitions to %q", t.Database+"."+t.Name)
		}
		added += len(batch) - len(out.Errors)
		for _, e := range out.Errors {
			detail := aws.ToString(e.ErrorDetail.ErrorCode)
			if detail != "AlreadyExistsException" {
				return added, fmt.Errorf("add partition %q to %s.%s: %s: %s", e.PartitionValues, t.Database, t.Name, detail, aws.ToString(e.ErrorDetail.ErrorMessage))
			}
		}
	}
	return added, nil
}

func is[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

// failed wraps an error of the SDK with what was tried, and puts it in words for a person.
func (c *Catalog) failed(err error, format string, args ...any) error {
	what := fmt.Sprintf(format, args...)
	if is[*types.EntityNotFoundException](err) {
		return fmt.Errorf("%s: %w", what, ErrNotFound)
	}
	return fmt.Errorf("%s: %w", what, awsclient.Explain("Glue", awsclient.Where(c.endpoint, c.glue.Options().Region), err))
}
