package wrong

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ticklake/e2e/program"
)

// TestDatasetsThatCannotBeFed has files that are none, that are of something else, and one that changes under the feed.
func TestDatasetsThatCannotBeFed(t *testing.T) {
	t.Parallel()
	p := program.New(t)
	const header = "Timestamp,Stock Symbol,Price,Volume,Open Price,High Price,Low Price\n"
	makeFolder(t, p, "folder", nil)
	p.Write("empty.csv", "")
	p.Write("header.csv", header)
	p.Write("unknown.csv", "when,what,how much\n2024-01-02,A,1\n")
	p.Write("binary.csv", "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x00>\x00\x01\x00\x00\x00\n\x00\x00")
	p.Write("no.csv.gz", "this is not gzip")
	p.Write("bad.csv", header+"2024-01-02T10:00:00Z,A,1.5,100,1,2,1\n2024-01-02T10:00:01Z,A,cheap,100,1,2,1\n")
	p.Write("forbidden.csv", header)
	mode(t, filepath.Join(p.Dir, "forbidden.csv"), 0)
	up := func(name, file string, says ...string) situation {
		return situation{name: name, args: []string{"up", "--any-ports", "--once", "--dataset", file}, code: 1, says: append(says, "hint: ")}
	}
	forbiddenOne := up("one that may not be read", "forbidden.csv", "forbidden.csv", "permission denied")
	forbiddenOne.via = asNobodySpecial(t)
	strict := up("one with a bad row, strictly", "bad.csv", "bad.csv:3", "column 3 (Price)", "nothing from this row on was sent", "without --strict")
	strict.args, strict.code = append(strict.args, "--strict"), 3
	tryAll(t, p, []situation{
		up("one that is not there", "nosuch.csv", "nosuch.csv", "no such file"),
		{name: "a pattern that matches none", args: []string{"up", "--once", "--dataset", "nosuch*.csv"}, code: 2, says: []string{`"nosuch*.csv": no file matches`, "hint: "}},
		up("a folder", "folder", "folder"),
		up("an empty one", "empty.csv", "empty.csv", "empty"),
		up("one of an unknown header", "unknown.csv", "unknown.csv:1", `"when", "what", "how much"`, "--map"),
		up("a binary one", "binary.csv", "binary.csv"),
		up("one that is not gzip", "no.csv.gz", "no.csv.gz", "gzip"),
		forbiddenOne,
		strict,
	})
	if dirs, err := os.ReadDir(filepath.Join(p.Dir, "data")); err == nil {
		for _, d := range dirs {
			if d.Name() != "bad" {
				t.Errorf("data/%s was made for a file that cannot be fed", d.Name())
			}
		}
	}

	kafka := p.Up("--parts", "kafka", "--data", "data/kafka")
	p.OK("simulate", "--out", "changing.csv", "--symbols", "3", "--days", "1", "--day-ticks", "30000", "--count", "30000")
	feed := p.Launch("produce", "--dataset", "changing.csv", "--rate", "3000")
	program.Eventually(t, "it sends", func() bool { return strings.Contains(feed.Log.String(), "Status ") })
	name := filepath.Join(p.Dir, "changing.csv")
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	<-feed.Done
	if code := feed.Cmd.ProcessState.ExitCode(); code != 1 {
		t.Errorf("a file that has changed while it was sent: exit code %d\n%s", code, feed.Log)
	}
	said := messages(feed.Log.String())
	program.Contains(t, said, "changed while", "hint: ")
	plainWords(t, said)
	kafka.Stop()
}

// TestResultsThatCannotBeWritten has a query whose results' folder takes no files.
func TestResultsThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	p := program.New(t)
	p.Via = asNobodySpecial(t)
	p.Up(smallMarket...)
	p.OK("query", "SELECT count(*) FROM ticks")
	mode(t, filepath.Join(p.Dir, "data/market/s3/buckets/ticklake/results"), 0o500)
	tryAll(t, p, []situation{
		{name: "a query", args: []string{"query", "SELECT count(*) FROM ticks"}, code: 1, says: []string{"the query result could not be written"}},
	})
}
