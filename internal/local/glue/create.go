package glue

import "context"

// CreateTable adds a table to a database; AlreadyExistsException if its name is taken, EntityNotFoundException if there is no
// such database.
func (c *Catalog) CreateTable(ctx context.Context, database string, table *TableInput) error {
	_, err := c.createTable(ctx, &tableRequest{DatabaseName: database, TableInput: table})
	return err
}
