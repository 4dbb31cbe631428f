// Package ticklake holds no code: it is a map of it.
//
//	cmd/ticklake        the program: flags to configuration, a file a command
//	internal/tick       the nouns: Tick, Price, Symbol, Timestamp, and the rules of what a record may be
//	internal/lake       how ticks are stored: names, layout, the chain of cuts, the zones' file formats
//	internal/feed       where ticks come from: datasets, and the simulated market in feed/market
//	internal/stream     the seam to Kafka
//	internal/objects    the seam to S3
//	internal/awsclient  the HTTP client under the next two
//	internal/catalog    the seam to Glue
//	internal/query      the seam to Athena
//	internal/sink       from Kafka into the lake, each record exactly once: begin with its DESIGN.md
//	internal/crawl      from the lake into the catalog
//	internal/insight    named questions in SQL
//	internal/verify     proves that a lake is whole
//	internal/pipeline   runs feed, sink and crawl
//	internal/local      the servers behind the four seams on one machine
//	e2e                 the built program, tried from outside
//
// docs/architecture.md tells the way of a tick through them.
package ticklake
