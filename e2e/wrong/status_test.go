package wrong

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"ticklake/e2e/program"
)

var statusAt = regexp.MustCompile(`Status +http://(\S+)/status`)

// TestStatusOfPartsThatRunAlone asks a sink and a feed that have no data directory.
func TestStatusOfPartsThatRunAlone(t *testing.T) {
	t.Parallel()
	a := startApart(t)
	launch := func(args ...string) (address string) {
		s := a.p.Launch(append(args, "--kafka", a.kafka.Ready.Kafka, "--operations", "127.0.0.1:0")...)
		program.Eventually(t, args[0]+" says where its status is", func() bool {
			if m := statusAt.FindStringSubmatch(s.Log.String()); m != nil {
				address = m[1]
			}
			return address != ""
		})
		return address
	}
	feed := launch("produce", "--symbols", "4", "--days", "0", "--rate", "200")
	program.Eventually(t, "the feed sends", func() bool {
		return strings.Contains(a.p.OK("status", "--status-of", feed), "feed   sending")
	})
	sink := launch("sink", "--max-age", "500ms")
	program.Eventually(t, "the sink owns the topic's partitions", func() bool {
		return strings.Contains(a.p.OK("status", "--status-of", sink), "ticks/1")
	})

	one := a.p.OK("status", "--status-of", "http://"+sink+"/status")
	program.Contains(t, one, "sink   running", "ticks/0")
	if strings.Contains(one, sink) || strings.Contains(one, "feed") {
		t.Errorf("of one part it says\n%s", one)
	}
	both := a.p.OK("status", "--status-of", sink+","+feed)
	if !regexp.MustCompile(`(?s)^http://` + sink + `\nsink .*\n\nhttp://` + feed + `\nfeed `).MatchString(both) {
		t.Errorf("of two parts it says\n%s", both)
	}

	program.Eventually(t, "the sink says as JSON that it cuts", func() bool {
		var st status
		if err := json.Unmarshal([]byte(a.p.OK("status", "--status-of", sink, "--output", "json")), &st); err != nil {
			t.Fatal(err)
		}
		return st.Sink.Cuts > 0
	})
	gone := freeAddress(t)
	r := a.p.Run("status", "--status-of", sink, "--status-of", gone, "--status-of", feed, "--output", "json")
	var list []*status
	if err := json.Unmarshal([]byte(r.Out), &list); err != nil || len(list) != 3 || list[0] == nil || list[1] != nil || list[2] == nil || list[2].Feed.Feed == "" {
		t.Errorf("%v\n%s", err, r.Out)
	}
	if r.Code != 1 {
		t.Errorf("one that does not answer: exit code %d", r.Code)
	}
	program.Contains(t, r.Err, "the part at http://"+gone+" does not answer: connection refused", "hint: ")
	r = a.p.Run("status", "--status-of", strings.TrimPrefix(a.lake.Ready.Glue, "http://"))
	if r.Code != 1 || r.Out != "" {
		t.Errorf("a port of something else: exit code %d\n%s", r.Code, r.Out)
	}
	program.Contains(t, r.Err, a.lake.Ready.Glue+"/status")
}
