package athena

import (
	"strings"
	"time"

	"ticklake/internal/local/athena/execution"
	"ticklake/internal/local/awsapi"
)

// What there is one of.
const (
	workGroup     = "primary"
	dataCatalog   = "AwsDataCatalog"
	engineVersion = "Athena engine version 3"
)

// api is the operations.
type api struct {
	config Config
	runner *execution.Runner
	kept   *prepared
	opened time.Time
}

func (a *api) operations() map[string]awsapi.Operation {
	return map[string]awsapi.Operation{
		"StartQueryExecution":       awsapi.Op(a.startQuery),
		"StopQueryExecution":        awsapi.Op(a.stopQuery),
		"GetQueryExecution":         awsapi.Op(a.getQuery),
		"BatchGetQueryExecution":    awsapi.Op(a.batchGetQuery),
		"ListQueryExecutions":       awsapi.Op(a.listQueries),
		"GetQueryResults":           awsapi.Op(a.getResults),
		"GetQueryRuntimeStatistics": awsapi.Op(a.getRuntime),
		"CreatePreparedStatement":   awsapi.Op(a.createPrepared),
		"UpdatePreparedStatement":   awsapi.Op(a.updatePrepared),
		"GetPreparedStatement":      awsapi.Op(a.getPrepared),
		"BatchGetPreparedStatement": awsapi.Op(a.batchGetPrepared),
		"ListPreparedStatements":    awsapi.Op(a.listPrepared),
		"DeletePreparedStatement":   awsapi.Op(a.deletePrepared),
		"GetWorkGroup":              awsapi.Op(a.getWorkGroup),
		"ListWorkGroups":            awsapi.Op(a.listWorkGroups),
		"ListEngineVersions":        awsapi.Op(a.listEngineVersions),
		"GetDataCatalog":            awsapi.Op(a.getDataCatalog),
		"ListDataCatalogs":          awsapi.Op(a.listDataCatalogs),
		"GetDatabase":               awsapi.Op(a.getDatabase),
		"ListDatabases":             awsapi.Op(a.listDatabases),
		"GetTableMetadata":          awsapi.Op(a.getTable),
		"ListTableMetadata":         awsapi.Op(a.listTables),
	}
}

// checkWorkGroup accepts the one work group, or none.
func checkWorkGroup(name string) error {
	if name != "" && name != workGroup {
		return invalidAs("WORKGROUP_NOT_FOUND", "WorkGroup %.128s is not found. hint: there is one, %s", name, workGroup)
	}
	return nil
}

// checkCatalog accepts the one data catalog, or none.
func checkCatalog(name string) error {
	if name != "" && !strings.EqualFold(name, dataCatalog) {
		return invalidAs("DATACATALOG_NOT_FOUND", "DataCatalog %.256s was not found. hint: there is one, %s", name, dataCatalog)
	}
	return nil
}

// pageSize checks MaxResults against what the operation allows; without it, it is the most.
func pageSize(asked *int, least, most int) (int, error) {
	if asked == nil {
		return most, nil
	}
	if *asked < least || *asked > most {
		return 0, invalid("MaxResults is %d: it must be between %d and %d", *asked, least, most)
	}
	return *asked, nil
}

// cut returns the page of a list, sorted by name, that begins behind the token's name, and the next token.
func cut[T any](all []T, name func(T) string, scope, token string, n int) (page []T, next string, err error) {
	from := 0
	if token != "" {
		position, err := awsapi.ParsePageToken(scope, token, 1)
		if err != nil {
			return nil, "", invalid("NextToken is %v", err)
		}
		for from < len(all) && name(all[from]) <= position[0] {
			from++
		}
	}
	page = all[from:]
	if len(page) > n {
		page = page[:n]
		next = awsapi.PageToken(scope, name(page[n-1]))
	}
	return page, next, nil
}
