package execution

import "encoding/binary"

// Field numbers of the file that Athena writes beside a result, in Protocol Buffers' wire format. JDBC drivers read it.
const (
	fieldID      = 1
	fieldColumns = 4

	columnCatalog       = 1
	columnName          = 4
	columnLabel         = 5
	columnType          = 6
	columnPrecision     = 7
	columnScale         = 8
	columnNullable      = 9
	columnCaseSensitive = 10

	nullableUnknown = 3
)

// metadata describes a result's columns.
func metadata(id string, columns []Column) []byte {
	doc := appendBytes(nil, fieldID, []byte(id))
	for _, c := range columns {
		var b []byte
		b = appendBytes(b, columnCatalog, []byte(CatalogName))
		b = appendBytes(b, columnName, []byte(c.Name))
		b = appendBytes(b, columnLabel, []byte(c.Name))
		b = appendBytes(b, columnType, []byte(c.Type))
		b = appendVarint(b, columnPrecision, uint64(max(c.Precision, 0)))
		b = appendVarint(b, columnScale, uint64(max(c.Scale, 0)))
		b = appendVarint(b, columnNullable, nullableUnknown)
		sensitive := uint64(0)
		if c.CaseSensitive() {
			sensitive = 1
		}
		b = appendVarint(b, columnCaseSensitive, sensitive)
		doc = appendBytes(doc, fieldColumns, b)
	}
	return doc
}

// CatalogName is the catalog that Athena names in a result's columns.
const CatalogName = "hive"

func appendVarint(dst []byte, field int, v uint64) []byte {
	dst = binary.AppendUvarint(dst, uint64(field)<<3)
	return binary.AppendUvarint(dst, v)
}

func appendBytes(dst []byte, field int, v []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(field)<<3|2)
	dst = binary.AppendUvarint(dst, uint64(len(v)))
	return append(dst, v...)
}
