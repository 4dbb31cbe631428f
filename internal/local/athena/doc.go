// Package athena is the embedded Amazon Athena: its API over HTTP, on loopback, for the unmodified clients of AWS.
//
//	client ─▶ awsapi (signatures, protocol) ─▶ this package (shapes, names, checks) ─▶ execution ─▶ trino, duck
//
// There is one work group, primary, and one data catalog, AwsDataCatalog. Results are objects of the lake's bucket.
// Executions are kept in StateDir; the newest 10,000 are remembered. What the API has and this package does not is
// refused by name.
package athena
