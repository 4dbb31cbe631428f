package athena

import (
	"time"

	"ticklake/internal/local/athena/execution"
	"ticklake/internal/local/awsapi"
)

type queryExecution struct {
	QueryExecutionID         string `json:"QueryExecutionId"`
	Query                    string
	StatementType            string
	SubstatementType         string `json:",omitzero"`
	ResultConfiguration      resultConfiguration
	ResultReuseConfiguration reuseOff
	QueryExecutionContext    queryContext
	ExecutionParameters      []string `json:",omitempty"`
	Status                   queryStatus
	Statistics               queryStatistics
	WorkGroup                string
	EngineVersion            engineVersions
}

// reuseOff says that no result was reused.
type reuseOff struct {
	ResultReuseByAgeConfiguration struct{ Enabled bool }
}

type queryStatus struct {
	State              string
	StateChangeReason  string `json:",omitzero"`
	SubmissionDateTime awsapi.Time
	CompletionDateTime *awsapi.Time `json:",omitzero"`
	AthenaError        *athenaError `json:",omitzero"`
}

type athenaError struct {
	ErrorCategory int
	ErrorType     int
	Retryable     bool
	ErrorMessage  string
}

type queryStatistics struct {
	EngineExecutionTimeInMillis      *int64 `json:",omitzero"`
	DataScannedInBytes               *int64 `json:",omitzero"`
	DataManifestLocation             string `json:",omitzero"`
	TotalExecutionTimeInMillis       int64
	QueryQueueTimeInMillis           int64
	QueryPlanningTimeInMillis        *int64 `json:",omitzero"`
	ServicePreProcessingTimeInMillis int64
	ServiceProcessingTimeInMillis    *int64 `json:",omitzero"`
	ResultReuseInformation           struct{ ReusedPreviousResult bool }
}

type engineVersions struct {
	SelectedEngineVersion  string
	EffectiveEngineVersion string
}

// describe writes an execution as the API has it; now is for what has not ended.
func describe(e *execution.Execution, now time.Time) queryExecution {
	q := queryExecution{
		QueryExecutionID:      e.ID,
		Query:                 e.SQL,
		StatementType:         string(e.Kind),
		SubstatementType:      e.Verb,
		ResultConfiguration:   resultConfiguration{OutputLocation: e.Location},
		QueryExecutionContext: queryContext{Catalog: e.Catalog, Database: e.Database},
		ExecutionParameters:   e.Parameters,
		Status:                queryStatus{State: string(e.State), StateChangeReason: e.Reason, SubmissionDateTime: awsapi.At(e.Submitted)},
		WorkGroup:             e.WorkGroup,
		EngineVersion:         engineVersions{engineVersion, engineVersion},
	}
	s := &q.Statistics
	s.TotalExecutionTimeInMillis, s.QueryQueueTimeInMillis = e.Stats.Total, e.Stats.Queue
	if f := e.Fault; f != nil {
		q.Status.AthenaError = &athenaError{f.Category, f.Type, f.Retryable, f.Message}
	}
	if !e.State.Final() {
		s.TotalExecutionTimeInMillis = max(0, now.Sub(e.Submitted).Milliseconds())
		if e.State == execution.Queued {
			s.QueryQueueTimeInMillis = s.TotalExecutionTimeInMillis
		}
		return q
	}
	s.DataManifestLocation = e.Manifest
	completed := awsapi.At(e.Completed)
	q.Status.CompletionDateTime = &completed
	s.EngineExecutionTimeInMillis, s.DataScannedInBytes = &e.Stats.Engine, &e.Stats.BytesScanned
	s.QueryPlanningTimeInMillis, s.ServiceProcessingTimeInMillis = &e.Stats.Planning, &e.Stats.Publish
	return q
}
