package awsapi

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const jsonType = "application/x-amz-json-1.1"

// Service is a service of AWS JSON 1.1.
type Service struct {
	Name          string // as signatures name it, such as glue
	TargetPrefix  string // of X-Amz-Target, such as AWSGlue
	Operations    map[string]Operation
	Invalid       string                               // the exception for an input that cannot be read, such as InvalidInputException
	Internal      string                               // the exception for a failure of our own, such as InternalServiceException
	RefuseUnknown func(operation string) (hint string) // says why an operation is not here; may be nil
}

// Operation reads the input of one operation and returns its output, which encodes as a JSON object.
type Operation func(ctx context.Context, body []byte) (any, error)

// errInput wraps what is wrong with an input document.
type errInput struct{ cause error }

func (e errInput) Error() string { return "read input: " + e.cause.Error() }

func (e errInput) Unwrap() error { return e.cause }

// Op makes an Operation of a function from input to output. Names are case-sensitive; unknown members are ignored,
// as AWS ignores them; duplicate names and invalid UTF-8 are refused.
func Op[In, Out any](f func(context.Context, *In) (*Out, error)) Operation {
	return func(ctx context.Context, body []byte) (any, error) {
		in := new(In)
		if len(body) > 0 {
			if err := json.Unmarshal(body, in); err != nil {
				return nil, errInput{err}
			}
		}
		return f(ctx, in)
	}
}

// Empty is the output of an operation that has none.
type Empty struct{}

type jsonProtocol struct {
	service   *Service
	operation string
}

func (p jsonProtocol) signingName() string { return p.service.Name }

func (p jsonProtocol) maxBody() int64 { return maxBody }

func (p jsonProtocol) serve(ctx context.Context, body []byte) (any, error) {
	op, ok := p.service.Operations[p.operation]
	if !ok {
		return nil, p.unknown()
	}
	out, err := op(ctx, body)
	var input errInput
	if errors.As(err, &input) {
		return nil, p.badInput(input)
	}
	return out, err
}

// unknown refuses an operation by its name.
func (p jsonProtocol) unknown() *Error {
	name := p.operation
	if len(name) > 64 || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return Errorf("UnknownOperationException", "X-Amz-Target names no operation")
	}
	hint := ""
	if p.service.RefuseUnknown != nil {
		hint = p.service.RefuseUnknown(name)
	}
	if hint == "" {
		names := make([]string, 0, len(p.service.Operations))
		for name := range p.service.Operations {
			names = append(names, name)
		}
		slices.Sort(names)
		hint = "it has " + strings.Join(names, ", ")
	}
	return Errorf("UnknownOperationException", "ticklake's embedded %s endpoint does not do %s (the AWS service may): %s",
		p.service.TargetPrefix, name, hint)
}

// badInput tells where the document is wrong, without the library's Go types.
func (p jsonProtocol) badInput(err errInput) *Error {
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		return Errorf("SerializationException", "the body is no JSON document: byte %d: %v", syntax.ByteOffset, syntax.Err)
	}
	var semantic *json.SemanticError
	if errors.As(err, &semantic) {
		what := "cannot be a JSON " + semantic.JSONKind.String()
		if semantic.Err != nil {
			what = semantic.Err.Error()
		}
		return Errorf("SerializationException", "%.200s: %.200s", string(semantic.JSONPointer), what)
	}
	return Errorf(p.service.Invalid, "the body cannot be read")
}

func (p jsonProtocol) writeAnswer(w http.ResponseWriter, _ string, answer any) error {
	// Encoded before the status goes out, so that a failure can still be an error document.
	doc, err := json.Marshal(answer, jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", jsonType)
	_, _ = w.Write(doc) // the client has gone; nobody is left to tell
	return nil
}

func (p jsonProtocol) writeError(w http.ResponseWriter, _ string, e *Error) {
	doc := map[string]any{"__type": e.Code, "Message": e.Message, "message": e.Message}
	for name, value := range e.Fields {
		doc[name] = value
	}
	body, err := json.Marshal(doc, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		body = []byte(`{"__type":"InternalFailure"}`)
	}
	w.Header().Set("Content-Type", jsonType)
	w.Header().Set("X-Amzn-Errortype", e.Code)
	w.WriteHeader(status(e))
	_, _ = w.Write(body)
}

func (p jsonProtocol) internalCode() string { return p.service.Internal }

func status(e *Error) int {
	if e.Status == 0 {
		return http.StatusBadRequest
	}
	return e.Status
}
