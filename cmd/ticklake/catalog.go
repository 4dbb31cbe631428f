package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"ticklake/internal/catalog"
)

func newCatalog(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use: "catalog", Short: "Look into the Glue catalog", Args: knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newCatalogTables(a), newCatalogTable(a))
	return cmd
}

// tableInfo is a table as it is printed.
type tableInfo struct {
	Database   string       `json:"database"`
	Name       string       `json:"name"`
	Comment    string       `json:"comment"`
	Location   string       `json:"location"`
	Partitions int          `json:"partitions"`
	Columns    []columnInfo `json:"columns"`
	Keys       []columnInfo `json:"partition_keys"`
}

type columnInfo struct {
	Name    string `json:"name"`
	Type    string `json:"type"`
	Comment string `json:"comment"`
}

func newCatalogTables(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "tables",
		Short:   "The tables of the database, and how many partitions each has",
		Example: "  ticklake catalog tables",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, database, err := a.openCatalog(cmd)
			if err != nil {
				return err
			}
			defer func() { _ = c.Close() }()
			tables, err := c.Tables(cmd.Context(), database)
			if err != nil {
				return err
			}
			infos := make([]tableInfo, len(tables))
			for i, t := range tables {
				if infos[i], err = describeTable(cmd, c, t); err != nil {
					return err
				}
			}
			if a.flags.output == "json" {
				return printJSON(a.out, infos)
			}
			w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
			for _, t := range infos {
				_, _ = fmt.Fprintf(w, "%s.%s\t%s\t%s\t%s\n", t.Database, t.Name, plural(int64(t.Partitions), "partition"), t.Location, t.Comment)
			}
			return w.Flush()
		},
	}
}

func newCatalogTable(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "table NAME",
		Short:   "The columns of a table, with their types, meanings and units",
		Example: "  ticklake catalog table ticks",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("catalog table takes a table's name; see `%s --help`", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, database, err := a.openCatalog(cmd)
			if err != nil {
				return err
			}
			defer func() { _ = c.Close() }()
			t, err := c.Table(cmd.Context(), database, args[0])
			if err != nil {
				return err
			}
			info, err := describeTable(cmd, c, t)
			if err != nil {
				return err
			}
			if a.flags.output == "json" {
				return printJSON(a.out, info)
			}
			_, _ = fmt.Fprintf(a.out, "%s.%s  %s\n%s, %s\n", info.Database, info.Name, info.Comment, info.Location, plural(int64(info.Partitions), "partition"))
			w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
			for _, list := range [][]columnInfo{info.Columns, info.Keys} {
				for _, column := range list {
					_, _ = fmt.Fprintf(w, "  %s\t%s\t%s\n", column.Name, column.Type, column.Comment)
				}
			}
			return w.Flush()
		},
	}
}

func (a *app) openCatalog(cmd *cobra.Command) (*catalog.Catalog, string, error) {
	e, err := a.endpoints(cmd.Context())
	if err != nil {
		return nil, "", err
	}
	if e.atRest {
		return nil, "", fmt.Errorf("no ticklake runs on %s; hint: ticklake up --data %s", e.dataDir, e.dataDir)
	}
	c, err := catalog.Open(catalog.Config{AWS: e.aws, Endpoint: e.glue})
	return c, e.database, err
}

func describeTable(cmd *cobra.Command, c *catalog.Catalog, t *catalog.Table) (tableInfo, error) {
	info := tableInfo{Database: t.Database, Name: t.Name, Comment: t.Comment, Location: t.Location, Columns: columnsOf(t.Columns), Keys: columnsOf(t.PartitionKeys)}
	if len(t.PartitionKeys) == 0 {
		return info, nil
	}
	for _, err := range c.Partitions(cmd.Context(), t.Database, t.Name, "") {
		if err != nil {
			return info, err
		}
		info.Partitions++
	}
	return info, nil
}

func columnsOf(columns []catalog.Column) []columnInfo {
	infos := make([]columnInfo, len(columns))
	for i, c := range columns {
		infos[i] = columnInfo(c)
	}
	return infos
}
