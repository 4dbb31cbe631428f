package athena

import (
	"context"

	"ticklake/internal/local/awsapi"
)

type workGroupInput struct{ WorkGroup string }

type workGroupOutput struct{ WorkGroup workGroupDetail }

type workGroupDetail struct {
	Name          string
	State         string
	Description   string
	CreationTime  awsapi.Time
	Configuration workGroupConfiguration
}

type workGroupConfiguration struct {
	ResultConfiguration             resultConfiguration
	EnforceWorkGroupConfiguration   bool
	PublishCloudWatchMetricsEnabled bool
	RequesterPaysEnabled            bool
	EngineVersion                   engineVersions
}

const workGroupDescription = "ticklake's own"

func (a *api) getWorkGroup(_ context.Context, in *workGroupInput) (*workGroupOutput, error) {
	if in.WorkGroup == "" {
		return nil, invalid("WorkGroup is required")
	}
	if err := checkWorkGroup(in.WorkGroup); err != nil {
		return nil, err
	}
	return &workGroupOutput{workGroupDetail{
		Name: workGroup, State: "ENABLED", Description: workGroupDescription, CreationTime: awsapi.At(a.opened),
		Configuration: workGroupConfiguration{
			ResultConfiguration: resultConfiguration{OutputLocation: a.config.OutputLocation},
			EngineVersion:       engineVersions{"AUTO", engineVersion},
		},
	}}, nil
}

type listWorkGroupsOutput struct{ WorkGroups []workGroupSummary }

type workGroupSummary struct {
	Name          string
	State         string
	Description   string
	CreationTime  awsapi.Time
	EngineVersion engineVersions
}

func (a *api) listWorkGroups(_ context.Context, in *listInput) (*listWorkGroupsOutput, error) {
	if err := onlyPage(in, 1, 50); err != nil {
		return nil, err
	}
	return &listWorkGroupsOutput{[]workGroupSummary{{workGroup, "ENABLED", workGroupDescription, awsapi.At(a.opened), engineVersions{"AUTO", engineVersion}}}}, nil
}

type listEngineVersionsOutput struct{ EngineVersions []engineVersions }

func (a *api) listEngineVersions(_ context.Context, in *listInput) (*listEngineVersionsOutput, error) {
	if err := onlyPage(in, 1, 10); err != nil {
		return nil, err
	}
	return &listEngineVersionsOutput{[]engineVersions{{"AUTO", engineVersion}, {engineVersion, engineVersion}}}, nil
}

// onlyPage checks a request for a list that fits one page.
func onlyPage(in *listInput, least, most int) error {
	if in.NextToken != "" {
		return invalid("NextToken is %v", awsapi.ErrToken)
	}
	_, err := pageSize(in.MaxResults, least, most)
	return err
}
