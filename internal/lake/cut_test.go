package lake

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ticklake/internal/tick"
)

func TestNamesOfCuts(t *testing.T) {
	for _, tt := range []struct {
		cut  int64
		want string
	}{
		{0, "_ticklake/cuts/ticks/00003/0000000/000.json"},
		{42, "_ticklake/cuts/ticks/00003/0000000/042.json"},
		{1_234_567, "_ticklake/cuts/ticks/00003/0001234/567.json"},
		{MaxCut, "_ticklake/cuts/ticks/00003/9999999/999.json"},
	} {
		got := CutKey("ticks", 3, tt.cut)
		if got != tt.want {
			t.Errorf("CutKey(%d) = %s, want %s", tt.cut, got, tt.want)
		}
		rest := strings.TrimPrefix(got, ChainPrefix("ticks", 3))
		folder, name, _ := strings.Cut(rest, "/")
		first, ok1 := ParseCutFolder(folder)
		n, ok2 := ParseCutName(name)
		if !ok1 || !ok2 || first+n != tt.cut {
			t.Errorf("%s reads back as %d + %d", got, first, n)
		}
	}
	for _, name := range []string{"", "42.json", "0042.json", "-42.json", "042", "042.json.tmp", "04x.json"} {
		if n, ok := ParseCutName(name); ok {
			t.Errorf("ParseCutName(%q) = %d", name, n)
		}
	}
}

func TestCutsThatAreNotToBeTrusted(t *testing.T) {
	const good = `{"cut":1,"kind":"data","layout":1,"cluster":"c","topic":"ticks","topic_id":"t","partition":3,"from":5,"to":8,"epoch":0,"records":3,
		"files":[{"key":"raw/ticks/dt=2024-05-17/ticks-00003-0000000001.csv.gz","rows":2,"crc32c":"0000002a"},
		{"key":"dead/ticks/dt=2024-05-17/ticks-00003-0000000001.jsonl.gz","rows":1,"crc32c":"0000002b"},
		{"key":"curated/ticks/dt=2024-05-17/ticks-00003-0000000001.parquet","rows":2,"crc32c":"0000002a"}],
		"by":"me","at":"2024-05-17T14:30:00Z"}`
	if _, err := ParseCut([]byte(good), "ticks", 3, 1); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, old, new, want string }{
		{"another number", `"cut":1`, `"cut":2`, "not one of this cut"},
		{"another partition", `"partition":3`, `"partition":4`, "not one of this cut"},
		{"a kind of the future", `"data"`, `"merge"`, `kind "merge" is not known`},
		{"a member of the future", `"by"`, `"shard":1,"by"`, "shard"},
		{"a member twice", `"by"`, `"cut":1,"by"`, "duplicate"},
		{"offsets out of order", `"from":5`, `"from":9`, "out of order"},
		{"more records than offsets", `"to":8`, `"to":7`, "3 records in offsets"},
		{"a row too few", `"records":3`, `"records":2`, "3 rows in the files"},
		{"a file of another place", `raw/ticks/dt=2024-05-17`, `raw/other/dt=2024-05-17`, "not one of this cut"},
		{"a path", `raw/ticks/dt=2024-05-17`, `raw/ticks/../../dt=2024-05-17`, "not one of this cut"},
		{"a folder that is none", `raw/ticks/dt=2024-05-17`, `raw/ticks/dt=x`, "not one of this cut"},
		{"curated rows that differ", `"rows":2,"crc32c":"0000002a"},` + "\n", `"rows":2,"crc32c":"0000002f"},` + "\n", "not the rows of its raw file"},
		{"a checksum that is none", `0000002b`, `2b`, "eight hexadecimal digits"},
		{"cut off", `"by":"me"`, ``, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := strings.Replace(good, tt.old, tt.new, 1)
			if body == good {
				t.Fatal("nothing was replaced")
			}
			_, err := ParseCut([]byte(body), "ticks", 3, 1)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q in it", err, tt.want)
			}
		})
	}
}

func TestChainHasNoGap(t *testing.T) {
	first := &Cut{Cut: 0, From: 5, To: 8, Layout: 2, Cluster: "c", TopicID: "t"}
	next := func(change func(*Cut)) *Cut {
		c := &Cut{Cut: 1, From: 8, To: 9, Layout: 2, Cluster: "c", TopicID: "t"}
		change(c)
		return c
	}
	if err := first.Follows(nil); err != nil {
		t.Error(err)
	}
	if err := next(func(*Cut) {}).Follows(first); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*Cut){
		"number": func(c *Cut) { c.Cut = 2 }, "gap": func(c *Cut) { c.From = 9 }, "overlap": func(c *Cut) { c.From = 7 },
		"older layout": func(c *Cut) { c.Layout = 1 }, "cluster": func(c *Cut) { c.Cluster = "d" }, "topic id": func(c *Cut) { c.TopicID = "u" },
	} {
		if next(change).Follows(first) == nil {
			t.Errorf("%s: passed", name)
		}
	}
	if next(func(*Cut) {}).Follows(nil) == nil {
		t.Error("a chain that begins with cut 1 passed")
	}
}

func TestLayoutIsFollowedToTheLetterOrRefused(t *testing.T) {
	layout := NewLayout("ticks", Month)
	body, err := layout.Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseLayout(body)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(layout, again); diff != "" {
		t.Error(diff)
	}
	for _, tt := range []struct{ name, old, new string }{
		{"rules of the future", `"rules": 1`, `"rules": 2`},
		{"another width", `"month"`, `"week"`},
		{"another codec", `"zstd"`, `"lzo"`},
		{"another column", `"kafka_offset"`, `"offset"`},
		{"a member of the future", `"rules"`, `"zone": "x", "rules"`},
		{"no room", `"max_cut_folders": 64`, `"max_cut_folders": 0`},
		{"a topic that cannot be", `"topic": "ticks"`, `"topic": "_ticks"`},
	} {
		changed := strings.Replace(string(body), tt.old, tt.new, 1)
		if changed == string(body) {
			t.Fatalf("%s: nothing was replaced", tt.name)
		}
		if _, err := ParseLayout([]byte(changed)); err == nil {
			t.Errorf("%s: passed", tt.name)
		}
	}
}

func TestFolders(t *testing.T) {
	at := func(s string) time.Time {
		parsed, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	for _, tt := range []struct {
		width    Granularity
		in, want string
	}{
		{Year, "1987-01-02T00:00:00Z", "dt=1987"},
		{Month, "2024-05-17T14:30:00Z", "dt=2024-05"},
		{Day, "2024-05-17T23:59:59Z", "dt=2024-05-17"},
		{Hour, "2024-05-17T14:30:00Z", "dt=2024-05-17-14"},
	} {
		got := tt.width.Folder(tick.FromTime(at(tt.in)))
		if got != tt.want {
			t.Errorf("%s folder of %s = %s, want %s", tt.width, tt.in, got, tt.want)
		}
		if dt, ok := FolderValue(got); !ok || "dt="+dt != got {
			t.Errorf("FolderValue(%q) = %q, %v", got, dt, ok)
		}
	}
	for _, name := range []string{"", "dt=", "dt=24", "dt=2024-13", "dt=2024-05-17-25", "day=2024-05-17", "dt=2024-05-17/", "dt=2024-5"} {
		if _, ok := FolderValue(name); ok {
			t.Errorf("FolderValue(%q) is ok", name)
		}
	}
}

func TestGranularityFollowsDensity(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   Density
		want Granularity
	}{
		{"thirteen indices over 56 years, daily", Density{104_224, 14_000, 672, 57}, Year},
		{"one day of ticks", Density{250_601, 1, 1, 1}, Day},
		{"a thousand rows a month", Density{12_000, 365, 12, 1}, Month},
		{"hardly anything", Density{500, 500, 24, 2}, Year},
		{"nothing", Density{}, Year},
	} {
		if got := tt.in.Granularity(); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
