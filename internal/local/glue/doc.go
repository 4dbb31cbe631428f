// Package glue is the embedded Glue Data Catalog: databases, tables with their versions, and partitions, kept in one
// SQLite file, served as AWS Glue serves them. STS GetCallerIdentity answers at the same address.
//
// What is acknowledged is on disk (WAL, synchronous=FULL). Every call is one transaction. UpdateTable with a
// VersionId is a compare-and-swap, which table formats build their commits on.
package glue
