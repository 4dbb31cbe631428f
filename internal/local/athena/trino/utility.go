package trino

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

func (a *analyzer) show(n *showNode) *Utility {
	switch n.what {
	case "SCHEMAS":
		names, err := a.cat.Databases(a.ctx)
		if err != nil {
			panic(caught{err})
		}
		return listing(showVerbs[n.what], "database_name", filterNames(n, names))
	case "TABLES":
		database := a.opt.Database
		if len(n.name) > 0 {
			database = n.name[len(n.name)-1]
		}
		names, err := a.cat.Tables(a.ctx, database)
		if errors.Is(err, ErrNotFound) {
			panic(a.missing(n.pos, database, ""))
		}
		if err != nil {
			panic(caught{err})
		}
		return listing(showVerbs[n.what], "tab_name", filterNames(n, names))
	case "COLUMNS":
		t := a.lookup(n.pos, n.name)
		var names []string
		for _, c := range slices.Concat(t.Columns, t.PartitionKeys) {
			names = append(names, fmt.Sprintf("%-20s", c.Name))
		}
		return listing(showVerbs[n.what], "field", names)
	case "CREATE TABLE":
		t := a.lookup(n.pos, n.name)
		return listing(showVerbs[n.what], "createtab_stmt", createStatement(strings.Join(n.name, "."), t))
	}
	t := a.lookup(n.pos, n.name)
	if len(t.PartitionKeys) == 0 {
		throw(n.pos, "TABLE_NOT_PARTITIONED", "Table %s is not a partitioned table", t.Name)
	}
	parts, err := a.cat.Partitions(a.ctx, t)
	if err != nil {
		panic(caught{err})
	}
	var names []string
	for _, p := range parts {
		var kv []string
		for i, k := range t.PartitionKeys {
			if i < len(p.Values) {
				kv = append(kv, k.Name+"="+p.Values[i])
			}
		}
		names = append(names, strings.Join(kv, "/"))
	}
	slices.Sort(names)
	return listing(showVerbs[n.what], "partition", names)
}

func listing(verb, column string, names []string) *Utility {
	u := &Utility{Verb: verb, Columns: []Column{{Name: column, Type: varchar(Unbounded)}}}
	for _, n := range names {
		u.Rows = append(u.Rows, []string{n})
	}
	return u
}

// filterNames keeps the names that a Hive pattern accepts: "*" stands for anything, "|" for a choice.
func filterNames(n *showNode, names []string) []string {
	names = slices.Sorted(slices.Values(names))
	if n.pattern == nil {
		return names
	}
	var alternatives []string
	for _, alt := range strings.Split(*n.pattern, "|") {
		alt = strings.ReplaceAll(regexp.QuoteMeta(alt), `\*`, ".*")
		alternatives = append(alternatives, strings.ReplaceAll(alt, "%", ".*"))
	}
	re, err := regexp.Compile("(?i)^(?:" + strings.Join(alternatives, "|") + ")$")
	if err != nil {
		throw(n.pos, SyntaxError, "the pattern cannot be read")
	}
	return slices.DeleteFunc(names, func(s string) bool { return !re.MatchString(s) })
}

// describe prints as Hive does on Athena: each field filled up to 20 characters, partition keys twice.
func (a *analyzer) describe(n *describeNode) *Utility {
	t := a.lookup(n.pos, n.name)
	u := &Utility{Verb: "DESCRIBE_TABLE"}
	for _, name := range []string{"col_name", "data_type", "comment"} {
		u.Columns = append(u.Columns, Column{Name: name, Type: varchar(Unbounded)})
	}
	line := func(c TableColumn) {
		comment, _, _ := strings.Cut(c.Comment, "\t")
		u.Rows = append(u.Rows, []string{fmt.Sprintf("%-20s", c.Name), fmt.Sprintf("%-20s", c.Type), fmt.Sprintf("%-20s", comment)})
	}
	for _, c := range slices.Concat(t.Columns, t.PartitionKeys) {
		line(c)
	}
	if len(t.PartitionKeys) == 0 {
		return u
	}
	u.Rows = append(u.Rows,
		[]string{"", " ", " "},
		[]string{"# Partition Information", " ", " "},
		[]string{fmt.Sprintf("# %-20s", "col_name"), fmt.Sprintf("%-20s", "data_type"), fmt.Sprintf("%-20s", "comment")},
		[]string{"", " ", " "})
	for _, c := range t.PartitionKeys {
		line(c)
	}
	return u
}
