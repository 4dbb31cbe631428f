package glue

import (
	"context"
	"net/http"
	"strings"

	"ticklake/internal/local/awsapi"
)

// Handler serves the catalog and STS GetCallerIdentity to requests that are signed with the key pair for region.
func (c *Catalog) Handler(keys awsapi.Credentials, region string) (http.Handler, error) {
	return awsapi.NewHandler(awsapi.Config{
		Credentials: keys, Region: region, Now: c.now, Logger: c.log, Query: c.tokens(keys.AccessKeyID),
		JSON: []awsapi.Service{{
			Name: "glue", TargetPrefix: "AWSGlue", Operations: c.operations(),
			Invalid: "InvalidInputException", Internal: "InternalServiceException", RefuseUnknown: why,
		}},
	})
}

func (c *Catalog) operations() map[string]awsapi.Operation {
	return map[string]awsapi.Operation{
		"CreateDatabase": awsapi.Op(c.createDatabase),
		"GetDatabase":    awsapi.Op(c.getDatabase),
		"GetDatabases":   awsapi.Op(c.getDatabases),
		"UpdateDatabase": awsapi.Op(c.updateDatabase),
		"DeleteDatabase": awsapi.Op(c.deleteDatabase),

		"CreateTable":      awsapi.Op(c.createTable),
		"GetTable":         awsapi.Op(c.getTable),
		"GetTables":        awsapi.Op(c.getTables),
		"UpdateTable":      awsapi.Op(c.updateTable),
		"DeleteTable":      awsapi.Op(c.deleteTable),
		"BatchDeleteTable": awsapi.Op(c.batchDeleteTable),

		"GetTableVersion":         awsapi.Op(c.getTableVersion),
		"GetTableVersions":        awsapi.Op(c.getTableVersions),
		"DeleteTableVersion":      awsapi.Op(c.deleteTableVersion),
		"BatchDeleteTableVersion": awsapi.Op(c.batchDeleteTableVersion),

		"CreatePartition":      awsapi.Op(c.createPartition),
		"BatchCreatePartition": awsapi.Op(c.batchCreatePartition),
		"GetPartition":         awsapi.Op(c.getPartition),
		"GetPartitions":        awsapi.Op(c.getPartitions),
		"BatchGetPartition":    awsapi.Op(c.batchGetPartition),
		"UpdatePartition":      awsapi.Op(c.updatePartition),
		"BatchUpdatePartition": awsapi.Op(c.batchUpdatePartition),
		"DeletePartition":      awsapi.Op(c.deletePartition),
		"BatchDeletePartition": awsapi.Op(c.batchDeletePartition),

		"GetCatalogImportStatus":  awsapi.Op(c.importStatus),
		"GetPartitionIndexes":     awsapi.Op(c.partitionIndexes),
		"GetUserDefinedFunctions": awsapi.Op(c.userDefinedFunctions),
	}
}

type importStatusAnswer struct {
	ImportStatus struct{ ImportCompleted bool }
}

// importStatus tells that nothing of an older Athena catalog waits to be imported.
func (c *Catalog) importStatus(context.Context, *awsapi.Empty) (*importStatusAnswer, error) {
	out := new(importStatusAnswer)
	out.ImportStatus.ImportCompleted = true
	return out, nil
}

type indexesAnswer struct{ PartitionIndexDescriptorList []awsapi.Empty }

// partitionIndexes lists a table's partition indexes: none can be made here.
func (c *Catalog) partitionIndexes(ctx context.Context, in *partitionRequest) (*indexesAnswer, error) {
	_, err := c.partitioned(ctx, c.read, in)
	return &indexesAnswer{PartitionIndexDescriptorList: []awsapi.Empty{}}, err
}

type functionsAnswer struct{ UserDefinedFunctions []awsapi.Empty }

// userDefinedFunctions lists functions: none can be made here.
func (c *Catalog) userDefinedFunctions(_ context.Context, in *partitionRequest) (*functionsAnswer, error) {
	return &functionsAnswer{UserDefinedFunctions: []awsapi.Empty{}}, c.own(in.CatalogID)
}

// why says what stands in for a family of operations that this catalog does not do.
func why(operation string) string {
	switch {
	case strings.Contains(operation, "Crawl"):
		return "tables and partitions of the lake are found by ticklake crawl"
	case strings.Contains(operation, "ColumnStatistics"):
		return "column statistics are not kept; engines plan without them"
	case strings.Contains(operation, "Job"), strings.Contains(operation, "Trigger"), strings.Contains(operation, "Workflow"):
		return "it is a data catalog and runs no jobs"
	}
	return ""
}
