package web

import (
	"bufio"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ticklake/internal/query"
)

func (s *Server) listQueries(w http.ResponseWriter, _ *http.Request) error {
	writeJSON(w, http.StatusOK, struct {
		Queries []queryView `json:"queries"`
	}{s.queries.list()})
	return nil
}

func (s *Server) startQuery(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		SQL string `json:"sql"`
	}
	if err := decode(w, r, &body); err != nil {
		return err
	}
	sql := strings.TrimRight(body.SQL, " \t\r\n;") // what stands before it is kept: an error's place is in what was sent
	switch {
	case strings.TrimSpace(sql) == "":
		return fail(http.StatusBadRequest, "there is no statement", "SELECT * FROM "+s.table+" LIMIT 10")
	case len(sql) > maxStatement:
		return fail(http.StatusRequestEntityTooLarge, "the statement has more than "+strconv.Itoa(maxStatement)+" bytes, which Athena does not take", "")
	}
	v, err := s.queries.start(sql)
	if err != nil {
		return err
	}
	w.Header().Set("Location", api+"/queries/"+v.ID)
	writeJSON(w, http.StatusAccepted, v)
	return nil
}

func (s *Server) getQuery(w http.ResponseWriter, r *http.Request) error {
	wait, err := numberIn(r, "wait", 0, 20, 0)
	if err != nil {
		return err
	}
	bodyRead(w)
	var v queryView
	var done chan struct{}
	look := func(st *statement) error {
		v, done = st.view(), st.done
		return nil
	}
	if err := s.queries.see(r.PathValue("id"), look); err != nil {
		return err
	}
	if wait > 0 {
		t := time.NewTimer(time.Duration(wait) * time.Second)
		defer t.Stop()
		select {
		case <-done:
		case <-t.C:
		case <-r.Context().Done():
		case <-s.ctx.Done():
		}
		if err := s.queries.see(r.PathValue("id"), look); err != nil {
			return err
		}
	}
	writeJSON(w, http.StatusOK, v)
	return nil
}

func (s *Server) cancelQuery(w http.ResponseWriter, r *http.Request) error {
	var v queryView
	err := s.queries.see(r.PathValue("id"), func(st *statement) error {
		if st.state == stateRunning {
			st.state = stateStopping
			st.cancel()
		}
		v = st.view()
		return nil
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, v)
	return nil
}

// succeeded is a statement that has, or why there are no rows. What has succeeded does not change any more.
func (s *Server) succeeded(id string) (found *statement, err error) {
	err = s.queries.see(id, func(st *statement) error {
		if st.state != stateSucceeded {
			return fail(http.StatusConflict, "the statement is "+st.state+", and has no rows", "")
		}
		found = st
		return nil
	})
	return found, err
}

func (s *Server) getRows(w http.ResponseWriter, r *http.Request) error {
	from, err := numberIn(r, "from", 0, 1_000_000, 0)
	if err != nil {
		return err
	}
	limit, err := numberIn(r, "limit", 1, 1000, 1000)
	if err != nil {
		return err
	}
	st, err := s.succeeded(r.PathValue("id"))
	if err != nil {
		return err
	}
	rows := st.rows[min(int(from), len(st.rows)):]
	rows = rows[:min(int(limit), len(rows))]
	writeJSON(w, http.StatusOK, struct {
		From int         `json:"from"`
		Rows []query.Row `json:"rows"`
		Held int         `json:"held"`
		More bool        `json:"more"`
	}{int(from), listOf(rows), len(st.rows), st.more})
	return nil
}

// listOf is a list that is there, be it empty.
func listOf[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// getCSV reads the rows anew and passes them on as they come.
func (s *Server) getCSV(w http.ResponseWriter, r *http.Request) error {
	st, err := s.succeeded(r.PathValue("id"))
	if err != nil {
		return err
	}
	bodyRead(w)
	leave, err := s.place(r.Context())
	if err != nil {
		return err
	}
	defer leave()
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8; header=present")
	h.Set("Content-Disposition", `attachment; filename="ticklake-`+st.id+`.csv"`)
	h.Set("Cache-Control", "no-store")
	if r.Method == http.MethodHead {
		return nil
	}
	out := newCSV(w)
	head := make(query.Row, len(st.columns))
	for i := range st.columns {
		head[i] = &st.columns[i].Name
	}
	err = out.row(head)
	for row, rowErr := range st.result.Rows(r.Context()) {
		if err == nil {
			err = rowErr
		}
		if err == nil {
			err = out.row(row)
		}
		if err != nil {
			break
		}
	}
	if err == nil {
		err = out.flush()
	}
	if err != nil {
		s.config.Log.Info("a CSV has been broken off", "statement", st.id, "error", err)
		// Without its last chunk the answer is known to be broken off, where it would else look whole.
		_ = out.control.SetWriteDeadline(time.Unix(1, 0))
	}
	return nil
}

// csvWriter writes CSV by RFC 4180, its lines ended by a line feed: NULL is an empty field, an empty text is "".
type csvWriter struct {
	out     *bufio.Writer
	control *http.ResponseController
}

// csvPiece is how much is written at a time.
const csvPiece = 64 << 10

func newCSV(w http.ResponseWriter) *csvWriter {
	control := http.NewResponseController(w)
	return &csvWriter{bufio.NewWriterSize(deadlined{w, control}, csvPiece), control}
}

// deadlined gives each write its own time.
type deadlined struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

// Write implements io.Writer.
func (d deadlined) Write(p []byte) (int, error) {
	_ = d.control.SetWriteDeadline(time.Now().Add(frameWithin))
	return d.w.Write(p)
}

func (c *csvWriter) row(row query.Row) error {
	for i, v := range row {
		if i > 0 {
			_ = c.out.WriteByte(',') // an error stays and comes with the last write
		}
		switch {
		case v == nil:
		case *v != "" && !strings.ContainsAny(*v, ",\"\r\n") && (*v)[0] != ' ' && (*v)[0] != '\t':
			_, _ = c.out.WriteString(*v)
		default:
			_, _ = c.out.WriteString(`"` + strings.ReplaceAll(*v, `"`, `""`) + `"`)
		}
	}
	return c.out.WriteByte('\n')
}

func (c *csvWriter) flush() error { return c.out.Flush() }
