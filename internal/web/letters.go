package web

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"

	"ticklake/internal/lake"
	"ticklake/internal/query"
	"ticklake/internal/tick"
	"ticklake/internal/web/bars"
	"ticklake/internal/web/watch"
)

// letters counts the dead letters: once, and anew when a cut has brought others.
type letters struct {
	mu      sync.Mutex
	known   deadSummary
	of      string // what the lake had when they were counted
	running bool
	next    time.Time // not to be counted before
}

type deadSummary struct {
	Records *int64       `json:"records"`
	Time    *time.Time   `json:"time"`
	Missing *string      `json:"missing"`
	Reasons []deadReason `json:"reasons"`
}

type deadReason struct {
	Reason  string     `json:"reason"`
	Meaning string     `json:"meaning"`
	Records int64      `json:"records"`
	Newest  *time.Time `json:"newest"`
}

// meanings say in words what is wrong with a record.
var meanings = map[tick.Reason]string{
	tick.EmptyValue: "It has no value", tick.InvalidUTF8: "Not UTF-8", tick.InvalidJSON: "Not JSON", tick.DuplicateKey: "A name twice in an object",
	tick.TooDeep: "Nested too deeply", tick.MissingField: "Timestamp, symbol or price is missing", tick.BadTimestamp: "No valid timestamp",
	tick.BadSymbol: "No valid symbol", tick.BadNumber: "A price or a number that cannot be kept", tick.BadCode: "No valid venue or currency",
	lake.UnreadableRow: "A row that its feed could not read", lake.TooFarAhead: "A time too far ahead", lake.BadKafkaTimestamp: "Produced at an impossible time",
}

func meaning(reason string) string {
	if m, ok := meanings[tick.Reason(reason)]; ok {
		return m
	}
	return reason
}

// Bounds of counting and telling.
const (
	maxReasons  = 100
	lettersWait = 5 * time.Second
	maxValue    = 64 << 10 // bytes of a value that are told
)

// deadOf names what the lake has of dead letters: it changes when there are others. none says that there are none.
func deadOf(f *watch.Facts) (of string, none bool) {
	newest := int64(-1)
	total := int64(0)
	for id, cuts := range f.Cuts {
		for _, c := range cuts {
			if c.Complete && c.Ticks() < c.Records {
				newest = max(newest, c.Cut.Cut<<17|int64(id))
				total += c.Cut.Cut
			}
		}
	}
	files := int64(-1)
	for _, z := range f.Zones {
		if z.Zone == string(lake.Dead) {
			files = z.Files
		}
	}
	return fmt.Sprint(newest, total), files == 0 && newest < 0
}

// summary is what is known, and has it counted where that is not the newest.
func (s *Server) summary(f *watch.Facts) deadSummary {
	l := &s.letters
	of, none := deadOf(f)
	l.mu.Lock()
	defer l.mu.Unlock()
	if none {
		n := int64(0)
		return deadSummary{Records: &n, Time: instant(f.Now), Reasons: []deadReason{}}
	}
	stale := l.known.Time == nil || l.of != of
	if stale && !l.running && s.config.SQL != nil && s.ctx.Err() == nil && time.Now().After(l.next) {
		l.running = true
		s.work.Go(func() { s.countLetters(of) })
	}
	known := l.known
	if known.Reasons == nil {
		known.Reasons = []deadReason{}
	}
	if known.Time == nil && known.Missing == nil {
		words := "they are being counted"
		if s.config.SQL == nil {
			words = errNoSQL.Error()
		}
		known.Missing = &words
	}
	return known
}

func (s *Server) countLetters(of string) {
	ctx, cancel := context.WithTimeout(s.ctx, time.Minute)
	defer cancel()
	leave, err := s.place(ctx)
	counted := deadSummary{Time: instant(time.Now()), Reasons: []deadReason{}}
	if err == nil {
		err = s.countReasons(ctx, &counted)
		leave()
	}
	l := &s.letters
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running, l.next = false, time.Now().Add(lettersWait)
	if err != nil {
		words := explain(err).message
		l.known.Missing = &words
		return
	}
	l.known, l.of = counted, of
}

func (s *Server) countReasons(ctx context.Context, into *deadSummary) error {
	total := int64(0)
	sql := fmt.Sprintf("SELECT reason, count(*) AS records, max(kafka_timestamp) AS newest FROM %q GROUP BY reason ORDER BY records DESC LIMIT %d",
		lake.Dead.Table(s.config.Topic), maxReasons)
	r, err := s.config.SQL.Run(ctx, sql)
	if err != nil {
		return err
	}
	for row, err := range r.Rows(ctx) {
		if err != nil {
			return err
		}
		n, err := strconv.ParseInt(cell(row, 1), 10, 64)
		if err != nil {
			return fmt.Errorf("count dead letters: %w", err)
		}
		reason := cell(row, 0)
		into.Reasons = append(into.Reasons, deadReason{reason, meaning(reason), n, maybeTime(cell(row, 2))})
		total += n
	}
	into.Records = &total
	return nil
}

// cell is a cell's text; that of NULL is empty.
func cell(row query.Row, i int) string {
	if i >= len(row) || row[i] == nil {
		return ""
	}
	return *row[i]
}

func maybeTime(text string) *time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return nil
	}
	return instant(t)
}

type deadLetter struct {
	Reason     string       `json:"reason"`
	Detail     string       `json:"detail"`
	Topic      string       `json:"topic"`
	Partition  int64        `json:"partition"`
	Offset     int64        `json:"offset"`
	Time       *time.Time   `json:"time"`
	Key        *string      `json:"key"`
	KeyText    *string      `json:"key_text"`
	Value      *string      `json:"value"`
	ValueText  *string      `json:"value_text"`
	ValueBytes *int         `json:"value_bytes"`
	Shortened  bool         `json:"shortened"`
	Headers    []deadHeader `json:"headers"`
}

type deadHeader struct {
	Key       string  `json:"key"`
	Value     *string `json:"value"`
	ValueText *string `json:"value_text"`
}

var reasonForm = regexp.MustCompile(`^[a-z_0-9]{1,64}$`)

func (s *Server) getDead(w http.ResponseWriter, r *http.Request) error {
	limit, err := numberIn(r, "limit", 1, 200, 20)
	if err != nil {
		return err
	}
	reason, where := r.URL.Query().Get("reason"), ""
	if reason != "" {
		if !reasonForm.MatchString(reason) {
			f := fail(http.StatusBadRequest, "reason is a word of a-z, 0-9 and _", "")
			f.parameter = "reason"
			return f
		}
		where = " WHERE reason = " + bars.Literal(reason)
	}
	if s.config.SQL == nil {
		return errNoSQL
	}
	bodyRead(w)
	leave, err := s.place(r.Context())
	if err != nil {
		return err
	}
	defer leave()
	sql := fmt.Sprintf("SELECT reason, detail, topic, kafka_partition, kafka_offset, kafka_timestamp, key, value, headers\nFROM %q%s\nORDER BY kafka_timestamp DESC, kafka_offset DESC\nLIMIT %d",
		lake.Dead.Table(s.config.Topic), where, limit)
	result, err := s.config.SQL.Run(r.Context(), sql)
	if err != nil {
		return err
	}
	found := []deadLetter{}
	for row, err := range result.Rows(r.Context()) {
		if err != nil {
			return err
		}
		found = append(found, letterOf(row))
	}
	writeJSON(w, http.StatusOK, struct {
		Time    time.Time    `json:"time"`
		SQL     string       `json:"sql"`
		Letters []deadLetter `json:"letters"`
	}{time.Now().UTC(), sql, found})
	return nil
}

// letterOf reads a row. What somebody else has written into the folder is taken as far as it can be.
func letterOf(row query.Row) deadLetter {
	d := deadLetter{
		Reason: cell(row, 0), Detail: cell(row, 1), Topic: cell(row, 2), Time: maybeTime(cell(row, 5)), Headers: []deadHeader{},
	}
	d.Partition, _ = strconv.ParseInt(cell(row, 3), 10, 64)
	d.Offset, _ = strconv.ParseInt(cell(row, 4), 10, 64)
	if len(row) > 6 && row[6] != nil {
		key, _, _, text := bytesOf(*row[6])
		d.Key, d.KeyText = &key, text
	}
	if len(row) > 7 && row[7] != nil {
		value, n, short, text := bytesOf(*row[7])
		d.Value, d.ValueBytes, d.Shortened, d.ValueText = &value, &n, short, text
	}
	var headers []deadHeader
	if json.Unmarshal([]byte(cell(row, 8)), &headers) == nil && headers != nil {
		d.Headers = headers[:min(len(headers), 100)]
	}
	return d
}

// bytesOf decodes base64: at most so much of it as is told, how many bytes there are, and the text where it is one.
func bytesOf(text string) (encoded string, n int, short bool, plain *string) {
	body, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return "", 0, false, nil
	}
	n = len(body)
	valid := utf8.Valid(body)
	if n > maxValue {
		body, short = body[:maxValue], true
		for range utf8.UTFMax { // no half of a character
			if !valid || utf8.Valid(body) {
				break
			}
			body = body[:len(body)-1]
		}
	}
	if valid {
		words := string(body)
		plain = &words
	}
	return base64.StdEncoding.EncodeToString(body), n, short, plain
}
