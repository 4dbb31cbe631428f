package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"ticklake/e2e/program"
)

// endless takes longer than any test.
const endless = "SELECT count(*) FROM ticks a, ticks b, ticks c, ticks d WHERE a.price * b.price + c.price * d.price > 0"

func TestTheCommandLineOnATerminal(t *testing.T) {
	p := program.New(t)
	file, _ := brief(3000)
	p.Write("prices.csv", file)
	s := p.Up("--dataset", "prices.csv", "--max-idle", "200ms")
	program.Eventually(t, "every row can be queried", func() bool {
		return p.Run("query", "-o", "csv", "SELECT count(*) AS n FROM ticks").Out == "n\n3000\n"
	})

	t.Run("it shows the first thousand rows and says that there are more", func(t *testing.T) {
		text := onTerminal(t, p, 200, nil, "query", "--no-pager", "SELECT 'row' AS r FROM ticks")
		if n := strings.Count(text, "row\n"); n != 1000 {
			t.Errorf("%d rows", n)
		}
		program.Contains(t, text, "… there are more rows: --rows 0 prints all of them", "the first 1,000 rows, ", " read, list price on AWS $0.000050")
		if n := strings.Count(onTerminal(t, p, 200, nil, "query", "--no-pager", "--rows", "7", "SELECT 'row' AS r FROM ticks"), "row\n"); n != 7 {
			t.Errorf("--rows 7 shows %d", n)
		}
	})
	t.Run("elsewhere it prints everything", func(t *testing.T) {
		if n := strings.Count(p.OK("query", "SELECT 'row' AS r FROM ticks"), "row\n"); n != 3000 {
			t.Errorf("%d rows", n)
		}
	})
	t.Run("texts are shortened to its width, numbers never", func(t *testing.T) {
		const sql = "SELECT 'short' AS a, rpad('long', 90, 'g') AS b, 123456789012345678 AS n, rpad('wide', 50, '界') AS c"
		text := onTerminal(t, p, 60, nil, "query", sql)
		program.Contains(t, text, "short", "longg", "gg…", "123456789012345678", "界…", "texts cut to fit (--wide)")
		program.Contains(t, onTerminal(t, p, 60, nil, "query", "--wide", sql), strings.Repeat("g", 86), strings.Repeat("界", 46))
		program.Contains(t, p.OK("query", sql), strings.Repeat("g", 86))
	})
	t.Run("NULL stands out, unless NO_COLOR is set", func(t *testing.T) {
		const sql = "SELECT 'NULL' AS a, CAST(NULL AS varchar) AS b"
		program.Contains(t, onTerminal(t, p, 80, nil, "query", sql), "NULL  \x1b[2mNULL\x1b[0m")
		if text := onTerminal(t, p, 80, []string{"NO_COLOR=1"}, "query", sql); strings.Contains(text, "\x1b") {
			t.Errorf("coloured: %q", text)
		}
		if r := p.Run("query", sql); strings.Contains(r.Out+r.Err, "\x1b") {
			t.Errorf("coloured where there is no terminal: %q", r.Out)
		}
	})
	t.Run("a pager has what is longer than the terminal", func(t *testing.T) {
		paged := filepath.Join(p.Dir, "paged.txt")
		pager := []string{"PAGER=cat > paged.txt"}
		onTerminal(t, p, 80, pager, "query", "SELECT 'row' AS r FROM ticks LIMIT 5")
		if _, err := os.Stat(paged); err == nil {
			t.Error("it has also what is not")
		}
		onTerminal(t, p, 80, pager, "query", "SELECT 'row' AS r FROM ticks LIMIT 500")
		body, err := os.ReadFile(paged)
		if n := strings.Count(string(body), "row\n"); err != nil || n != 500 {
			t.Errorf("%d rows, %v", n, err)
		}
		text := onTerminal(t, p, 80, []string{"PAGER=head -n 3"}, "query", "--rows", "0", "SELECT rpad('row', 500, ' ') AS r FROM ticks")
		if n := strings.Count(text, "row "); n != 1 {
			t.Errorf("a pager that is left early has shown %d rows", n)
		}
		text = onTerminal(t, p, 200, []string{"PAGER=no-such-pager"}, "query", "SELECT 'row' AS r FROM ticks LIMIT 500")
		if n := strings.Count(text, "row\n"); n != 500 || !strings.Contains(text, "the rows are printed without") {
			t.Errorf("without a pager %d rows: %s", n, text)
		}
	})
	t.Run("Ctrl-C stops the query on the server, too", func(t *testing.T) {
		running := p.Terminal(80, 24, nil, "query", endless)
		id := runningQuery(t, s)
		running.Type("\x03")
		text, code := running.Wait()
		if code != 130 {
			t.Errorf("exit code %d", code)
		}
		program.Contains(t, text, "ticklake: stopped, and query "+id+" with it")
		program.Eventually(t, "it is cancelled", func() bool { return queryState(t, s, id) == types.QueryExecutionStateCancelled })
	})
	t.Run("a second Ctrl-C ends at once", func(t *testing.T) {
		running := p.Terminal(80, 24, nil, "query", endless)
		id := runningQuery(t, s)
		if err := s.Cmd.Process.Signal(syscall.SIGSTOP); err != nil { // so that it cannot be told
			t.Fatal(err)
		}
		running.Type("\x03")
		program.Eventually(t, "it says how to end it at once", func() bool {
			return strings.Contains(running.Log.String(), "a second Ctrl-C ends it at once") || running.Ended() // before it had learnt which query is to be stopped
		})
		if !running.Ended() {
			running.Type("\x03")
		}
		began := time.Now()
		text, code := running.Wait()
		if err := s.Cmd.Process.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); code != 130 || took > 3*time.Second {
			t.Errorf("exit code %d after %v\n%s", code, took, text)
		}
		stopQuery(t, s, id)
	})
	t.Run("progress is shown and leaves nothing behind", func(t *testing.T) {
		running := p.Terminal(100, 24, nil, "simulate", "--out", "market.csv", "--count", "500000000")
		program.Eventually(t, "progress is shown", func() bool { return strings.Contains(running.Log.String(), "ticks/s, ") })
		running.Type("\x03")
		text, code := running.Wait()
		if code != 130 {
			t.Errorf("exit code %d", code)
		}
		program.Contains(t, text, "% ░", "simulating: ", " of 500,000,000 ticks, ", " left", "\r\x1b[2Kticklake: stopped before it was done")
		if _, err := os.Stat(filepath.Join(p.Dir, "market.csv")); err == nil {
			t.Error("half a market is left")
		}
	})
	s.Stop()
}

var escapes = regexp.MustCompile(`\x1b\[[0-9;]*[A-Za-z]`)

// onTerminal runs a command that must succeed on a terminal, checks that no line is wider than it, and returns the text.
func onTerminal(t *testing.T, p *program.Place, columns int, env []string, args ...string) string {
	t.Helper()
	text, code := p.Terminal(uint16(columns), 24, env, args...).Wait()
	if code != 0 {
		t.Fatalf("%v: exit code %d\n%s", args, code, text)
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	for _, line := range strings.Split(text, "\n") {
		if line = escapes.ReplaceAllString(line, ""); !slices.Contains(args, "--wide") && len([]rune(line)) > columns && !strings.Contains(line, " read, ") {
			t.Errorf("a line has more than %d columns: %q", columns, line)
		}
	}
	return text
}

func athenaOf(s *program.Server) *athena.Client {
	return athena.New(athena.Options{
		Region: s.Ready.Region, BaseEndpoint: aws.String(s.Ready.Athena),
		Credentials: credentials.NewStaticCredentialsProvider(s.Ready.AccessKeyID, s.Ready.SecretAccessKey, ""),
	})
}

// runningQuery waits until a query runs, and returns its id.
func runningQuery(t *testing.T, s *program.Server) (id string) {
	t.Helper()
	client := athenaOf(s)
	program.Eventually(t, "the query runs", func() bool {
		out, err := client.ListQueryExecutions(t.Context(), &athena.ListQueryExecutionsInput{MaxResults: aws.Int32(1)})
		if err != nil || len(out.QueryExecutionIds) == 0 {
			return false
		}
		id = out.QueryExecutionIds[0]
		return queryState(t, s, id) == types.QueryExecutionStateRunning
	})
	return id
}

func queryState(t *testing.T, s *program.Server, id string) types.QueryExecutionState {
	t.Helper()
	out, err := athenaOf(s).GetQueryExecution(t.Context(), &athena.GetQueryExecutionInput{QueryExecutionId: &id})
	if err != nil {
		t.Fatal(err)
	}
	return out.QueryExecution.Status.State
}

func stopQuery(t *testing.T, s *program.Server, id string) {
	t.Helper()
	if _, err := athenaOf(s).StopQueryExecution(context.WithoutCancel(t.Context()), &athena.StopQueryExecutionInput{QueryExecutionId: &id}); err != nil {
		t.Fatal(fmt.Errorf("stop query %s: %w", id, err))
	}
}
