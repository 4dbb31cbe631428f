package web

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"ticklake/e2e/program"
)

// TestCancelReachesTheEngine cancels a statement that would run for ever, and looks at the engine's own word and processes.
func TestCancelReachesTheEngine(t *testing.T) {
	p := program.New(t)
	up := p.Up("--days", "1", "--day-ticks", "20000", "--symbols", "3", "--rate", "100", "--max-age", "2s")
	s := &page{t: t, url: up.Ready.Web}
	program.Eventually(t, "everything is well", s.well)

	body, err := json.Marshal(map[string]string{"sql": "SELECT count(*) FROM ticks a, ticks b, ticks c WHERE a.price + b.price > c.price"})
	if err != nil {
		t.Fatal(err)
	}
	var q struct {
		ID     string
		State  string
		Engine string `json:"engine_id"`
	}
	s.ask("POST", "/queries", string(body), &q)
	worker := 0
	program.Eventually(t, "a process works on it", func() bool {
		for pid, used := range workers(t, up.Cmd.Process.Pid) {
			if used > 30 { // hundredths of a second: the page's own statements take less
				worker = pid
			}
		}
		return worker != 0
	})
	s.ask("DELETE", "/queries/"+q.ID, "", &q)
	program.Eventually(t, "the page says that it is cancelled", func() bool {
		s.ask("GET", "/queries/"+q.ID, "", &q)
		return q.State == "cancelled"
	})
	client := athena.New(athena.Options{
		Region: up.Ready.Region, BaseEndpoint: &up.Ready.Athena,
		Credentials: credentials.NewStaticCredentialsProvider(up.Ready.AccessKeyID, up.Ready.SecretAccessKey, ""),
	})
	program.Eventually(t, "the engine says so too", func() bool {
		out, err := client.GetQueryExecution(t.Context(), &athena.GetQueryExecutionInput{QueryExecutionId: aws.String(q.Engine)})
		if err != nil {
			t.Fatal(err)
		}
		return out.QueryExecution.Status.State == types.QueryExecutionStateCancelled
	})
	program.Eventually(t, "its process is gone", func() bool {
		_, there := workers(t, up.Cmd.Process.Pid)[worker]
		return !there
	})
	up.Stop()
}

// workers are the children that run statements, and the CPU time that each has had, in hundredths of a second.
func workers(t *testing.T, parent int) map[int]int {
	t.Helper()
	found := make(map[int]int)
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		line, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		command, err := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
		if err != nil || !strings.Contains(string(command), "sql-worker") {
			continue
		}
		_, rest, _ := strings.Cut(string(line), ") ") // state, parent, …; user and system time are the 12th and 13th from here
		fields := strings.Fields(rest)
		if len(fields) < 13 || fields[1] != strconv.Itoa(parent) {
			continue
		}
		var pid, user, system int
		if _, err := fmt.Sscan(string(line), &pid); err != nil {
			t.Fatal(err)
		}
		for _, f := range []struct {
			text string
			into *int
		}{{fields[11], &user}, {fields[12], &system}} {
			if *f.into, err = strconv.Atoi(f.text); err != nil {
				t.Fatal(err)
			}
		}
		found[pid] = user + system
	}
	return found
}
