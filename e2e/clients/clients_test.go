// Package clients tries a running `up` with the clients that people have: the AWS CLI, boto3, awswrangler, PyAthena,
// SQLAlchemy and a Kafka client, each unchanged, from PyPI. scripts/python-clients makes their environment.
package clients

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ticklake/e2e/program"
)

func TestMain(m *testing.M) { os.Exit(program.Main(m)) }

const (
	rows = 2500 // ticks of the dataset: more than two pages of a result
	days = 5    // folders
	bad  = 1    // rows that are no tick
)

// dataset is the file that is fed. The Python tests read it by themselves, and compare.
func dataset() string {
	var b strings.Builder
	b.WriteString("Timestamp,Stock Symbol,Price,Volume,Open Price,High Price,Low Price\n")
	symbols := []string{"AAPL", "MSFT", "東証", `"A ""B"", C"`}
	begin := time.Date(2024, 5, 13, 14, 30, 0, 0, time.UTC)
	for i := range rows {
		at := begin.AddDate(0, 0, i*days/rows).Add(time.Duration(i%(rows/days)) * 1001 * time.Millisecond)
		volume := fmt.Sprint(i * 7)
		if i%10 == 0 {
			volume = ""
		}
		price := fmt.Sprintf("%d.%09d", 100+i%50, i*1234567%1_000_000_000)
		fmt.Fprintf(&b, "%s,%s,%s,%s,%d,%d.5,\n", at.Format("2006-01-02T15:04:05.000Z"), symbols[i%len(symbols)], price, volume, 100+i%50, 101+i%50)
	}
	b.WriteString("2024-05-17T20:00:00Z,AAPL,cheap,1,1,1,1\n")
	return b.String()
}

// lake is a running `up` with the dataset in it, and the environment of a client of it.
type lake struct {
	*program.Place
	server *program.Server
	python string
	env    []string
}

// shared is made by the first test that wants it, and ends with the last one.
var shared struct {
	sync.Once
	python string
	err    error
}

// python is the environment's interpreter. A machine without Python skips the tests, but not where CI runs them.
func python(t *testing.T) string {
	t.Helper()
	shared.Do(func() {
		cmd := exec.Command(filepath.Join("..", "..", "scripts", "python-clients"))
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		shared.python, shared.err = strings.TrimSpace(string(out)), err
	})
	if shared.err == nil {
		return shared.python
	}
	var exit *exec.ExitError
	if errors.As(shared.err, &exit) && exit.ExitCode() == 3 && os.Getenv("CI") == "" {
		t.Skip("NO CLIENT IS TRIED: this machine lacks Python; scripts/python-clients says what to install")
	}
	t.Fatal(shared.err)
	return ""
}

func newLake(t *testing.T) *lake {
	t.Helper()
	l := &lake{Place: program.New(t), python: python(t)}
	l.Write("ticks.csv", dataset())
	l.server = l.Up("--dataset", "ticks.csv", "--granularity", "day", "--partitions", "3", "--max-idle", "200ms")
	count := fmt.Sprintf("n\n%d\n", rows)
	program.Eventually(t, "every tick can be queried", func() bool {
		return l.Place.Run("query", "-o", "csv", "SELECT count(*) AS n FROM ticks").Out == count
	})
	program.Eventually(t, "the row that is no tick can be queried", func() bool {
		return l.Place.Run("query", "-o", "csv", "SELECT count(*) AS n FROM dead_ticks").Out == fmt.Sprintf("n\n%d\n", bad)
	})
	l.env = l.environment()
	return l
}

// environment is what `ticklake env` exports to a shell, and nothing of the machine's own.
func (l *lake) environment() []string {
	l.T.Helper()
	export := l.OK("env")
	l.Write("env.sh", export)
	cmd := exec.Command("/bin/sh", "-c", `eval "$(cat env.sh)"; exec env`)
	cmd.Dir = l.Dir
	cmd.Env = []string{"HOME=" + l.Dir, "PATH=" + filepath.Dir(l.python) + ":" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir()}
	out, err := cmd.Output()
	if err != nil {
		l.T.Fatalf("%v\n%s", err, export)
	}
	env := strings.Split(strings.TrimSpace(string(out)), "\n")
	r := l.server.Ready
	return append(env,
		"AWS_PAGER=", "AWS_EC2_METADATA_DISABLED=true", "PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1", "PYTHONWARNINGS=ignore",
		"TICKS="+filepath.Join(l.Dir, "ticks.csv"), "BUCKET="+r.Bucket, "DATABASE="+r.Database, "TOPIC="+r.Topic, "KAFKA="+r.Kafka)
}
