package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

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
	return prints(&cobra.Command{
		Use:   "tables",
		Short: "The tables of the database, and how many partitions each has",
		Example: `  ticklake catalog tables
  ticklake catalog tables --output csv`,
		Args: noArgs,
		RunE: untilDone(func(cmd *cobra.Command, _ []string) error {
			c, database, err := a.openCatalog(cmd)
			if err != nil {
				return err
			}
			defer func() { _ = c.Close() }()
			tables, err := c.Tables(cmd.Context(), database)
			if errors.Is(err, catalog.ErrNotFound) {
				return noDatabase(cmd.Context(), c, database, err)
			}
			if err != nil {
				return err
			}
			infos, rows := make([]tableInfo, len(tables)), make([][]string, len(tables))
			for i, t := range tables {
				if infos[i], err = describeTable(cmd, c, t); err != nil {
					return err
				}
				t := &infos[i]
				rows[i] = []string{t.Database + "." + t.Name, a.number(int64(t.Partitions)), t.Location, t.Comment}
			}
			return a.printList(infos, columnsNamed("table", "partitions#", "location", "comment"), rows)
		}),
	}, allForms...)
}

func newCatalogTable(a *app) *cobra.Command {
	return prints(&cobra.Command{
		Use:   "table NAME",
		Short: "The columns of a table, with their types, meanings and units",
		Example: `  ticklake catalog table ticks
  ticklake catalog table ticks --output json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("catalog table takes a table's name; see `%s --help`", cmd.CommandPath())
			}
			return nil
		},
		RunE: untilDone(func(cmd *cobra.Command, args []string) error {
			c, database, err := a.openCatalog(cmd)
			if err != nil {
				return err
			}
			defer func() { _ = c.Close() }()
			t, err := c.Table(cmd.Context(), database, args[0])
			if errors.Is(err, catalog.ErrNotFound) {
				return a.noTable(cmd, c, database, args[0], err)
			}
			if err != nil {
				return err
			}
			info, err := describeTable(cmd, c, t)
			if err != nil {
				return err
			}
			if a.flags.output == formTable {
				_, _ = fmt.Fprintf(a.out, "%s: %s\n%s, %s\n\n", screenOf(a.out).in(bold, info.Database+"."+info.Name), info.Comment,
					info.Location, plural(int64(info.Partitions), "partition"))
			}
			rows := make([][]string, 0, len(info.Columns)+len(info.Keys))
			for _, column := range info.Columns {
				rows = append(rows, []string{column.Name, column.Type, column.Comment})
			}
			for _, column := range info.Keys {
				rows = append(rows, []string{column.Name, column.Type, "partition key: " + column.Comment})
			}
			return a.printList(info, columnsNamed("column", "type", "comment"), rows)
		}),
	}, allForms...)
}

// noDatabase says that there is no database of a name, and which was likely meant.
func noDatabase(ctx context.Context, c *catalog.Catalog, name string, err error) error {
	near := ""
	if names, listed := c.Databases(ctx); listed == nil {
		near = didYouMean(nearest(name, names))
	}
	return &explained{fmt.Sprintf("there is no database %q in the catalog%s", name, near), "`ticklake crawl --once` registers the lake's; --database names another", err}
}

// noTable says that there is no table of a name, and which was likely meant.
func (a *app) noTable(cmd *cobra.Command, c *catalog.Catalog, database, name string, err error) error {
	tables, listed := c.Tables(cmd.Context(), database)
	if listed != nil {
		return err
	}
	names := make([]string, len(tables))
	for i, t := range tables {
		names[i] = t.Name
	}
	return fmt.Errorf("%w%s", err, cmp.Or(didYouMean(nearest(name, names)), "; hint: `ticklake catalog tables` lists what there is"))
}

func (a *app) openCatalog(cmd *cobra.Command) (*catalog.Catalog, string, error) {
	e, err := a.endpoints(cmd.Context())
	if err != nil {
		return nil, "", err
	}
	c, err := e.openCatalog(cmd.Context())
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
