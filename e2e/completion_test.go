package e2e

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"ticklake/e2e/program"
)

// TestCompletionAsksTheRunningUp asks as the shells' scripts do.
func TestCompletionAsksTheRunningUp(t *testing.T) {
	p := program.New(t)
	file, _ := brief(10)
	p.Write("prices.csv", file)
	silent := func(args ...string) {
		t.Helper()
		began := time.Now()
		r := p.Run(append([]string{"__completeNoDesc"}, args...)...)
		if r.Code != 0 || r.Out != ":4\n" || strings.Contains(r.Err, "ticklake:") {
			t.Errorf("%v: exit code %d\n%s\n%s", args, r.Code, r.Out, r.Err)
		}
		if took := time.Since(began); took > 20*time.Second { // it looks for nobody in vain for long
			t.Errorf("%v takes %v", args, took)
		}
	}
	silent("catalog", "table", "")
	silent("topics", "describe", "")

	s := p.Up("--dataset", "prices.csv", "--max-idle", "200ms")
	program.Eventually(t, "the tables are there", func() bool { return p.Run("catalog", "table", "ticks").Code == 0 })
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"catalog", "table", ""}, "dead_ticks\nraw_ticks\nticks\n:4\n"},
		{[]string{"topics", "describe", ""}, "ticks\n:4\n"},
		{[]string{"insights", "--topic", ""}, "ticks\n:4\n"},
	} {
		if r := p.Run(append([]string{"__completeNoDesc"}, tt.args...)...); r.Out != tt.want {
			t.Errorf("%v: %q, want %q", tt.args, r.Out, tt.want)
		}
	}

	t.Run("in a real bash", func(t *testing.T) {
		cmd := p.ShellCommand("exec bash --norc --noprofile -i")
		if path, err := exec.LookPath("bash"); err == nil {
			cmd.Path = path
		}
		bash := p.OnTerminal(120, 40, cmd)
		bash.Type("PS1='$ '; bind 'set bell-style none'; source <(ticklake completion bash); echo re''ady\n")
		program.Eventually(t, "bash has read the script", func() bool { return strings.Contains(bash.Log.String(), "ready") })
		for _, tt := range []struct{ typed, want string }{
			{"ticklake cat\ttables\t--output j\t\n", "ticklake catalog tables --output json"},
			{"ticklake catalog table ra\t\n", "ticklake catalog table raw_ticks"},
			{"ticklake insights ohlcv_bars --param d\tlast-7\t--output csv\n", "ticklake insights ohlcv_bars --param day=last-7 --output csv"},
			{"ticklake topics des\tti\t\n", "ticklake topics describe ticks"},
		} {
			before := len(bash.Log.String())
			bash.Type(tt.typed)
			program.Eventually(t, "bash completes "+tt.typed, func() bool {
				return strings.Contains(bash.Log.String()[before:], tt.want)
			})
		}
		bash.Type("exit\n")
		if text, code := bash.Wait(); code != 0 || strings.Contains(text, "command not found") {
			t.Errorf("exit code %d\n%s", code, text)
		}
	})

	if err := s.Cmd.Process.Kill(); err != nil { // it leaves a ready file behind
		t.Fatal(err)
	}
	<-s.Done
	silent("catalog", "table", "")
}
