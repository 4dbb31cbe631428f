package athena

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"

	"ticklake/internal/local/athena/execution"
	"ticklake/internal/local/athena/trino"
	"ticklake/internal/local/awsapi"
)

const maxDescription = 1024 // bytes

// statementName is the API's pattern.
var statementName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_@:]{0,255}$`)

type preparedInput struct {
	StatementName  string
	StatementNames []string `json:"PreparedStatementNames"` // of BatchGet
	WorkGroup      string
	QueryStatement string
	Description    string
	MaxResults     *int
	NextToken      string
}

type preparedDetail struct {
	StatementName    string
	QueryStatement   string
	WorkGroupName    string
	Description      string `json:",omitzero"`
	LastModifiedTime awsapi.Time
}

type preparedOutput struct{ PreparedStatement preparedDetail }

type preparedSummary struct {
	StatementName    string
	LastModifiedTime awsapi.Time
}

type preparedList struct {
	PreparedStatements []preparedSummary
	NextToken          string `json:",omitzero"`
}

type preparedBatch struct {
	PreparedStatements                []preparedDetail
	UnprocessedPreparedStatementNames []preparedFault
}

type preparedFault struct{ StatementName, ErrorCode, ErrorMessage string }

func (in *preparedInput) check() error {
	if in.WorkGroup == "" {
		return invalid("WorkGroup is required")
	}
	if err := checkWorkGroup(in.WorkGroup); err != nil {
		return err
	}
	if !statementName.MatchString(in.StatementName) {
		return invalid("StatementName %.64q must be letters, digits, _, @ and :, 256 at most, and begin with a letter or _", in.StatementName)
	}
	return nil
}

// checkStatement holds for what is kept: a statement that reads.
func (in *preparedInput) checkStatement() error {
	switch {
	case strings.TrimSpace(in.QueryStatement) == "":
		return invalidAs("MALFORMED_QUERY", "QueryStatement is empty")
	case len(in.QueryStatement) > maxStatement:
		return invalidAs("QUERY_TOO_LONG", "QueryStatement has %d bytes, at most %d are allowed", len(in.QueryStatement), maxStatement)
	case len(in.Description) > maxDescription:
		return invalid("Description has %d bytes, at most %d are allowed", len(in.Description), maxDescription)
	}
	return nil
}

func (a *api) createPrepared(ctx context.Context, in *preparedInput) (*awsapi.Empty, error) {
	if err := errors.Join(in.check(), in.checkStatement()); err != nil {
		return nil, err
	}
	err := a.kept.create(ctx, in.statement(a.config.Now()))
	switch {
	case errors.Is(err, errPreparedExists):
		return nil, invalid("Prepared statement %s already exists in WorkGroup %s", in.StatementName, workGroup)
	case errors.Is(err, errPreparedMany):
		return nil, invalid("WorkGroup %s has %d prepared statements, the most there may be", workGroup, maxPrepared)
	}
	return &awsapi.Empty{}, err
}

func (in *preparedInput) statement(now time.Time) preparedStatement {
	return preparedStatement{name: in.StatementName, sql: in.QueryStatement, description: in.Description, modified: now}
}

func (a *api) updatePrepared(ctx context.Context, in *preparedInput) (*awsapi.Empty, error) {
	if err := errors.Join(in.check(), in.checkStatement()); err != nil {
		return nil, err
	}
	return &awsapi.Empty{}, noPrepared(in.StatementName, a.kept.update(ctx, in.statement(a.config.Now())))
}

func (a *api) deletePrepared(ctx context.Context, in *preparedInput) (*awsapi.Empty, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	return &awsapi.Empty{}, noPrepared(in.StatementName, a.kept.drop(ctx, in.StatementName))
}

func (a *api) getPrepared(ctx context.Context, in *preparedInput) (*preparedOutput, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	s, err := a.kept.get(ctx, in.StatementName)
	if err != nil {
		return nil, noPrepared(in.StatementName, err)
	}
	return &preparedOutput{s.detail()}, nil
}

func (a *api) batchGetPrepared(ctx context.Context, in *preparedInput) (*preparedBatch, error) {
	if n := len(in.StatementNames); n < 1 || n > maxBatch {
		return nil, invalid("PreparedStatementNames has %d names: 1 to %d are allowed", n, maxBatch)
	}
	out := &preparedBatch{PreparedStatements: []preparedDetail{}, UnprocessedPreparedStatementNames: []preparedFault{}}
	for _, name := range in.StatementNames {
		in.StatementName = name
		err := in.check()
		var s preparedStatement
		if err == nil {
			s, err = a.kept.get(ctx, name)
		}
		switch {
		case err == nil:
			out.PreparedStatements = append(out.PreparedStatements, s.detail())
		case errors.Is(err, errNoPrepared), awsapi.Code(err) == invalidRequest:
			out.UnprocessedPreparedStatementNames = append(out.UnprocessedPreparedStatementNames, preparedFault{name, "STATEMENT_NOT_FOUND", "PreparedStatement " + name + " was not found"})
		default:
			return nil, err
		}
	}
	return out, nil
}

func (a *api) listPrepared(ctx context.Context, in *preparedInput) (*preparedList, error) {
	if in.WorkGroup == "" {
		return nil, invalid("WorkGroup is required")
	}
	if err := checkWorkGroup(in.WorkGroup); err != nil {
		return nil, err
	}
	n, err := pageSize(in.MaxResults, 1, 50)
	if err != nil {
		return nil, err
	}
	all, err := a.kept.list(ctx)
	if err != nil {
		return nil, err
	}
	page, next, err := cut(all, func(s preparedStatement) string { return s.name }, "ListPreparedStatements", in.NextToken, n)
	if err != nil {
		return nil, err
	}
	out := &preparedList{PreparedStatements: make([]preparedSummary, len(page)), NextToken: next}
	for i, s := range page {
		out.PreparedStatements[i] = preparedSummary{s.name, awsapi.At(s.modified)}
	}
	return out, nil
}

func (s *preparedStatement) detail() preparedDetail {
	return preparedDetail{s.name, s.sql, workGroup, s.description, awsapi.At(s.modified)}
}

// noPrepared names what is not there on the wire.
func noPrepared(name string, err error) error {
	if errors.Is(err, errNoPrepared) {
		e := awsapi.Errorf("ResourceNotFoundException", "PreparedStatement %s was not found in workGroup %s", name, workGroup)
		e.Fields = map[string]any{"ResourceName": name}
		return e
	}
	return err
}

// execute puts the prepared statement that EXECUTE names into the request, with the values of its "?".
func (a *api) execute(ctx context.Context, r *execution.Request) error {
	x, err := trino.ParseExecute(strings.TrimRight(r.SQL, "; \t\r\n\f\v"))
	if err != nil {
		return translate(err, "")
	}
	if x == nil {
		return nil
	}
	if len(x.Parameters) > 0 {
		r.Parameters = x.Parameters
	}
	s, err := a.kept.get(ctx, x.Name)
	if errors.Is(err, errNoPrepared) {
		return invalid("PreparedStatement %s was not found in workGroup %s", x.Name, workGroup)
	}
	r.Prepared = s.sql
	return err
}
