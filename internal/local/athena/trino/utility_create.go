package trino

import (
	"maps"
	"slices"
	"strings"
)

// createStatement writes the lines of the statement that would make a table again, as Hive writes it on Athena.
func createStatement(name string, t *Table) []string {
	lines := []string{"CREATE EXTERNAL TABLE `" + name + "`("}
	lines = append(lines, columnLines(t.Columns)...)
	if t.Comment != "" {
		lines = append(lines, "COMMENT "+hiveText(t.Comment))
	}
	if len(t.PartitionKeys) > 0 {
		lines = append(lines, "PARTITIONED BY ( ")
		lines = append(lines, columnLines(t.PartitionKeys)...)
	}
	s := &t.Storage
	lines = append(lines, "ROW FORMAT SERDE ", "  "+hiveText(s.SerDe)+" ")
	if len(s.SerDeParameters) > 0 {
		lines = append(lines, "WITH SERDEPROPERTIES ( ")
		lines = append(lines, propertyLines(s.SerDeParameters, ") ")...)
	}
	lines = append(lines,
		"STORED AS INPUTFORMAT ", "  "+hiveText(s.InputFormat)+" ",
		"OUTPUTFORMAT ", "  "+hiveText(s.OutputFormat),
		"LOCATION", "  "+hiveText(t.Location))
	properties := maps.Clone(s.Properties)
	delete(properties, "EXTERNAL") // the first line says it
	if len(properties) > 0 {
		lines = append(lines, "TBLPROPERTIES (")
		lines = append(lines, propertyLines(properties, ")")...)
	}
	return lines
}

func columnLines(columns []TableColumn) []string {
	lines := make([]string, len(columns))
	for i, c := range columns {
		lines[i] = "  `" + c.Name + "` " + c.Type
		if c.Comment != "" {
			lines[i] += " COMMENT " + hiveText(c.Comment)
		}
		if i < len(columns)-1 {
			lines[i] += ", "
		} else {
			lines[i] += ")"
		}
	}
	return lines
}

func propertyLines(properties map[string]string, end string) []string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		lines = append(lines, "  "+hiveText(name)+"="+hiveText(properties[name])+", ")
	}
	last := len(lines) - 1
	lines[last] = strings.TrimSuffix(lines[last], ", ") + end
	return lines
}

// hiveText writes a text in quotes, on one line.
func hiveText(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`, ";", `\;`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(s) + "'"
}
