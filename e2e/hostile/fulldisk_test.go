package hostile

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ticklake/e2e/program"
)

// TestAFullDiskStopsNothingForGood fills the disk under a running `up`, twice. It says so, loses nothing, and goes on by
// itself when there is room again; killed and started on the full disk, too.
func TestAFullDiskStopsNothingForGood(t *testing.T) {
	p := program.New(t)
	d := newDisk(t, p, 250)
	flags := []string{"--data", "disk/market", "--max-age", "1s"}
	s := p.Up(append(flags, "--symbols", "5", "--days", "1", "--day-ticks", "2000", "--rate", "3000")...)
	v := &target{t: t, place: p, server: s}
	program.Eventually(t, "live ticks are in the lake", func() bool { return v.stored() > 15_000 })
	v.ports = map[string]string{"s3": strings.TrimPrefix(s.Ready.S3, "http://"), "glue": strings.TrimPrefix(s.Ready.Glue, "http://")}
	feed := v.feed()

	d.fill()
	program.Eventually(t, "it says that the disk is full", func() bool { return tellsOfFullDisk(s.Log.String()) })
	for _, tt := range []struct {
		name string
		request
		status int
		want   string
	}{
		{"an object", request{part: "s3", method: http.MethodPut, path: "/ticklake/new", body: strings.Repeat("x", 100_000)}, http.StatusInsufficientStorage, "InsufficientStorage"},
		{"an object in a new folder", request{part: "s3", method: http.MethodPut, path: "/ticklake/new/a/b/c", body: strings.Repeat("x", 100_000)}, http.StatusInsufficientStorage, "InsufficientStorage"},
		{"what is not there", request{part: "s3", method: http.MethodHead, path: "/ticklake/new"}, http.StatusNotFound, ""},
		{"a database", request{part: "glue", method: http.MethodPost, path: "/", target: "AWSGlue.CreateDatabase", body: `{"DatabaseInput":{"Name":"new","Description":"` + strings.Repeat("x", 200_000) + `"}}`}, http.StatusInternalServerError, "the disk of ticklake is full"},
		{"what stands in the catalog", request{part: "glue", method: http.MethodPost, path: "/", target: "AWSGlue.GetTable", body: `{"DatabaseName":"market","Name":"ticks"}`}, http.StatusOK, `"ticks"`},
	} {
		status, answer := v.answer(tt.request)
		v.discreet(tt.name, answer)
		if status != tt.status || !strings.Contains(answer, tt.want) {
			t.Errorf("%s: %d %s", tt.name, status, answer)
		}
	}
	if r := p.Run("query", "--data", "disk/market", "SELECT count(*) FROM ticks"); r.Code != 0 && !strings.Contains(r.Err, "full") {
		t.Errorf("a query on a full disk: exit code %d\n%s", r.Code, r.Err)
	}
	had := v.stored()
	d.free()
	program.Eventually(t, "it goes on by itself", func() bool { return v.stored() > had+6000 })
	if n := strings.Count(s.Log.String(), "\n"); n > 100 {
		t.Errorf("the full disk filled the log with %d lines:\n%.6000s", n, s.Log)
	}

	logged := len(s.Log.String()) // it may say so while the disk is still being filled
	d.fill()
	program.Eventually(t, "it says so again", func() bool { return tellsOfFullDisk(s.Log.String()[logged:]) })
	s.Kill()
	// On the full disk it starts and waits, or says why it cannot.
	again := p.Start(flags...)
	program.Eventually(t, "it waits, or says what is wrong", func() bool {
		select {
		case <-again.Done:
			return true
		default:
			return tellsOfFullDisk(again.Log.String())
		}
	})
	if text := again.Log.String(); strings.Contains(text, "goroutine ") || !tellsOfFullDisk(text) {
		t.Errorf("started on a full disk it says:\n%s", text)
	}
	again.Kill()

	d.free()
	s = p.Up(flags...)
	v.server = s
	if now := v.feed(); now != feed {
		t.Errorf("it goes on with another market: %q, not %q", now, feed)
	}
	program.Eventually(t, "live ticks are in the lake again", func() bool { return v.stored() > 6000 })
	s.Stop()
	program.Contains(t, p.OK("verify", "--data", "disk/market", "--sequences"), "sequences of 5 symbols: 0 missing, 0 twice", "ticks is whole")

	// What is in the lake is what the simulator writes to a file: each tick once, to the last digit.
	seen := program.Place{T: t, Dir: d.outside(p.Dir)}
	rows := seen.RawRows("disk/market", "ticks")
	var ticks []string
	for _, row := range rows {
		ticks = append(ticks, strings.Join(strings.SplitN(row, ",", 8)[:7], ","))
	}
	slices.Sort(ticks)
	out := p.OK("simulate", "--out", "-", "--feed", feed, "--count", strconv.Itoa(len(rows)+1_000_000))
	lines := strings.Split(out, "\n")
	slices.Sort(lines)
	for _, tick := range ticks {
		if _, found := slices.BinarySearch(lines, tick); !found {
			t.Fatalf("not a tick of the market: %s", tick)
		}
	}
	if n := len(ticks); n < 20_000 || len(slices.Compact(ticks)) != n {
		t.Errorf("%d ticks in the lake, some of them twice", n)
	}
}

// tellsOfFullDisk says whether a text does, in whoever's words: Kafka's, S3's or the system's.
func tellsOfFullDisk(text string) bool {
	return strings.Contains(text, "full") || strings.Contains(strings.ToLower(text), "no space left")
}

// stored is how many ticks the sink has stored since the program was started.
func (v *target) stored() int64 { return v.status().Sink.Ticks }

func (v *target) feed() string { return v.status().Feed.Feed }

type statusOf struct {
	Feed struct{ Feed string }
	Sink struct{ Ticks int64 }
}

func (v *target) status() (s statusOf) {
	v.t.Helper()
	if err := json.Unmarshal([]byte(v.get("/status")), &s); err != nil {
		v.t.Fatal(err)
	}
	return s
}
