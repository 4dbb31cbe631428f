package catalog

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"
)

// Change is what EnsureTable had to do.
type Change string

// The changes.
const (
	Unchanged Change = "unchanged"
	Created   Change = "created"
	Updated   Change = "updated"
)

// maxRaces is how often EnsureTable starts again because somebody else changed the table meanwhile.
const maxRaces = 8

// EnsureTable makes the table what want says. Columns, keys, format and comment become want's; all else that the
// catalog has of the table, such as parameters that want does not name, stays. A change is a compare-and-swap on the
// table's version, so that nobody's change is lost. A table of that name with other files is left alone: ErrTaken.
// It returns the table as the catalog then has it.
func (c *Catalog) EnsureTable(ctx context.Context, want *Table) (*Table, Change, error) {
	full := want.Database + "." + want.Name
	for range maxRaces {
		have, err := c.Table(ctx, want.Database, want.Name)
		switch {
		case errors.Is(err, ErrNotFound):
			_, err := c.glue.CreateTable(ctx, &glue.CreateTableInput{DatabaseName: &want.Database, TableInput: want.tableInput()})
			if is[*types.AlreadyExistsException](err) {
				continue // somebody was faster
			}
			if err != nil {
				return nil, "", c.failed(err, "create table %q", full)
			}
			t, err := c.Table(ctx, want.Database, want.Name)
			return t, Created, err
		case err != nil:
			return nil, "", err
		}
		if err := have.takenFrom(want); err != nil {
			return nil, "", fmt.Errorf("ensure table %q: %w", full, err)
		}
		if have.has(want) {
			return have, Unchanged, nil
		}
		have.become(want)
		_, err = c.glue.UpdateTable(ctx, &glue.UpdateTableInput{DatabaseName: &want.Database, TableInput: have.tableInput(), VersionId: &have.version})
		if is[*types.ConcurrentModificationException](err) {
			continue
		}
		if err != nil {
			return nil, "", c.failed(err, "update table %q", full)
		}
		t, err := c.Table(ctx, want.Database, want.Name)
		return t, Updated, err
	}
	return nil, "", fmt.Errorf("update table %q: somebody else changed it %d times meanwhile", full, maxRaces)
}
