package athena

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"ticklake/internal/local/awsapi"
)

const maxExpression = 256 // bytes, as on Athena

type metadataInput struct {
	CatalogName  string
	DatabaseName string
	TableName    string
	Expression   string
	MaxResults   *int
	NextToken    string
	WorkGroup    string
}

// check holds for every question about the catalog.
func (in *metadataInput) check() error {
	if in.CatalogName == "" {
		return invalid("CatalogName is required")
	}
	in.DatabaseName, in.TableName = strings.ToLower(in.DatabaseName), strings.ToLower(in.TableName)
	if err := checkWorkGroup(in.WorkGroup); err != nil {
		return err
	}
	return checkCatalog(in.CatalogName)
}

type databaseDetail struct {
	Name        string
	Description string            `json:",omitzero"`
	Parameters  map[string]string `json:",omitzero"`
}

type databaseOutput struct{ Database databaseDetail }

type listDatabasesOutput struct {
	DatabaseList []databaseDetail
	NextToken    string `json:",omitzero"`
}

func (a *api) getDatabase(ctx context.Context, in *metadataInput) (*databaseOutput, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	all, err := a.config.Catalog.Databases(ctx)
	if err != nil {
		return nil, fmt.Errorf("list databases: %w", err)
	}
	for _, d := range all {
		if d.Name == in.DatabaseName {
			return &databaseOutput{databaseDetail(d)}, nil
		}
	}
	return nil, noDatabase(in.DatabaseName)
}

func (a *api) listDatabases(ctx context.Context, in *metadataInput) (*listDatabasesOutput, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	n, err := pageSize(in.MaxResults, 1, 50)
	if err != nil {
		return nil, err
	}
	all, err := a.config.Catalog.Databases(ctx)
	if err != nil {
		return nil, fmt.Errorf("list databases: %w", err)
	}
	page, next, err := cut(all, func(d Database) string { return d.Name }, "ListDatabases", in.NextToken, n)
	if err != nil {
		return nil, err
	}
	out := &listDatabasesOutput{DatabaseList: make([]databaseDetail, len(page)), NextToken: next}
	for i, d := range page {
		out.DatabaseList[i] = databaseDetail(d)
	}
	return out, nil
}

type tableDetail struct {
	Name           string
	CreateTime     awsapi.Time
	LastAccessTime *awsapi.Time `json:",omitzero"`
	TableType      string       `json:",omitzero"`
	Columns        []columnDetail
	PartitionKeys  []columnDetail
	Parameters     map[string]string
}

type columnDetail struct {
	Name    string
	Type    string
	Comment string `json:",omitzero"`
}

type tableOutput struct{ TableMetadata tableDetail }

type listTablesOutput struct {
	TableMetadataList []tableDetail
	NextToken         string `json:",omitzero"`
}

func (a *api) getTable(ctx context.Context, in *metadataInput) (*tableOutput, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	t, err := a.config.Catalog.Table(ctx, in.DatabaseName, in.TableName)
	if errors.Is(err, ErrNotFound) {
		return nil, noEntity("Entity Not Found: table %.255s.%.255s", in.DatabaseName, in.TableName)
	}
	if err != nil {
		return nil, fmt.Errorf("get table %s.%s: %w", in.DatabaseName, in.TableName, err)
	}
	return &tableOutput{detail(t)}, nil
}

func (a *api) listTables(ctx context.Context, in *metadataInput) (*listTablesOutput, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	n, err := pageSize(in.MaxResults, 1, 50)
	if err != nil {
		return nil, err
	}
	names, err := a.config.Catalog.Tables(ctx, in.DatabaseName)
	if errors.Is(err, ErrNotFound) {
		return nil, noDatabase(in.DatabaseName)
	}
	if err != nil {
		return nil, fmt.Errorf("list tables of %s: %w", in.DatabaseName, err)
	}
	if names, err = matching(names, in.Expression); err != nil {
		return nil, err
	}
	scope := "ListTableMetadata/" + in.DatabaseName + "/" + in.Expression
	page, next, err := cut(names, func(name string) string { return name }, scope, in.NextToken, n)
	if err != nil {
		return nil, err
	}
	out := &listTablesOutput{TableMetadataList: []tableDetail{}, NextToken: next}
	for _, name := range page {
		t, err := a.config.Catalog.Table(ctx, in.DatabaseName, name)
		if errors.Is(err, ErrNotFound) {
			continue // dropped meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("get table %s.%s: %w", in.DatabaseName, name, err)
		}
		out.TableMetadataList = append(out.TableMetadataList, detail(t))
	}
	return out, nil
}

// matching keeps the names that an expression matches as a whole. Go's regular expressions take time in proportion
// to the name, whatever the expression.
func matching(names []string, expression string) ([]string, error) {
	if expression == "" || expression == "*" { // some clients mean a glob
		return names, nil
	}
	if len(expression) > maxExpression {
		return nil, invalid("Expression has more than %d bytes", maxExpression)
	}
	re, err := regexp.Compile("(?i)^(?:" + expression + ")$")
	if err != nil {
		return nil, invalid("Expression %.100q is no regular expression", expression)
	}
	var kept []string
	for _, name := range names {
		if re.MatchString(name) {
			kept = append(kept, name)
		}
	}
	return kept, nil
}

func noDatabase(name string) error {
	return noEntity("Database %.255s not found", name)
}

// detail writes a table as the API has it: what Glue keeps in the storage descriptor stands among the parameters.
func detail(t Table) tableDetail {
	d := tableDetail{
		Name: t.Name, CreateTime: awsapi.At(t.Created), TableType: t.Type,
		Columns: details(t.Columns), PartitionKeys: details(t.PartitionKeys), Parameters: make(map[string]string),
	}
	if !t.LastAccess.IsZero() {
		at := awsapi.At(t.LastAccess)
		d.LastAccessTime = &at
	}
	for name, value := range t.Parameters {
		d.Parameters[name] = value
	}
	for name, value := range map[string]string{
		"location": t.Location, "inputformat": t.InputFormat, "outputformat": t.OutputFormat,
		"serde.serialization.lib": t.SerDe, "comment": t.Description,
	} {
		if value != "" {
			d.Parameters[name] = value
		}
	}
	for name, value := range t.SerDeParameters {
		d.Parameters["serde.param."+name] = value
	}
	return d
}

func details(columns []Column) []columnDetail {
	out := make([]columnDetail, len(columns))
	for i, c := range columns {
		out[i] = columnDetail(c)
	}
	return out
}
