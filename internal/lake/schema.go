package lake

// Column is a column of one of our tables, in Glue's type names.
type Column struct {
	Name    string
	Type    string
	Comment string // its meaning and its unit
}

// Table is one of our tables as it is declared to a catalog.
type Table struct {
	Name    string
	Zone    Zone
	Topic   string
	Comment string
	Columns []Column
}

// Tables returns the tables over a topic's files, the curated one first.
func Tables(topic string) []Table {
	return []Table{
		{Name: Curated.Table(topic), Zone: Curated, Topic: topic, Columns: curatedColumns, Comment: "Ticks of the topic " + topic + ", typed, each once, with their place in Kafka."},
		{Name: Raw.Table(topic), Zone: Raw, Topic: topic, Columns: rawColumns, Comment: "Ticks of the topic " + topic + " as received, as text."},
		{Name: Dead.Table(topic), Zone: Dead, Topic: topic, Columns: deadColumns, Comment: "Records of the topic " + topic + " that could not be a tick, each with the reason."},
	}
}

// PartitionColumn is the key by which our tables are partitioned.
var PartitionColumn = Column{PartitionKey, "string", "Folder: the UTC year, month, day or hour of the timestamp (dead letters: the day of the Kafka timestamp), such as 2024-05-17"}

// curatedColumns have the Iceberg field ids 1, 2, 3 … in this order; row has the same columns for Parquet.
var curatedColumns = []Column{
	{"timestamp", "timestamp", "When it was observed, UTC; milliseconds in SQL, microseconds in the file"},
	{"timestamp_ns", "bigint", "When it was observed, in nanoseconds since 1970-01-01 UTC; order and join by it"},
	{"symbol", "string", "What was traded"},
	{"price", "decimal(18,9)", "Price of the tick, in the currency"},
	{"volume", "bigint", "Shares"},
	{"open", "decimal(18,9)", "First price of the session so far, in the currency"},
	{"high", "decimal(18,9)", "Highest price of the session so far, in the currency"},
	{"low", "decimal(18,9)", "Lowest price of the session so far, in the currency"},
	{"venue", "string", "Where it was traded, a market identifier code (ISO 10383)"},
	{"currency", "string", "Currency of the prices (ISO 4217)"},
	{"sequence", "bigint", "Number of the tick within its symbol, strictly rising"},
	{"extra", "string", "Fields of the record beyond these, as one JSON object"},
	{"kafka_partition", "int", "Kafka partition of the record"},
	{"kafka_offset", "bigint", "Kafka offset of the record"},
	{"kafka_timestamp", "timestamp", "When the record was produced, UTC"},
	{"cut", "bigint", "Number of the cut that stored it, within the partition's chain"},
}

var rawColumns = []Column{
	{"timestamp", "string", "When it was observed, RFC 3339, UTC"},
	{"symbol", "string", "What was traded"},
	{"price", "string", "Price of the tick, in the currency"},
	{"volume", "string", "Shares"},
	{"open", "string", "First price of the session so far, in the currency"},
	{"high", "string", "Highest price of the session so far, in the currency"},
	{"low", "string", "Lowest price of the session so far, in the currency"},
	{"venue", "string", "Where it was traded, a market identifier code (ISO 10383)"},
	{"currency", "string", "Currency of the prices (ISO 4217)"},
	{"sequence", "string", "Number of the tick within its symbol, strictly rising"},
	{"extra", "string", "Fields of the record beyond these, as one JSON object"},
}

var deadColumns = []Column{
	{"reason", "string", "Why the record cannot be a tick, one stable word"},
	{"detail", "string", "What is wrong and what would be right"},
	{"topic", "string", "Kafka topic of the record"},
	{"kafka_partition", "int", "Kafka partition of the record"},
	{"kafka_offset", "bigint", "Kafka offset of the record"},
	{"kafka_timestamp", "string", "When the record was produced, RFC 3339, UTC"},
	{"key", "string", "The record's key, base64"},
	{"value", "string", "The record's value, base64"},
	{"value_text", "string", "The record's value as text, where it is UTF-8"},
	{"headers", "string", "The record's headers, a JSON list of objects with key, value (base64) and, where it is UTF-8, value_text"},
}

func columnNames(columns []Column) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	return names
}
