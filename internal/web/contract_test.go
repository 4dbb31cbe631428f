package web

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/schema_validation"
	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"

	"ticklake/internal/insight"
	"ticklake/internal/query"
)

// contract is openapi.yaml, and what was held against it.
type contract struct {
	t       *testing.T
	v       validator.Validator
	model   *v3.Document
	schemas schema_validation.SchemaValidator
	seen    []string // "METHOD PATH STATUS"
}

func newContract(t *testing.T) *contract {
	t.Helper()
	doc, err := libopenapi.NewDocument(document)
	if err != nil {
		t.Fatal(err)
	}
	v, errs := validator.NewValidator(doc)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if ok, wrong := v.ValidateDocument(); !ok {
		for _, e := range wrong {
			t.Errorf("openapi.yaml: %s: %s", e.Message, e.Reason)
			for _, s := range e.SchemaValidationErrors {
				t.Errorf("   %s: %s", s.FieldPath, s.Reason)
			}
		}
	}
	model, err := doc.BuildV3Model()
	if err != nil {
		t.Fatal(err)
	}
	return &contract{t: t, v: v, model: &model.Model, schemas: schema_validation.NewSchemaValidator()}
}

// exchange asks, and holds the answer against the contract.
func (c *contract) exchange(f *fixture, status int, method, path, body string) []byte {
	c.t.Helper()
	resp, text := f.request(method, api+path, body, nil)
	if resp.StatusCode != status {
		c.t.Errorf("%s %s: %s, not %d: %s", method, path, resp.Status, status, text)
		return text
	}
	c.hold(resp, text, path)
	return text
}

func (c *contract) hold(resp *http.Response, text []byte, path string) {
	c.t.Helper()
	resp.Body = io.NopCloser(bytes.NewReader(text))
	ok, wrong := c.v.ValidateHttpResponse(resp.Request, resp)
	if !ok {
		for _, e := range wrong {
			c.t.Errorf("%s %s: %s: %s", resp.Request.Method, path, e.Message, e.Reason)
			for _, s := range e.SchemaValidationErrors {
				c.t.Errorf("   %s: %s", s.FieldPath, s.Reason)
			}
		}
		c.t.Logf("%.2000s", text)
	}
	c.seen = append(c.seen, resp.Request.Method+" "+strings.Split(path, "?")[0]+" "+resp.Status[:3])
}

// failure holds an answer that belongs to no operation.
func (c *contract) failure(body []byte) {
	c.t.Helper()
	c.holdSchema("Failure", body)
}

func (c *contract) holdSchema(name string, body []byte) {
	c.t.Helper()
	proxy, ok := c.model.Components.Schemas.Get(name)
	if !ok {
		c.t.Errorf("the contract has no schema %q", name)
		return
	}
	if ok, wrong := c.schemas.ValidateSchemaBytes(proxy.Schema(), body); !ok {
		for _, w := range wrong {
			for _, s := range w.SchemaValidationErrors {
				c.t.Errorf("%s: %s: %s", name, s.FieldPath, s.Reason)
			}
		}
		c.t.Logf("%.2000s", body)
	}
}

// event holds the data of an event against the schema that the contract names for it.
func (c *contract) event(e event) {
	c.t.Helper()
	stream, _ := c.model.Paths.PathItems.Get("/stream")
	events, _ := stream.Get.Extensions.Get("x-events")
	name := ""
	for i := 0; i+1 < len(events.Content); i += 2 {
		if events.Content[i].Value == e.name {
			name = strings.TrimPrefix(events.Content[i+1].Content[1].Value, "#/components/schemas/")
		}
	}
	if name == "" {
		c.t.Errorf("the contract names no event %q", e.name)
		return
	}
	c.holdSchema(name, e.data)
}

func TestEveryAnswerIsWhatTheContractSays(t *testing.T) {
	c := newContract(t)
	f := serve(t, nil)
	c.exchange(f, 200, "GET", "/about", "")
	c.exchange(f, 200, "GET", "/health", "")
	c.exchange(f, 200, "GET", "/pipeline", "")
	c.exchange(f, 200, "GET", "/symbols", "")

	f.glue.has("2026-11-25")
	f.sql.knows("FROM \"dead_ticks\" GROUP BY", answer(nil, []string{"bad_number", "2", "2026-11-25T10:00:00.5Z"}, []string{"a_new_reason", "1", "NULL"}))
	f.sql.knows("ORDER BY kafka_timestamp", answer(nil,
		[]string{"bad_number", "price: more than nine decimals", "ticks", "1", "42", "2026-11-25T10:00:00Z", "QUFQTA==", "eyI8Yj4iOjF9", `[{"key":"<b>","value":"eA==","value_text":"x"},{"key":"n","value":null}]`},
		[]string{"invalid_utf8", "the value is not UTF-8", "ticks", "0", "7", "NULL", "NULL", "//8=", "[]"},
		[]string{"strange", "NULL", "NULL", "NULL", "x", "yesterday", "!", "!", "{"}))
	f.cut(0, 0, 0, "dt=2026-11-25", 3, 0)
	f.cut(0, 1, 3, "dt=2026-11-25", 2, 3)
	f.ticks("AAPL", `<script>alert("1")</script>`, "AAPL")
	eventually(t, "the cuts are seen", func() bool {
		return strings.Contains(string(f.ask(200, "GET", "/pipeline", "")), `"cut":1`)
	})
	eventually(t, "the dead letters are counted", func() bool {
		return strings.Contains(string(f.ask(200, "GET", "/pipeline", "")), `"records":3,`)
	})
	eventually(t, "the symbols are known", func() bool {
		return strings.Contains(string(f.ask(200, "GET", "/symbols", "")), `\u003cscript`)
	})
	c.exchange(f, 200, "GET", "/health", "")
	c.exchange(f, 200, "GET", "/pipeline", "")
	c.exchange(f, 200, "GET", "/symbols", "")
	c.exchange(f, 200, "GET", "/bars?symbol=AAPL", "")
	c.exchange(f, 200, "GET", "/bars?symbol=AAPL&interval=300&before=1795617000&limit=3", "")
	c.exchange(f, 400, "GET", "/bars?symbol=", "")
	c.exchange(f, 400, "GET", "/bars?symbol=A&interval=61", "")
	c.exchange(f, 400, "GET", "/bars?symbol=A&before=x", "")
	c.exchange(f, 200, "GET", "/dead", "")
	c.exchange(f, 200, "GET", "/dead?reason=bad_number&limit=2", "")
	c.exchange(f, 400, "GET", "/dead?reason=%27", "")
	c.exchange(f, 200, "GET", "/openapi.json", "")
	c.queries(f)
	c.insights(f)
	c.stream(f)
	c.failure(f.ask(405, "PUT", "/about", ""))
	c.failure(f.ask(404, "GET", "/nothing", ""))
	c.everything()
}

func (c *contract) queries(f *fixture) {
	f.sql.knows("SELECT 1", answer([]query.Column{{Name: "n", Type: "bigint"}, {Name: "<b>", Type: "decimal", Precision: 18, Scale: 9}, {Name: "t", Type: "varchar"}},
		[]string{"1", "1.500000000", "<img src=x>"}, []string{"NULL", "NULL", ""}))
	c.exchange(f, 200, "GET", "/queries", "")
	q := into[queryView](c.t, c.exchange(f, 202, "POST", "/queries", `{"sql":"SELECT 1;"}`))
	c.exchange(f, 200, "GET", "/queries/"+q.ID+"?wait=10", "")
	c.exchange(f, 200, "GET", "/queries/"+q.ID+"/rows?from=1&limit=5", "")
	if got, want := string(c.exchange(f, 200, "GET", "/queries/"+q.ID+"/csv", "")), "n,<b>,t\n1,1.500000000,<img src=x>\n,,\"\"\n"; got != want {
		c.t.Errorf("CSV %q, not %q", got, want)
	}
	f.sql.fails(&query.Error{ID: "engine-2", State: "FAILED", Name: "COLUMN_NOT_FOUND", Line: 2, Column: 7, Message: "no", Hint: "yes", Reason: "…"})
	q = into[queryView](c.t, c.exchange(f, 202, "POST", "/queries", `{"sql":"SELECT 2"}`))
	c.exchange(f, 200, "GET", "/queries/"+q.ID+"?wait=10", "")
	c.exchange(f, 409, "GET", "/queries/"+q.ID+"/rows", "")
	c.exchange(f, 409, "GET", "/queries/"+q.ID+"/csv", "")
	c.exchange(f, 200, "DELETE", "/queries/"+q.ID, "")
	f.sql.fails(nil)
	c.exchange(f, 404, "GET", "/queries/q99", "")
	c.exchange(f, 404, "DELETE", "/queries/q99", "")
	c.exchange(f, 404, "GET", "/queries/q99/rows", "")
	c.exchange(f, 404, "GET", "/queries/q99/csv", "")
	c.exchange(f, 400, "POST", "/queries", `{"sql":" ; "}`)
	c.exchange(f, 400, "POST", "/queries", `{"sql":1}`)
	c.exchange(f, 200, "GET", "/queries", "")
}

func (c *contract) insights(f *fixture) {
	c.exchange(f, 200, "GET", "/insights", "")
	for _, i := range insight.All() {
		c.exchange(f, 200, "POST", "/insights/"+i.Name, `{"values":{}}`) // the table is empty: each says what is missing
	}
	c.exchange(f, 404, "POST", "/insights/no_such", `{"values":{}}`)
	c.exchange(f, 400, "POST", "/insights/highest_traded", `{"values":{"limit":"0"}}`)
	c.exchange(f, 400, "POST", "/insights/highest_traded", `{"values":{"nope":"0"}}`)
}

func (c *contract) stream(f *fixture) {
	s := f.stream("/stream?symbol=AAPL&interval=60")
	missing := []string{"hello", "symbols", "bars", "lake", "health", "prices"}
	for len(missing) > 0 {
		f.ticks("AAPL", "MSFT")
		e := s.until("event", func(event) bool { return true })
		c.event(e)
		missing = slices.DeleteFunc(missing, func(name string) bool { return name == e.name })
	}
	c.seen = append(c.seen, "GET /stream 200")
	s.close()
	c.event(event{name: "bye", data: []byte(`{"reason":"stopping"}`)})
}

// everything sees to it that each operation of the contract has answered well.
func (c *contract) everything() {
	for path, item := range c.model.Paths.PathItems.FromOldest() {
		for method, op := range item.GetOperations().FromOldest() {
			good := "200"
			if op.OperationId == "startQuery" {
				good = "202"
			}
			form := strings.NewReplacer("{id}", "q1", "{name}", "highest_traded").Replace(path)
			if want := strings.ToUpper(method) + " " + form + " " + good; !slices.Contains(c.seen, want) &&
				!slices.Contains(c.seen, strings.ReplaceAll(want, "q1", "q2")) {
				c.t.Errorf("not tried: %s", want)
			}
		}
	}
}

func TestTheContractHasEveryPathAndNoOther(t *testing.T) {
	c := newContract(t)
	paths := new(Server).paths()
	for path, item := range c.model.Paths.PathItems.FromOldest() {
		for method := range item.GetOperations().FromOldest() {
			if paths[path][strings.ToUpper(method)] == nil {
				t.Errorf("%s %s is in openapi.yaml and is not served", method, path)
			}
			delete(paths[path], strings.ToUpper(method))
		}
	}
	for path, left := range paths {
		for method := range left {
			t.Errorf("%s %s is served and is not in openapi.yaml", method, path)
		}
	}
}
