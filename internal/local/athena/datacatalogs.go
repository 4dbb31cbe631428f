package athena

import "context"

type dataCatalogInput struct{ Name, WorkGroup string }

type dataCatalogOutput struct{ DataCatalog dataCatalogDetail }

type dataCatalogDetail struct {
	Name       string
	Type       string
	Status     string
	Parameters map[string]string
}

func (a *api) getDataCatalog(_ context.Context, in *dataCatalogInput) (*dataCatalogOutput, error) {
	if in.Name == "" {
		return nil, invalid("Name is required")
	}
	if err := checkCatalog(in.Name); err != nil {
		return nil, err
	}
	return &dataCatalogOutput{dataCatalogDetail{dataCatalog, "GLUE", "CREATE_COMPLETE", map[string]string{"catalog-id": a.config.AccountID}}}, nil
}

type listDataCatalogsOutput struct{ DataCatalogsSummary []dataCatalogSummary }

type dataCatalogSummary struct{ CatalogName, Type, Status string }

func (a *api) listDataCatalogs(_ context.Context, in *listInput) (*listDataCatalogsOutput, error) {
	if err := onlyPage(in, 2, 50); err != nil {
		return nil, err
	}
	return &listDataCatalogsOutput{[]dataCatalogSummary{{dataCatalog, "GLUE", "CREATE_COMPLETE"}}}, nil
}
