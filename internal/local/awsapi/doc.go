// Package awsapi is the door of the embedded AWS endpoints: it verifies Signature Version 4 and speaks the two
// protocols that Glue, Athena and STS use, AWS JSON 1.1 (X-Amz-Target) and AWS Query (form in, XML out).
//
// A service gives it a table of operations; what is not in the table is refused by name. Nothing of a request is
// acted on before its signature holds, and no body is read before its headers could be those of the one key pair.
package awsapi
