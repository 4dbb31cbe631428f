package glue

import (
	"github.com/go-json-experiment/json/jsontext"

	"ticklake/internal/local/awsapi"
)

// The shapes of the Glue API, named as it names them. What stands in an Input is kept as given; members that
// this catalog does not do are read so that they can be refused by name.
type (
	// DatabaseInput is a database as a client describes it.
	DatabaseInput struct {
		Name                          string
		Description                   string            `json:",omitempty"`
		LocationURI                   string            `json:"LocationUri,omitempty"`
		Parameters                    map[string]string `json:",omitempty"`
		CreateTableDefaultPermissions jsontext.Value    `json:",omitempty"`

		FederatedDatabase jsontext.Value `json:",omitempty"`
		TargetDatabase    jsontext.Value `json:",omitempty"`
	}

	// Database is a database as the catalog has it.
	Database struct {
		DatabaseInput
		CatalogID  string `json:"CatalogId"`
		CreateTime awsapi.Time
	}

	// Column is a column; Type is a Hive type such as decimal(18,9).
	Column struct {
		Name       string
		Type       string            `json:",omitempty"`
		Comment    string            `json:",omitempty"`
		Parameters map[string]string `json:",omitempty"`
	}

	// SerDeInfo says how rows are read and written.
	SerDeInfo struct {
		Name                 string            `json:",omitempty"`
		SerializationLibrary string            `json:",omitempty"`
		Parameters           map[string]string `json:",omitempty"`
	}

	// Order is one column of a sort order: 1 ascending, 0 descending.
	Order struct {
		Column    string
		SortOrder int32
	}

	// SkewedInfo names values that occur often.
	SkewedInfo struct {
		SkewedColumnNames             []string          `json:",omitempty"`
		SkewedColumnValues            []string          `json:",omitempty"`
		SkewedColumnValueLocationMaps map[string]string `json:",omitempty"`
	}

	// StorageDescriptor says where and how a table or a partition is stored.
	StorageDescriptor struct {
		Columns                []Column `json:",omitempty"`
		Location               string   `json:",omitempty"`
		AdditionalLocations    []string `json:",omitempty"`
		InputFormat            string   `json:",omitempty"`
		OutputFormat           string   `json:",omitempty"`
		Compressed             bool
		NumberOfBuckets        int32
		SerdeInfo              *SerDeInfo        `json:",omitempty"`
		BucketColumns          []string          `json:",omitempty"`
		SortColumns            []Order           `json:",omitempty"`
		Parameters             map[string]string `json:",omitempty"`
		SkewedInfo             *SkewedInfo       `json:",omitempty"`
		StoredAsSubDirectories bool

		SchemaReference jsontext.Value `json:",omitempty"`
	}

	// TableInput is a table as a client describes it.
	TableInput struct {
		Name              string
		Description       string       `json:",omitempty"`
		Owner             string       `json:",omitempty"`
		LastAccessTime    *awsapi.Time `json:",omitempty"`
		LastAnalyzedTime  *awsapi.Time `json:",omitempty"`
		Retention         int32
		StorageDescriptor *StorageDescriptor `json:",omitempty"`
		PartitionKeys     []Column           `json:",omitempty"`
		ViewOriginalText  string             `json:",omitempty"`
		ViewExpandedText  string             `json:",omitempty"`
		TableType         string             `json:",omitempty"`
		Parameters        map[string]string  `json:",omitempty"`

		TargetTable    jsontext.Value `json:",omitempty"`
		ViewDefinition jsontext.Value `json:",omitempty"`
		FederatedTable jsontext.Value `json:",omitempty"`
	}

	// Table is a table as the catalog has it.
	Table struct {
		TableInput
		DatabaseName                  string
		CatalogID                     string `json:"CatalogId"`
		VersionID                     string `json:"VersionId"`
		CreateTime                    awsapi.Time
		UpdateTime                    awsapi.Time
		IsRegisteredWithLakeFormation bool
	}

	// TableVersion is one version of a table.
	TableVersion struct {
		Table     *Table
		VersionID string `json:"VersionId"`
	}

	// PartitionInput is a partition as a client describes it.
	PartitionInput struct {
		Values            []string
		LastAccessTime    *awsapi.Time       `json:",omitempty"`
		LastAnalyzedTime  *awsapi.Time       `json:",omitempty"`
		StorageDescriptor *StorageDescriptor `json:",omitempty"`
		Parameters        map[string]string  `json:",omitempty"`
	}

	// Partition is a partition as the catalog has it.
	Partition struct {
		PartitionInput
		DatabaseName string
		TableName    string
		CatalogID    string `json:"CatalogId"`
		CreationTime awsapi.Time
	}

	// ErrorDetail is why one item of a batch was not done.
	ErrorDetail struct{ ErrorCode, ErrorMessage string }
)
