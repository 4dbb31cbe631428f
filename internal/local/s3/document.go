package s3

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"golang.org/x/sync/semaphore"
)

// Bounds on the XML documents that come as a body: a list of keys to delete, the parts of an upload, a bucket's place.
const (
	maxDocument   = 4 << 20  // bytes: 10,000 parts, or 1,000 long keys
	smallDocument = 64 << 10 // bytes of one that waits for nobody
	maxDocuments  = 16 << 20 // bytes of all larger ones in hand at once
	maxDeletes    = 1000     // as in S3
	maxTagBytes   = 512
	maxItems      = 10_000        // parts of an upload, as in S3
	maxTags       = 17 * maxItems // a part has eight elements at the most
	maxDepth      = 8
)

// documents reads documents whole before versitygw sees anything of them.
type documents struct{ room *semaphore.Weighted }

func newDocuments() *documents { return &documents{semaphore.NewWeighted(maxDocuments)} }

// read returns r's body. Release it when it is not needed any more. Errors may be *refusal.
func (d *documents) read(ctx context.Context, r *http.Request, body io.Reader) (_ []byte, release func(), err error) {
	release = func() {}
	if r.ContentLength > smallDocument {
		if err := d.room.Acquire(ctx, r.ContentLength); err != nil {
			return nil, release, err
		}
		release = func() { d.room.Release(r.ContentLength) }
	}
	doc := make([]byte, r.ContentLength)
	if _, err := io.ReadFull(body, doc); err != nil {
		return nil, release, fmt.Errorf("read body: %w", err)
	}
	if err := checkTags(doc); err != nil {
		return nil, release, err
	}
	if r.Method == http.MethodPost && r.URL.Query().Has("delete") {
		err = checkDeletes(doc)
	}
	return doc, release, err
}

func malformed(format string, args ...any) *refusal {
	return &refusal{
		status: http.StatusBadRequest, code: "MalformedXML",
		message: "The XML you provided was not well-formed or did not validate against our published schema: " + fmt.Sprintf(format, args...),
	}
}

// checkTags refuses a document that would grow when it is taken apart. It need not be well-formed: versitygw finds that out.
func checkTags(doc []byte) error {
	depth, items := 0, 0
	for tags := 1; ; tags++ {
		begin := bytes.IndexByte(doc, '<')
		if begin < 0 {
			return nil
		}
		doc = doc[begin+1:]
		end := tagEnd(doc)
		switch {
		case tags > maxTags:
			return malformed("it has more than %d tags.", maxTags)
		case end < 0:
			return malformed("a tag has more than %d bytes.", maxTagBytes)
		case end == 0:
			return malformed("a tag is empty.")
		}
		switch tag := doc[:end]; {
		case tag[0] == '!':
			return malformed("declarations, comments and CDATA are not taken.")
		case tag[0] == '?':
		case tag[0] == '/':
			depth--
		default:
			if depth == 1 {
				items++
			}
			if tag[end-1] != '/' {
				depth++
			}
		}
		switch {
		case depth > maxDepth:
			return malformed("it is nested deeper than %d.", maxDepth)
		case items > maxItems:
			return malformed("it lists more than %d.", maxItems)
		}
		doc = doc[end:]
	}
}

// tagEnd is where the tag ends that doc begins in, without its brackets; -1 if not within maxTagBytes.
func tagEnd(doc []byte) int {
	quote := byte(0)
	for i, c := range doc[:min(len(doc), maxTagBytes)] {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i
		}
	}
	return -1
}

// checkDeletes refuses a list of keys to delete in which one is missing, or which asks for more than is done here.
func checkDeletes(doc []byte) error {
	var list struct {
		XMLName xml.Name `xml:"Delete"`
		Objects []struct {
			Key       *string
			VersionID string `xml:"VersionId"`
		} `xml:"Object"`
	}
	err := xml.Unmarshal(doc, &list)
	var syntax *xml.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return malformed("line %d: %s.", syntax.Line, syntax.Msg)
	case err != nil:
		return malformed("it is no Delete.")
	case len(list.Objects) == 0:
		return malformed("it has no Object.")
	case len(list.Objects) > maxDeletes:
		return malformed("it has %d Objects, at most %d are taken.", len(list.Objects), maxDeletes)
	}
	for _, o := range list.Objects {
		if o.Key == nil || *o.Key == "" {
			return malformed("an Object has no Key.")
		}
		if o.VersionID != "" && !strings.EqualFold(o.VersionID, "null") {
			return &refusal{status: http.StatusNotImplemented, code: "NotImplemented", message: "Versions of objects are not implemented here."}
		}
	}
	return nil
}
