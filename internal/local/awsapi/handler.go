package awsapi

import (
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/semaphore"
)

// Config is what a handler needs.
type Config struct {
	Credentials Credentials
	Region      string
	JSON        []Service        // told apart by the prefix of X-Amz-Target
	Query       *QueryService    // gets the requests that are forms; may be nil
	Now         func() time.Time // default time.Now
	Logger      *slog.Logger     // gets failures that are not the client's; default none
}

// Handler serves its services at "/" to requests signed with the key pair.
type Handler struct {
	verifier verifier
	json     []Service
	query    *QueryService
	bodies   *semaphore.Weighted
	log      *slog.Logger
}

// NewHandler returns a handler. It fails without a key pair, a region or a service.
func NewHandler(c Config) (*Handler, error) {
	if c.Credentials.AccessKeyID == "" || c.Credentials.SecretAccessKey == "" || c.Region == "" {
		return nil, errors.New("aws endpoint: key pair and region are required")
	}
	if len(c.JSON) == 0 && c.Query == nil {
		return nil, errors.New("aws endpoint: no service")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Handler{
		verifier: verifier{credentials: c.Credentials, region: c.Region, now: c.Now},
		json:     c.JSON, query: c.Query, bodies: semaphore.NewWeighted(maxBodies), log: c.Logger,
	}, nil
}

// protocol is how one request is signed, answered and refused.
type protocol interface {
	signingName() string
	maxBody() int64
	serve(ctx context.Context, body []byte) (any, error)
	writeAnswer(w http.ResponseWriter, requestID string, answer any) error
	writeError(w http.ResponseWriter, requestID string, e *Error)
	internalCode() string
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := uuid.NewString()
	w.Header().Set("X-Amzn-Requestid", id)
	p, err := h.protocol(r)
	if err != nil {
		jsonProtocol{}.writeError(w, id, err)
		return
	}
	answer, failure := h.answer(w, r, p)
	if failure == nil {
		failure = p.writeAnswer(w, id, answer)
		if failure == nil {
			return
		}
	}
	var e *Error
	if !errors.As(failure, &e) {
		if r.Context().Err() == nil {
			h.log.ErrorContext(r.Context(), "aws request failed", "operation", operation(p), "request_id", id, "error", failure)
		}
		e = internal(p, failure)
	}
	p.writeError(w, id, e)
}

// protocol finds the service that the request is for.
func (h *Handler) protocol(r *http.Request) (protocol, *Error) {
	if r.URL.Path != "/" || r.URL.RawQuery != "" || r.URL.ForceQuery {
		return nil, &Error{
			Code: "UnknownOperationException", Status: http.StatusNotFound,
			Message: "this endpoint serves requests to / alone, without a query string",
		}
	}
	if r.Method != http.MethodPost {
		return nil, &Error{
			Code: "UnknownOperationException", Status: http.StatusMethodNotAllowed,
			Message: "this endpoint takes signed POST requests; try an AWS client with its endpoint set to this address",
		}
	}
	if target := r.Header.Values("X-Amz-Target"); len(target) == 1 {
		prefix, operation, _ := strings.Cut(target[0], ".")
		for i := range h.json {
			if h.json[i].TargetPrefix == prefix {
				return jsonProtocol{&h.json[i], operation}, nil
			}
		}
		return nil, Errorf("UnknownOperationException", "'%.64s' is not a service of this endpoint. hint: this one has %s",
			prefix, strings.Join(h.names(), ", "))
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if h.query != nil && err == nil && kind == "application/x-www-form-urlencoded" {
		return queryProtocol{h.query}, nil
	}
	return nil, Errorf("UnknownOperationException", "the request names no operation (header X-Amz-Target)")
}

func (h *Handler) names() []string {
	var names []string
	for _, s := range h.json {
		names = append(names, s.TargetPrefix)
	}
	if h.query != nil {
		names = append(names, h.query.Name)
	}
	return names
}

// answer verifies the request and runs its operation.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request, p protocol) (any, error) {
	claim, err := h.verifier.claim(r, p.signingName())
	if err != nil {
		return nil, err
	}
	body, release, err := h.read(w, r, p.maxBody())
	defer release()
	if err != nil {
		return nil, err
	}
	if err := claim.check(sha256.Sum256(body)); err != nil {
		return nil, err
	}
	return p.serve(r.Context(), body)
}

func operation(p protocol) string {
	if j, ok := p.(jsonProtocol); ok {
		return j.operation
	}
	return p.signingName()
}
