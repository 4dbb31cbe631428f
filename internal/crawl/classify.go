package crawl

import (
	"context"
	"strings"

	"ticklake/internal/catalog"
	"ticklake/internal/lake"
	"ticklake/internal/objects"
)

// Class is what a group's files are taken for. Table lacks database and location: they are the crawl's to say.
type Class struct {
	Table     catalog.Table
	Certainty float64 // 0 to 1; only 1 is registered
}

// Classifier says what a group's files hold; it may look into some of them.
type Classifier interface {
	Classify(ctx context.Context, store objects.Store, g Group) (Class, error)
}

// Declared knows the lake's own tables: their columns are declared, and no file need be looked into.
type Declared struct{}

// Classify implements Classifier.
func (Declared) Classify(_ context.Context, _ objects.Store, g Group) (Class, error) {
	zone, topic, _ := strings.Cut(strings.TrimSuffix(g.Prefix, "/"), "/")
	if lake.CheckTopic(topic) != nil {
		return Class{}, nil
	}
	for _, declared := range lake.Tables(topic) {
		if declared.Zone != lake.Zone(zone) {
			continue
		}
		t := catalog.Table{Name: declared.Name, Comment: declared.Comment, Parameters: map[string]string{"EXTERNAL": "TRUE", "typeOfData": "file"}}
		for _, c := range declared.Columns {
			t.Columns = append(t.Columns, catalog.Column(c))
		}
		t.PartitionKeys = []catalog.Column{catalog.Column(lake.PartitionColumn)}
		switch declared.Zone {
		case lake.Raw:
			t.Format = catalog.OpenCSV()
			t.Parameters["classification"], t.Parameters["compressionType"], t.Parameters["skip.header.line.count"] = "csv", "gzip", "1"
		case lake.Dead:
			t.Format = catalog.JSONLines()
			t.Parameters["classification"], t.Parameters["compressionType"] = "json", "gzip"
		default:
			t.Format = catalog.Parquet()
			t.Parameters["classification"] = "parquet"
		}
		return Class{Table: t, Certainty: 1}, nil
	}
	return Class{}, nil
}
