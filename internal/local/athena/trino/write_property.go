package trino

import "strings"

// What else Athena has between WITH ( and ), refused by name.
const (
	ctasProperties = ` bucket_count bucketed_by compression_level field_delimiter is_external location optimize_rewrite_data_file_threshold
		optimize_rewrite_delete_file_threshold optimize_rewrite_max_data_file_size_bytes optimize_rewrite_min_data_file_size_bytes
		orc_compression partitioned_by partitioning vacuum_max_metadata_files_to_keep vacuum_max_snapshot_age_seconds vacuum_min_snapshots_to_keep `
	unloadProperties = ` compression_level field_delimiter include_header partitioned_by `
)

// properties are those of one WITH clause; what is taken is gone.
type properties struct {
	kind  string
	order []string
	nodes map[string]node
	pos   map[string]Pos
}

func (a *analyzer) properties(nodes []propertyNode, kind string) *properties {
	p := &properties{kind: kind, nodes: make(map[string]node), pos: make(map[string]Pos)}
	for _, n := range nodes {
		if _, ok := p.pos[n.name]; ok {
			throw(n.pos, "DUPLICATE_PROPERTY", "Duplicate property: %s", clip(n.name))
		}
		p.order = append(p.order, n.name)
		p.nodes[n.name], p.pos[n.name] = n.value, n.pos
	}
	return p
}

// take is a property's text, "" if it is not there.
func (p *properties) take(name string) string {
	n, ok := p.nodes[name]
	if !ok {
		return ""
	}
	delete(p.nodes, name)
	text, ok := n.(*stringLit)
	if !ok {
		throw(n.at(), p.fault(), "Invalid value for %s property '%s': a text in quotes is wanted", p.kind, name)
	}
	return text.text
}

// format takes the properties of the file's format and returns its compression.
func (p *properties) format(compression, alias string) string {
	format, pos := p.take("format"), p.pos["format"]
	if format != "" && !strings.EqualFold(format, "PARQUET") {
		panic(Unsupported(pos, "the format %s", clip(strings.ToUpper(format))).hint("format = 'PARQUET' is"))
	}
	name := p.take(compression)
	if pos = p.pos[compression]; name == "" && alias != "" {
		name, pos = p.take(alias), p.pos[alias]
	}
	switch codec := strings.ToUpper(name); codec {
	case "":
		return "GZIP"
	case "GZIP", "SNAPPY", "ZSTD", "NONE":
		return codec
	case "UNCOMPRESSED":
		return "NONE"
	}
	panic(Unsupported(pos, "the compression %s", clip(name)).hint("GZIP, SNAPPY, ZSTD and NONE are"))
}

// refuse throws if there is a property left: one that Athena has (known), or one that it has not.
func (p *properties) refuse(known string) {
	for _, name := range p.order {
		if _, left := p.nodes[name]; !left {
			continue
		}
		for _, k := range strings.Fields(known) {
			if k == name {
				panic(Unsupported(p.pos[name], "the property %s", name))
			}
		}
		throw(p.pos[name], p.fault(), "Catalog '%s' %s property '%s' does not exist", catalogName, p.kind, clip(name))
	}
}

func (p *properties) fault() string { return "INVALID_" + strings.ToUpper(p.kind) + "_PROPERTY" }
