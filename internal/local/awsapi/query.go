package awsapi

import (
	"context"
	"encoding/xml"
	"net/http"
	"net/url"
)

// QueryService is a service of the AWS Query protocol: a form with Action and Version in, XML out.
type QueryService struct {
	Name       string // as signatures name it, such as sts
	Namespace  string // of the XML documents
	Version    string // the only Version that is served
	Operations map[string]QueryOperation
}

// QueryOperation returns the element ActionResult: a struct whose XMLName says so.
type QueryOperation func(ctx context.Context, form url.Values) (any, error)

type queryProtocol struct{ service *QueryService }

// queryAnswer is an answer on its way out, with the action that names its elements.
type queryAnswer struct {
	action string
	result any
}

func (p queryProtocol) signingName() string { return p.service.Name }

func (p queryProtocol) maxBody() int64 { return maxForm }

func (p queryProtocol) serve(ctx context.Context, body []byte) (any, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, Errorf("MalformedQueryString", "the body is no form")
	}
	action := form.Get("Action")
	op, ok := p.service.Operations[action]
	if !ok || form.Get("Version") != p.service.Version {
		return nil, Errorf("InvalidAction", "Could not find operation %.64q for version %.32q: ticklake's embedded "+
			"endpoint does not do it (the AWS service may)", action, form.Get("Version"))
	}
	result, err := op(ctx, form)
	if err != nil {
		return nil, err
	}
	return queryAnswer{action, result}, nil
}

func (p queryProtocol) writeAnswer(w http.ResponseWriter, id string, answer any) error {
	a, ok := answer.(queryAnswer)
	if !ok {
		return Errorf("InternalFailure", "no answer")
	}
	type response struct {
		XMLName   xml.Name
		Result    any
		RequestID string `xml:"ResponseMetadata>RequestId"`
	}
	return p.write(w, http.StatusOK, response{
		XMLName:   xml.Name{Space: p.service.Namespace, Local: a.action + "Response"},
		Result:    a.result,
		RequestID: id,
	})
}

func (p queryProtocol) writeError(w http.ResponseWriter, id string, e *Error) {
	type detail struct{ Type, Code, Message string }
	type response struct {
		XMLName   xml.Name
		Error     detail
		RequestID string `xml:"RequestId"`
	}
	code, status := queryCode(e)
	kind := "Sender"
	if status >= http.StatusInternalServerError {
		kind = "Receiver"
	}
	_ = p.write(w, status, response{
		XMLName:   xml.Name{Space: p.service.Namespace, Local: "ErrorResponse"},
		Error:     detail{kind, code, e.Message},
		RequestID: id,
	})
}

func (p queryProtocol) write(w http.ResponseWriter, status int, doc any) error {
	body, err := xml.Marshal(doc)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client has gone; nobody is left to tell
	return nil
}

func (p queryProtocol) internalCode() string { return "InternalFailure" }

// queryCode gives an authentication error the name and status that it has in the Query protocol.
func queryCode(e *Error) (code string, httpStatus int) {
	switch e.Code {
	case "MissingAuthenticationTokenException":
		return "MissingAuthenticationToken", http.StatusForbidden
	case "UnrecognizedClientException":
		return "InvalidClientTokenId", http.StatusForbidden
	case "InvalidSignatureException":
		return "SignatureDoesNotMatch", http.StatusForbidden
	case "IncompleteSignatureException":
		return "IncompleteSignature", http.StatusForbidden
	}
	return e.Code, status(e)
}
